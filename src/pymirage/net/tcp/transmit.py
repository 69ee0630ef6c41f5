# pymirage: hot
"""Segments of a connection: which options, acknowledgment and window they carry."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.tcp import seqno, window
from pymirage.net.tcp.settings import SECOND
from pymirage.octets import put_u32
from pymirage.wire import tcp
from pymirage.wire.drop import Drop

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

NOTHING = b""


def data(
    connection: "Connection", sequence: i64, flags: i64, payload: bytes, at: i64, size: i64, now: i64
) -> Drop | None:
    """A segment with payload, or without; ACK and what belongs to it is added here."""
    writer = connection.stack.writer
    end = writer.options_at(connection.path.version)
    if connection.timestamps_on:
        end = tcp.put_timestamps(writer.buffer, end, connection.timestamp(now), connection.ts_recent)
    if size == 0 and connection.selective and connection.assembler.has_report():
        end = _put_sacks(connection, end)
    field = window.advertise(connection)
    _acknowledged(connection)
    if size > 0:
        connection.last_sent_at = now
    segment_size: i64 = connection.segment_size if size > connection.segment_size else 0
    return writer.send(
        connection.path,
        connection.local_port,
        connection.remote_port,
        sequence,
        connection.rcv_nxt,
        flags | tcp.ACK,
        field,
        end,
        payload,
        at,
        size,
        segment_size,
        now,
    )


def acknowledgment(connection: "Connection", now: i64) -> None:
    """A pure ACK."""
    data(connection, connection.snd_nxt, 0, NOTHING, 0, 0, now)


def acknowledgment_of_unacceptable(connection: "Connection", now: i64) -> None:
    """An ACK that answers a segment which should not have come, at most two a second.

    Otherwise two confused peers, or an attacker, could make us answer without end (RFC 5961 §7).
    """
    if now - connection.challenged_at >= SECOND // 2:
        connection.challenged_at = now
        acknowledgment(connection, now)


def synchronise(connection: "Connection", now: i64) -> Drop | None:
    """SYN, or SYN and ACK once the peer's SYN came, with the options offered or agreed upon."""
    stack = connection.stack
    writer = stack.writer
    answering = connection.irs_known
    end = writer.options_at(connection.path.version)
    end = tcp.put_maximum_size(writer.buffer, end, stack.maximum_size(connection.path))
    if connection.selective:
        end = tcp.put_sack_permitted(writer.buffer, end)
    if connection.timestamps_on:
        echo: i64 = connection.ts_recent if answering else 0
        end = tcp.put_timestamps(writer.buffer, end, connection.timestamp(now), echo)
    if connection.scaling:
        end = tcp.put_window_scale(writer.buffer, end, window.scale_for(connection.window.maximum))
    flags: i64 = tcp.SYN
    if answering:
        flags |= tcp.ACK
        _acknowledged(connection)
    field = window.initial_field(connection)
    return writer.send(
        connection.path,
        connection.local_port,
        connection.remote_port,
        connection.iss,
        connection.rcv_nxt,
        flags,
        field,
        end,
        NOTHING,
        0,
        0,
        0,
        now,
    )


def reset(connection: "Connection", now: i64) -> None:
    """<SEQ=SND.NXT><CTL=RST,ACK>: the connection is aborted."""
    writer = connection.stack.writer
    end = writer.options_at(connection.path.version)
    if connection.timestamps_on:
        end = tcp.put_timestamps(writer.buffer, end, connection.timestamp(now), connection.ts_recent)
    writer.send(
        connection.path,
        connection.local_port,
        connection.remote_port,
        connection.snd_nxt,
        connection.rcv_nxt,
        tcp.RST | tcp.ACK,
        0,
        end,
        NOTHING,
        0,
        0,
        0,
        now,
    )


def probe(connection: "Connection", now: i64) -> None:
    """A segment that the peer must answer: it lies an octet before its window (keepalive, persist)."""
    data(connection, seqno.add(connection.snd_una, -1), 0, NOTHING, 0, 0, now)


def _acknowledged(connection: "Connection") -> None:
    connection.last_ack_sent = connection.rcv_nxt
    connection.ack_now = False
    connection.ack_due = False
    connection.unacknowledged = 0
    connection.timers.delayed_ack = FOREVER


def _put_sacks(connection: "Connection", at: i64) -> i64:
    """The SACK option: a duplicate first (RFC 2883 §4), then blocks, the newest first (RFC 2018 §4)."""
    buffer = connection.stack.writer.buffer
    assembler = connection.assembler
    # 40 octets of options hold four blocks, three beside timestamps.
    space: i64 = 3 if connection.timestamps_on else 4
    block_at = at + 4
    count: i64 = 0
    if assembler.duplicate_start != assembler.duplicate_end:
        put_u32(buffer, block_at, assembler.duplicate_start)
        put_u32(buffer, block_at + 4, assembler.duplicate_end)
        assembler.duplicate_start = assembler.duplicate_end
        block_at += 8
        count += 1
    before: i64 = FOREVER
    while count < space:
        block = assembler.latest(before)
        if block is None:
            break
        before = block.touched
        put_u32(buffer, block_at, block.start)
        put_u32(buffer, block_at + 4, block.end)
        block_at += 8
        count += 1
    tcp.put_sack_header(buffer, at, count)
    return block_at
