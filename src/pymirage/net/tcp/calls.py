# pymirage: hot
"""The user's calls on a connection (RFC 9293 §3.10.1 to §3.10.6). `TcpStack.poll` sends."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.tcp import closing, send_buffer, seqno, window
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.keepalive import Keepalive
from pymirage.net.tcp.state import State, enter, is_ending, is_synchronised, may_write

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


def writable(connection: "Connection") -> i64:
    if connection.fin_wanted or not may_write(connection.state):
        return 0
    return send_buffer.room(connection)


def write(connection: "Connection", data: bytes) -> i64:
    """SEND: take what fits."""
    room = writable(connection)
    count: i64 = len(data)
    if count > room:
        connection.refused_write = True
        count = room
        data = data[:room]
    if count > 0:
        connection.outgoing.append(data)
        connection.stack.memory.charge(connection)
        connection.stack.need_output(connection)
    return count


def read(connection: "Connection", limit: i64, now: i64) -> bytes:
    """RECEIVE."""
    data = connection.incoming.read(limit)
    was_read(connection, len(data), now)
    return data


def read_piece(connection: "Connection", now: i64) -> bytes:
    data = connection.incoming.piece()
    was_read(connection, len(data), now)
    return data


def was_read(connection: "Connection", count: i64, now: i64) -> None:
    """Reading makes room: the window may open."""
    if count == 0:
        return
    window.grow(connection, count, now)
    connection.stack.memory.charge(connection)
    if not connection.fin_received and is_synchronised(connection.state) and window.worth_telling(connection):
        connection.ack_due = True
        connection.stack.need_output(connection)


def shutdown(connection: "Connection") -> None:
    """CLOSE: a FIN follows what was written; it can be asked for before the connection is established."""
    if connection.fin_wanted:
        return
    state = connection.state
    if state is State.SYN_SENT:
        if connection.outgoing.size == 0:
            # Nothing was agreed upon yet and nothing is to be said.
            closing.finish(connection)
            return
    elif state is State.ESTABLISHED:
        enter(connection, State.FIN_WAIT_1)
    elif state is State.CLOSE_WAIT:
        enter(connection, State.LAST_ACK)
    elif state is not State.SYN_RECEIVED:
        return
    connection.fin_wanted = True
    connection.stack.need_output(connection)


def close(connection: "Connection", now: i64) -> None:
    """CLOSE without interest in what the peer still says."""
    connection.reading = False
    unread = connection.incoming.size > 0
    connection.incoming.clear()
    connection.stack.memory.charge(connection)
    if unread and connection.state is not State.TIME_WAIT:
        # The peer must learn that its data was not read (RFC 9293 §3.6.1, RFC 2525 §2.17).
        connection.stack.abort(connection, Failure.ABORTED, now)
        return
    shutdown(connection)
    if connection.state is State.FIN_WAIT_2:
        connection.timers.close = now + connection.stack.settings.orphan_fin_wait
        connection.stack.timers.schedule(connection)
    elif connection.orphan_left < 0 and is_ending(connection.state):
        connection.orphan_left = left_to_take(connection)
        connection.timers.close = now + connection.stack.settings.orphan_patience
        connection.stack.timers.schedule(connection)


def left_to_take(connection: "Connection") -> i64:
    """Sequence numbers that the peer has not acknowledged, and octets that were not sent."""
    return seqno.distance(connection.snd_una, connection.snd_nxt) + connection.outgoing.size


def abort(connection: "Connection", now: i64) -> None:
    """ABORT: the handler is told nothing, it is its own doing."""
    connection.handler = None
    connection.events = 0
    connection.stack.abort(connection, Failure.ABORTED, now)


def set_keepalive(connection: "Connection", keepalive: Keepalive | None, now: i64) -> None:
    connection.keepalive = keepalive
    connection.timers.keepalive = FOREVER if keepalive is None else now + keepalive.idle
    if keepalive is not None:
        connection.stack.timers.schedule(connection)


def set_no_delay(connection: "Connection", on: bool) -> None:
    connection.no_delay = on
    if on:
        connection.stack.need_output(connection)
