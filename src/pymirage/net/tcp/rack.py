# pymirage: hot
"""RACK: a segment is lost when one sent sufficiently later has arrived (RFC 8985 §6).

Time tells, not counting duplicates, so that reordering is told from loss and retransmissions can be lost
again.
"""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.deadline import FOREVER
from pymirage.net.tcp import seqno

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection
    from pymirage.net.tcp.flight import Sent

DUPLICATE_THRESHOLD: Final = 3
PERSIST: Final = 16
"""Recoveries without a DSACK after which the reordering window is small again."""
NONE: Final = -1


@final
@mypyc_attr(acyclic=True)
class Rack:
    """The variables of RFC 8985 §5.3."""

    def __init__(self) -> None:
        self.sent_at: i64 = 0
        """RACK.xmit_ts: when the most recently sent segment that arrived was sent."""
        self.end: i64 = 0
        """RACK.end_seq."""
        self.round_trip: i64 = 0
        """RACK.rtt."""
        self.started: bool = False
        self.furthest: i64 = 0
        """RACK.fack: the highest sequence number that arrived."""
        self.reordering_seen: bool = False
        self.multiplier: i64 = 1
        """RACK.reo_wnd_mult."""
        self.persist: i64 = PERSIST
        self.duplicate_round: i64 = NONE
        """RACK.dsack_round."""
        self.duplicate_seen: bool = False
        """The acknowledgment at hand carries a DSACK."""

    def recovery_ended(self) -> None:
        if self.persist > 0:
            self.persist -= 1
            if self.persist == 0:
                self.multiplier = 1


def sent_after(first_time: i64, first_end: i64, second_time: i64, second_end: i64) -> bool:
    """RACK_sent_after: the first was sent after the second; sequence breaks ties of one burst."""
    return first_time > second_time or (first_time == second_time and seqno.after(first_end, second_end))


def delivered(connection: "Connection", record: "Sent", echo: i64, now: i64) -> None:
    """Steps 2 and 3 for a record that was just acknowledged, selectively or not."""
    rack = connection.rack
    end = record.end()
    if not rack.started:
        rack.started = True
        rack.furthest = end
    elif seqno.after(end, rack.furthest):
        rack.furthest = end
    elif seqno.before(end, rack.furthest) and record.transmissions == 1:
        rack.reordering_seen = True
    time = now - record.sent_at
    if record.transmissions > 1:
        # It may be the original that arrived: then this is no round trip.
        if echo >= 0 and seqno.before(echo, connection.timestamp(record.sent_at)):
            return
        if time < connection.round_trip.minimum:
            return
    rack.round_trip = time
    connection.round_trip.observe_minimum(time, now)
    if sent_after(record.sent_at, end, rack.sent_at, rack.end):
        rack.sent_at = record.sent_at
        rack.end = end


def reordering_window(connection: "Connection") -> i64:
    """Step 4: how much later than expected a segment may be."""
    rack = connection.rack
    if rack.duplicate_round != NONE and seqno.not_before(connection.snd_una, rack.duplicate_round):
        rack.duplicate_round = NONE
    if rack.duplicate_round == NONE and rack.duplicate_seen:
        rack.duplicate_round = connection.snd_nxt
        rack.multiplier += 1
        rack.persist = PERSIST
    if not rack.reordering_seen:
        if connection.recovery.mode != 0:
            return 0
        if connection.flight.sacked >= DUPLICATE_THRESHOLD * connection.congestion.segment_size:
            return 0
    minimum = max(connection.round_trip.minimum, 0)
    return min(rack.multiplier * minimum >> 2, max(connection.round_trip.smoothed, 0))


def detect_loss(connection: "Connection", now: i64) -> bool:
    """Step 5: mark what is lost, wait for what may be; true when something was marked."""
    rack = connection.rack
    flight = connection.flight
    connection.timers.reorder = FOREVER
    if not rack.started:
        return False
    window = reordering_window(connection)
    wait: i64 = 0
    marked = False
    record = flight.head
    while record is not None:
        if not record.sacked and (not record.lost or record.resent):
            if sent_after(rack.sent_at, rack.end, record.sent_at, record.end()):
                remaining = record.sent_at + rack.round_trip + window - now
                if remaining <= 0:
                    flight.mark_lost(record)
                    marked = True
                elif remaining > wait:
                    wait = remaining
            elif record.transmissions == 1:
                # First transmissions are in order of time: none behind it was sent earlier.
                break
        record = record.next
    if wait > 0:
        connection.timers.reorder = now + wait
    return marked


def mark_on_time_out(connection: "Connection", now: i64) -> None:
    """§6.3: the first record, and those that had their time, are lost."""
    rack = connection.rack
    record = connection.flight.head
    first = True
    while record is not None:
        if not record.sacked:
            overdue = record.sent_at + rack.round_trip + reordering_window(connection) <= now
            if first or not rack.started or overdue:
                connection.flight.mark_lost(record)
        first = False
        record = record.next
