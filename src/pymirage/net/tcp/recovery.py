# pymirage: hot
"""Loss recovery: when it begins and ends, and what may be sent meanwhile.

RFC 6675 (the scoreboard's pipe), RFC 9937 (proportional rate reduction), RFC 3522 and RFC 4015 (Eifel: a
timeout that was spurious is undone). What is lost is decided in rack.py, or here for peers without SACK
(RFC 6582).
"""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.deadline import FOREVER
from pymirage.net.tcp import seqno

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

OPEN: Final = 0
FAST: Final = 1
"""Fast recovery: losses are repaired while acknowledgments keep coming."""
TIMED_OUT: Final = 2
"""Recovery after the retransmission timer."""


@final
@mypyc_attr(acyclic=True)
class Recovery:
    """State of recovery of one connection."""

    def __init__(self) -> None:
        self.mode: i64 = OPEN
        self.point: i64 = 0
        """SND.NXT when it began: it ends when this is acknowledged."""
        self.delivered: i64 = 0
        """prr_delivered."""
        self.out: i64 = 0
        """prr_out."""
        self.flight_at_start: i64 = 0
        """RecoverFS."""
        self.allowance: i64 = 0
        """What the last acknowledgment allows to send."""
        self.window_before: i64 = 0
        self.threshold_before: i64 = 0
        self.first_resent_stamp: i64 = -1
        """Our timestamp of the first retransmission after a timeout; -1 when Eifel cannot tell."""
        self.duplicates: i64 = 0
        """Duplicate acknowledgments in a row, for a peer without SACK."""


def pipe(connection: "Connection") -> i64:
    """Octets in the network; each duplicate of a peer without SACK says that one segment left it."""
    duplicates = connection.recovery.duplicates
    if duplicates == 0:
        return connection.flight.pipe()
    return max(connection.flight.pipe() - duplicates * connection.congestion.segment_size, 0)


def in_use(connection: "Connection") -> i64:
    """What a reduction starts from: FlightSize (RFC 5681 §3.1), as it was when we last could send.

    Acknowledgments come in batches, and only after a batch the flight is filled up again: in between it is
    smaller than what the path carried. And behind a segment that is lost again and again it grows far beyond
    the window.
    """
    window = connection.congestion.window
    return window if connection.window_filled else min(connection.flight.size, window)


def begin(connection: "Connection", delivered: i64, now: i64) -> None:
    """Enter fast recovery; `delivered`: what the acknowledgment at hand newly tells."""
    recovery = connection.recovery
    flight = connection.flight
    _remember(connection)
    recovery.mode = FAST
    recovery.point = connection.snd_nxt
    recovery.delivered = 0
    recovery.out = 0
    # RFC 9937 §6.1: what was known to have arrived before is not delivered during recovery.
    recovery.flight_at_start = flight.size - flight.sacked + delivered
    connection.timers.probe = FOREVER
    congestion = connection.congestion
    congestion.congestion(in_use(connection), now)
    # The retransmission and, if there is room, a segment behind it: its arrival would tell of the loss of the
    # retransmission, which otherwise only a timeout can.
    size = congestion.segment_size
    recovery.allowance = max(min(congestion.threshold - pipe(connection), 2 * size), size)


def time_out(connection: "Connection", now: i64) -> None:
    """Enter recovery after the retransmission timer went off; once per flight the threshold falls."""
    recovery = connection.recovery
    congestion = connection.congestion
    if recovery.mode != TIMED_OUT:
        if recovery.mode == OPEN:
            _remember(connection)
        congestion.time_out(in_use(connection), now)
        recovery.first_resent_stamp = connection.timestamp(now) if connection.timestamps_on else -1
    else:
        congestion.window = congestion.segment_size
        recovery.first_resent_stamp = -1
    recovery.mode = TIMED_OUT
    recovery.point = connection.snd_nxt
    recovery.duplicates = 0


