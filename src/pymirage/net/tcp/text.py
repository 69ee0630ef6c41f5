# pymirage: hot
"""The payload of a segment: to the application when it is next in order, else kept until it is."""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.tcp import seqno, window
from pymirage.net.tcp.event import READABLE
from pymirage.net.tcp.failure import Failure
from pymirage.wire.drop import Drop
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

STRETCH: Final = 64 << 10
"""Octets after which an acknowledgment does not wait for the end of a batch: what offload joins at most."""


def receive(connection: "Connection", segment: Segment, frame: bytes, now: i64) -> Drop | None:
    """Trim the payload to the window and take it."""
    if not connection.reading:
        # The application closed: data that nobody will read is refused (RFC 9293 §3.6.1, RFC 2525 §2.17).
        connection.stack.abort(connection, Failure.ABORTED, now)
        return Drop.TCP_AFTER_CLOSE
    if connection.stack.memory.full():
        connection.ack_now = True
        return Drop.TCP_MEMORY
    start = segment.payload
    end = segment.end
    sequence = segment.sequence
    ahead = seqno.distance(connection.rcv_nxt, sequence)
    if ahead < 0:
        if connection.selective:
            connection.assembler.report_duplicate(sequence, connection.rcv_nxt)
        start -= ahead
        ahead = 0
        connection.ack_now = True
    room = window.room(connection) - ahead
    if end - start > room:
        end = start + room
        connection.ack_now = True
    if end <= start:
        return None
    if end - start > connection.window.largest_segment:
        measure_segment(connection, end - start)
    if ahead == 0:
        in_order(connection, frame[start:end], now)
        return None
    connection.ack_now = True
    if not connection.assembler.insert(seqno.add(connection.rcv_nxt, ahead), frame[start:end]):
        return Drop.TCP_MEMORY
    return None


def measure_segment(connection: "Connection", size: i64) -> None:
    """What the peer takes for a full segment: not more than we announced, though frames may hold several."""
    connection.window.largest_segment = min(size, connection.stack.maximum_size(connection.path))


def in_order(connection: "Connection", data: bytes, now: i64) -> None:
    """Data that is next; what waited behind it follows."""
    connection.incoming.append(data)
    count: i64 = len(data)
    connection.rcv_nxt = seqno.add(connection.rcv_nxt, count)
    connection.events |= READABLE
    if len(connection.assembler.blocks) > 0:
        # RFC 5681 §4.2: what fills a gap is acknowledged at once.
        connection.ack_now = True
        join_waiting(connection)
    window.measure(connection, now)
    acknowledge_soon(connection, count, now)


def join_waiting(connection: "Connection") -> None:
    """Move what has become next in order from the assembler to the queue."""
    while True:
        block = connection.assembler.ready(connection.rcv_nxt)
        if block is None:
            return
        skip = seqno.distance(block.start, connection.rcv_nxt)
        for piece in block.pieces:
            length: i64 = len(piece)
            if skip >= length:
                skip -= length
                continue
            part = piece[skip:] if skip > 0 else piece
            skip = 0
            connection.incoming.append(part)
            connection.rcv_nxt = seqno.add(connection.rcv_nxt, len(part))


def acknowledge_soon(connection: "Connection", count: i64, now: i64) -> None:
    """Every second full segment is acknowledged, at the end of the batch; the rest soon (RFC 9293 §3.8.6.3).

    So segments that came together get one acknowledgment, as after receive offload, or ride with the answer.
    """
    connection.unacknowledged += count
    if connection.unacknowledged >= STRETCH:
        connection.ack_now = True
    elif connection.unacknowledged >= connection.stack.settings.ack_every * connection.window.largest_segment:
        connection.ack_due = True
        connection.stack.need_output(connection)
    elif connection.timers.delayed_ack == FOREVER:
        connection.timers.delayed_ack = now + connection.stack.settings.delayed_ack
