# pymirage: hot
"""A segment arrives for a listener (RFC 9293 §3.10.7.2), with SYN cookies when its backlog is full."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.path import Path
from pymirage.net.tcp import acknowledgment, isn, options, output, seqno, syn_cookie, transmit, window
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.event import CONNECTED
from pymirage.net.tcp.flight import Sent
from pymirage.net.tcp.state import State, enter
from pymirage.wire import tcp
from pymirage.wire.drop import Drop
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.listener import Listener
    from pymirage.net.tcp.stack import TcpStack


def syn_arrives(
    stack: "TcpStack", listener: "Listener", path: Path, segment: Segment, above: i64, now: i64
) -> Drop | None:
    """Third step: a SYN makes a half-open connection. `above`: a number that ours must exceed, or -1."""
    if stack.memory.full():
        return Drop.TCP_BACKLOG
    if listener.half_open >= listener.backlog or stack.half_open >= stack.settings.half_open:
        send_cookie(stack, path, segment, now)
        return Drop.TCP_BACKLOG
    if not stack.has_room():
        return Drop.TCP_BACKLOG
    iss = isn.initial_sequence(stack.key, path, segment.destination, segment.source, now)
    if above >= 0:
        iss = seqno.later(iss, seqno.add(above, 1))
    connection = stack.make(path, segment.destination, segment.source, iss)
    connection.listener = listener
    connection.half_open = True
    listener.half_open += 1
    stack.half_open += 1
    enter(connection, State.SYN_RECEIVED)
    connection.last_heard_at = now
    options.syn_arrived(connection, segment, now)
    begin(connection, now)
    return None


def begin(connection: Connection, now: i64) -> None:
    """Send our SYN, alone or with the acknowledgment of the peer's, and wait for the answer."""
    connection.progress_at = now
    connection.flight.append(Sent(connection.iss, 1, tcp.SYN, b"", 0, now))
    connection.snd_nxt = seqno.add(connection.iss, 1)
    transmit.synchronise(connection, now)
    output.arm_retransmit(connection, now)
    connection.stack.timers.schedule(connection)


def send_cookie(stack: "TcpStack", path: Path, segment: Segment, now: i64) -> None:
    """A SYN-ACK that leaves nothing behind."""
    limit = stack.maximum_size(path)
    size = segment.maximum_size if segment.maximum_size > 0 else options.default_size(path)
    index = syn_cookie.size_index(size)
    cookie = syn_cookie.make(
        stack.cookie_key, path, segment.destination, segment.source, segment.sequence, index, now
    )
    writer = stack.writer
    end = writer.options_at(path.version)
    end = tcp.put_maximum_size(writer.buffer, end, limit)
    if segment.timestamp != tcp.ABSENT and stack.settings.timestamps:
        selective = segment.sack_permitted and stack.settings.selective
        scale: i64 = segment.window_scale if segment.window_scale != tcp.ABSENT else syn_cookie.NO_SCALE
        offset = isn.stamp_offset(stack.key, path, segment.destination, segment.source)
        clock = (now // 1_000_000 + offset) & 0xFFFF_FFFF
        end = tcp.put_timestamps(
            writer.buffer, end, syn_cookie.stamp(clock, scale, selective), segment.timestamp
        )
        if selective:
            end = tcp.put_sack_permitted(writer.buffer, end)
        if scale != syn_cookie.NO_SCALE:
            end = tcp.put_window_scale(writer.buffer, end, window.scale_for(stack.settings.receive_maximum))
    writer.send(
        path,
        segment.destination,
        segment.source,
        cookie,
        seqno.add(segment.sequence, 1),
        tcp.SYN | tcp.ACK,
        min(stack.settings.receive_initial, window.LARGEST),
        end,
        b"",
        0,
        0,
        0,
        now,
    )


def cookie_arrives(
    stack: "TcpStack", listener: "Listener", path: Path, segment: Segment, now: i64
) -> Connection | Drop:
    """The acknowledgment of a SYN-ACK with a cookie: the connection is made here, established at once."""
    irs = seqno.add(segment.sequence, -1)
    iss = seqno.add(segment.acknowledgment, -1)
    index = syn_cookie.check(stack.cookie_key, path, segment.destination, segment.source, irs, iss, now)
    if index == syn_cookie.INVALID:
        return Drop.TCP_COOKIE
    if not stack.has_room():
        return Drop.TCP_BACKLOG
    connection = stack.make(path, segment.destination, segment.source, iss)
    connection.listener = listener
    connection.snd_nxt = seqno.add(iss, 1)
    connection.irs = irs
    connection.irs_known = True
    connection.rcv_nxt = segment.sequence
    connection.last_ack_sent = segment.sequence
    connection.last_heard_at = now
    connection.timestamps_on = connection.timestamps_on and segment.timestamp != tcp.ABSENT
    scale: i64 = tcp.ABSENT
    selective = False
    if connection.timestamps_on:
        connection.ts_recent = segment.timestamp
        connection.ts_recent_at = now
        selective = syn_cookie.selective_in(segment.timestamp_echo)
        shift = syn_cookie.scale_in(segment.timestamp_echo)
        if shift != syn_cookie.NO_SCALE:
            scale = shift
    options.agree(connection, syn_cookie.SIZES[index], scale, selective)
    enter(connection, State.ESTABLISHED)
    acknowledgment.synchronised(connection, segment, now)
    connection.events |= CONNECTED
    return connection