def _remember(connection: "Connection") -> None:
    connection.recovery.window_before = connection.congestion.window
    connection.recovery.threshold_before = connection.congestion.threshold


def acknowledged(connection: "Connection", delivered: i64) -> None:
    """An acknowledgment arrived in recovery: end it, or say how much may leave."""
    recovery = connection.recovery
    if seqno.not_before(connection.snd_una, recovery.point):
        end(connection)
    elif recovery.mode == FAST:
        _reduce_rate(connection, delivered)


def end(connection: "Connection") -> None:
    """Everything that was out when recovery began has arrived."""
    recovery = connection.recovery
    if recovery.mode == FAST:
        connection.congestion.window = connection.congestion.threshold
    recovery.mode = OPEN
    recovery.duplicates = 0
    recovery.first_resent_stamp = -1
    connection.rack.recovery_ended()


def repaired_by_probe(connection: "Connection", now: i64) -> None:
    """A tail loss probe repaired a loss: the window falls as after fast recovery (RFC 8985 §7.4.2)."""
    congestion = connection.congestion
    congestion.congestion(congestion.window, now)
    congestion.window = congestion.threshold
    connection.rack.recovery_ended()


def _reduce_rate(connection: "Connection", delivered: i64) -> None:
    """Proportional rate reduction (RFC 9937 §6.2): the window falls to the threshold over one round trip."""
    recovery = connection.recovery
    congestion = connection.congestion
    recovery.delivered += delivered
    in_network = pipe(connection)
    if in_network > congestion.threshold:
        base = max(recovery.flight_at_start, 1)
        target = (recovery.delivered * congestion.threshold + base - 1) // base
        recovery.allowance = target - recovery.out
    else:
        # Slow-start reduction bound: repair a heavy loss no slower than its acknowledgments come.
        conservative = max(recovery.delivered - recovery.out, delivered)
        recovery.allowance = min(congestion.threshold - in_network, conservative + congestion.segment_size)
    if recovery.allowance < congestion.segment_size and recovery.out == 0:
        # The first retransmission always leaves.
        recovery.allowance = congestion.segment_size
    congestion.window = in_network + max(recovery.allowance, 0)


def allowed(connection: "Connection") -> i64:
    """Octets that congestion control allows to send now."""
    recovery = connection.recovery
    if recovery.mode == FAST:
        return recovery.allowance
    return connection.congestion.window - pipe(connection)


def sent(connection: "Connection", octets: i64) -> None:
    recovery = connection.recovery
    if recovery.mode == FAST:
        recovery.out += octets
        recovery.allowance -= octets


def undo_if_spurious(connection: "Connection", echo: i64) -> None:
    """Eifel (RFC 3522 §3): an echo older than the first retransmission acknowledges the original."""
    recovery = connection.recovery
    if recovery.mode != TIMED_OUT or recovery.first_resent_stamp < 0 or echo < 0:
        return
    if seqno.before(echo, recovery.first_resent_stamp):
        connection.flight.unmark_lost()
        connection.congestion.undo(recovery.window_before, recovery.threshold_before)
        recovery.mode = OPEN
    recovery.first_resent_stamp = -1


def duplicate(connection: "Connection", now: i64) -> None:
    """A duplicate acknowledgment from a peer without SACK (RFC 6582 §3.2, RFC 3042)."""
    recovery = connection.recovery
    head = connection.flight.head
    if head is None:
        return
    recovery.duplicates += 1
    if recovery.mode == OPEN and recovery.duplicates >= 3:
        begin(connection, connection.segment_size, now)
        connection.flight.mark_lost(head)


def partial(connection: "Connection", advance: i64) -> None:
    """Part of the flight was acknowledged by a peer without SACK: the next segment is missing too."""
    recovery = connection.recovery
    # What the duplicates stood for is acknowledged now, but for the segment that was resent.
    recovery.duplicates = max(recovery.duplicates + 1 - advance // connection.segment_size, 0)
    head = connection.flight.head
    if head is not None and not head.lost:
        connection.flight.mark_lost(head)
