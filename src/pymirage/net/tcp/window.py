# pymirage: hot
"""The receive window: how much may come, and how the buffer behind it grows.

It never shrinks (RFC 9293 §3.8.6), grows only by worthwhile steps (silly window avoidance, §3.8.6.2.2), and
the buffer doubles when the application reads a buffer's worth in one round trip (dynamic right-sizing).
"""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.tcp import seqno

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

LARGEST: Final = 65_535


@final
@mypyc_attr(acyclic=True)
class ReceiveWindow:
    """Octets and nanoseconds."""

    def __init__(self, limit: i64, maximum: i64) -> None:
        self.limit: i64 = limit
        """The buffer now."""
        self.maximum: Final = maximum
        self.edge: i64 = 0
        """RCV.NXT + RCV.WND as last advertised: data before it must be taken."""
        self.largest_segment: i64 = 536
        """Largest payload seen: the peer's idea of a full segment."""
        self.round_trip: i64 = 0
        """As the receiver sees it: the time in which a window's worth of data arrives."""
        self.measure_end: i64 = 0
        """Sequence number whose arrival ends the present measurement of it."""
        self.measure_at: i64 = -1
        self.read: i64 = 0
        """Octets that the application read since `read_since`."""
        self.read_since: i64 = 0


def scale_for(maximum: i64) -> i64:
    """Smallest shift that lets 16 bits express `maximum` (RFC 7323 §2.3)."""
    scale: i64 = 0
    while scale < 14 and maximum >> scale > LARGEST:
        scale += 1
    return scale


def room(connection: "Connection") -> i64:
    """RCV.WND: octets that the peer may still send."""
    return seqno.distance(connection.rcv_nxt, connection.window.edge)


def open_to(connection: "Connection") -> i64:
    """The right edge that the buffer allows now; the one advertised before when that is further."""
    window = connection.window
    free = window.limit - connection.incoming.size
    if connection.stack.memory.short():
        # Keep what was promised, promise nothing more than a segment.
        free = min(free, window.largest_segment)
    free = min(max(free, 0) >> connection.rcv_scale, LARGEST) << connection.rcv_scale
    edge = seqno.add(connection.rcv_nxt, free)
    step = seqno.distance(window.edge, edge)
    if step < min(window.limit >> 1, window.largest_segment):
        return window.edge
    return edge


def advertise(connection: "Connection") -> i64:
    """Move the edge as far as it may go; the window field to send."""
    connection.window.edge = open_to(connection)
    return min(room(connection) >> connection.rcv_scale, LARGEST)


def start(connection: "Connection") -> None:
    """The peer's SYN gave RCV.NXT: the window is what our SYN tells or told, never scaled (RFC 7323 §2.2)."""
    connection.window.edge = seqno.add(connection.rcv_nxt, initial_field(connection))


def initial_field(connection: "Connection") -> i64:
    return min(connection.window.limit, LARGEST)


def worth_telling(connection: "Connection") -> bool:
    """After reading: would an update open the window by two segments or half the buffer?"""
    window = connection.window
    step = seqno.distance(window.edge, open_to(connection))
    return step > 0 and step >= min(window.limit >> 1, 2 * window.largest_segment)


def measure(connection: "Connection", now: i64) -> None:
    """In-order data arrived: measure the round trip by windows."""
    window = connection.window
    if window.measure_at >= 0:
        if seqno.before(connection.rcv_nxt, window.measure_end):
            return
        # A sender that pauses makes it look longer, nothing makes it look shorter: follow downwards at once.
        time = max(now - window.measure_at, 1)
        if window.round_trip == 0 or time < window.round_trip:
            window.round_trip = time
        else:
            window.round_trip += (time - window.round_trip) >> 3
    window.measure_at = now
    window.measure_end = window.edge


def grow(connection: "Connection", count: i64, now: i64) -> None:
    """The application read `count` octets: widen the buffer if it keeps up with more than half of it."""
    window = connection.window
    window.read += count
    if window.round_trip == 0:
        return
    if now - window.read_since < window.round_trip:
        return
    wanted = 2 * window.read
    if wanted > window.limit and not connection.stack.memory.tight():
        window.limit = min(wanted, window.maximum)
    window.read = 0
    window.read_since = now
