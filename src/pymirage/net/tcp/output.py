# pymirage: hot
"""What leaves when: lost segments first, then new data, then an acknowledgment if nothing carried it."""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.link import SEGMENT_V4, SEGMENT_V6
from pymirage.net.tcp import nagle, pmtu, recovery, seqno, tail_probe, transmit
from pymirage.net.tcp.flight import Sent
from pymirage.net.tcp.state import is_synchronised, may_send
from pymirage.wire import tcp

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

LONGEST: Final = 65_535 - 20 - 60
"""Payload of the longest frame that a device cuts into segments: both IP headers' lengths are 16 bits."""


RECORDS: Final = 8192
"""Frames in flight: many small ones must not take more memory than the octets in them are allowed to."""


def flush(connection: "Connection", now: i64) -> None:
    """Send all that may be sent now."""
    waiting = connection.outgoing.size > 0 or connection.flight.lost > 0 or connection.fin_wanted
    if waiting and may_send(connection.state):
        _data(connection, now)
    if (connection.ack_now or connection.ack_due) and is_synchronised(connection.state):
        transmit.acknowledgment(connection, now)


def _data(connection: "Connection", now: i64) -> None:
    """Retransmissions and new data, as far as windows allow."""
    if not connection.path.valid:
        connection.stack.refresh_path(connection, now)
    pmtu.follow_path(connection)
    if connection.flight.head is None:
        _after_idle(connection, now)
    if connection.flight.lost > 0:
        _resend_lost(connection, now)
    sent = False
    while _send_new(connection, now):
        sent = True
    connection.window_filled = held_back(connection)
    if sent:
        if connection.timers.retransmit == FOREVER:
            arm_retransmit(connection, now)
        tail_probe.schedule(connection, now)
    _arm_persist(connection, now)


def held_back(connection: "Connection") -> bool:
    """Data waits although the peer's window has room for a segment of it."""
    beyond = seqno.distance(connection.snd_nxt, seqno.add(connection.snd_una, connection.snd_wnd))
    return connection.outgoing.size > connection.segment_size and beyond > connection.segment_size


def _after_idle(connection: "Connection", now: i64) -> None:
    """RFC 5681 §4.1: after a timeout's worth of silence the window is what a new connection has."""
    if now - connection.last_sent_at > connection.round_trip.rto and connection.last_sent_at > 0:
        connection.congestion.idle()


def _resend_lost(connection: "Connection", now: i64) -> None:
    flight = connection.flight
    while True:
        record = flight.to_resend()
        if record is None:
            return
        allowed = recovery.allowed(connection)
        if allowed < min(record.length, connection.segment_size):
            return
        limit = _longest(connection, allowed)
        if record.length > limit:
            flight.split(record, limit)
        resend(connection, record, now)


def resend(connection: "Connection", record: Sent, now: i64) -> None:
    """Send a record again; the caller has checked windows."""
    recovery.sent(connection, record.length)
    connection.flight.mark_resent(record, now)
    if record.flags & tcp.SYN != 0:
        transmit.synchronise(connection, now)
        return
    finishing = record.flags & tcp.FIN
    size = record.length - 1 if finishing != 0 else record.length
    flags = finishing | tcp.PSH if size > 0 else finishing
    transmit.data(connection, record.sequence, flags, record.data, record.at, size, now)


def _longest(connection: "Connection", allowed: i64) -> i64:
    """Payload of the next frame: a segment, or a multiple if the device cuts frames."""
    size = connection.segment_size
    needed: i64 = SEGMENT_V4 if connection.path.version == 4 else SEGMENT_V6
    if connection.path.hop.interface.features & needed == 0 or allowed < 2 * size:
        return size
    return min(allowed, LONGEST) // size * size


def _send_new(connection: "Connection", now: i64) -> bool:
    """Send one frame of new data, with the FIN if it is the last; false when nothing may leave."""
    queue = connection.outgoing
    if queue.size == 0 and (not connection.fin_wanted or connection.fin_sent):
        return False
    if connection.flight.records >= RECORDS:
        return False
    in_window = seqno.distance(connection.snd_nxt, seqno.add(connection.snd_una, connection.snd_wnd))
    allowed = recovery.allowed(connection)
    usable = min(in_window, allowed)
    size = min(min(queue.size, max(usable, 0)), _longest(connection, usable))
    all_of_it = size == queue.size
    finishing = all_of_it and connection.fin_wanted
    if size == 0 and not finishing:
        return False
    if size > 0 and not nagle.may_leave(connection, size, all_of_it):
        return False
    rest = size % connection.segment_size
    if size > rest and rest > 0 and not nagle.may_leave(connection, rest, all_of_it):
        # Whole segments now; what is left waits by Nagle's rule.
        size -= rest
        finishing = False
    flags: i64 = 0
    if size > 0:
        queue.take(size)
        if queue.size == 0:
            flags = tcp.PSH
    send_new(connection, size, flags, finishing, now)
    return True


def send_new(connection: "Connection", size: i64, flags: i64, finishing: bool, now: i64) -> None:
    """Send what `outgoing.take` took as new data."""
    queue = connection.outgoing
    payload = queue.data if size > 0 else transmit.NOTHING
    # A FIN by itself comes after data that `at` still speaks of.
    at: i64 = queue.at if size > 0 else 0
    length = size
    record_flags: i64 = 0
    if finishing:
        flags |= tcp.FIN
        record_flags = tcp.FIN
        length += 1
        connection.fin_sent = True
    sequence = connection.snd_nxt
    if connection.flight.head is None:
        connection.progress_at = now
    connection.flight.append(Sent(sequence, length, record_flags, payload, at, now))
    connection.snd_nxt = seqno.add(sequence, length)
    recovery.sent(connection, length)
    if size % connection.segment_size != 0:
        connection.small_out = connection.snd_nxt
    transmit.data(connection, sequence, flags, payload, at, size, now)


def arm_retransmit(connection: "Connection", now: i64) -> None:
    """RFC 6298 §5.1, §5.3."""
    connection.timers.retransmit = now + connection.round_trip.current_rto()


def _arm_persist(connection: "Connection", now: i64) -> None:
    """Data waits for the peer's window and nothing in flight will tell of it (§3.8.6.1)."""
    timers = connection.timers
    if connection.flight.head is None and connection.outgoing.size > 0:
        if timers.persist == FOREVER:
            timers.persist = now + connection.round_trip.current_rto()
    else:
        timers.persist = FOREVER
        connection.persist_count = 0
