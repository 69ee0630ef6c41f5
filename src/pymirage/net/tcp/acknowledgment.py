# pymirage: hot
"""What an acknowledgment does: frees what arrived, measures, finds losses, opens windows.

RFC 9293 §3.10.7.4 (fifth step), RFC 6298, RFC 6675, RFC 8985.
"""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.tcp import hystart, output, pmtu, rack, recovery, scoreboard, send_buffer, seqno, tail_probe
from pymirage.net.tcp.event import WRITABLE
from pymirage.net.tcp.settings import SECOND
from pymirage.wire import tcp
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


def acknowledge(connection: "Connection", segment: Segment, frame: bytes, now: i64) -> None:
    """An ACK between the oldest and the newest number that the window allows."""
    flight = connection.flight
    if flight.head is None and segment.sack_count == 0:
        # Nothing is in flight: only the window can have changed.
        update_window(connection, segment)
        return
    advance = seqno.distance(connection.snd_una, segment.acknowledgment)
    # A window that the application does not fill says nothing about the path (RFC 7661 §4.3).
    window_used = connection.window_filled or connection.congestion.window <= 2 * flight.size
    delivered = take_note(connection, segment, frame, advance, now)
    duplicate = advance == 0 and is_duplicate(connection, segment)
    update_window(connection, segment)
    only_duplicate = duplicate and segment.sack_count == 0
    tail_probe.acknowledged(
        connection, segment.acknowledgment, connection.rack.duplicate_seen, only_duplicate, now
    )
    if advance > 0:
        recovery.undo_if_spurious(connection, segment.timestamp_echo)
        if connection.congestion.in_first_slow_start():
            hystart.acknowledged(connection, connection.rack.round_trip)
    repairing = connection.recovery.mode == recovery.FAST
    find_losses(connection, advance, delivered, duplicate, now)
    if advance > 0:
        if window_used and not repairing and connection.recovery.mode != recovery.FAST:
            connection.congestion.acknowledged(advance, max(connection.round_trip.smoothed, 0), now)
        progressed(connection, now)
    if connection.outgoing.size > 0 or flight.lost > 0 or connection.fin_wanted:
        connection.stack.need_output(connection)


def take_note(connection: "Connection", segment: Segment, frame: bytes, advance: i64, now: i64) -> i64:
    """Mark what arrived, in order or not; how many octets are newly known to have arrived."""
    flight = connection.flight
    sacked = flight.sacked
    connection.rack.duplicate_seen = False
    if segment.sack_count > 0 and connection.selective:
        scoreboard.selective(connection, segment, frame, now)
    if advance > 0:
        remove_acknowledged(connection, segment.acknowledgment, segment.timestamp_echo, now)
    return flight.sacked - sacked + max(advance, 0)


def progressed(connection: "Connection", now: i64) -> None:
    """New data was acknowledged: timers, neighbour, writer."""
    connection.soft_failure = None
    connection.persist_count = 0
    rearm(connection, now)
    tail_probe.schedule(connection, now)
    if now >= connection.confirm_at:
        confirm_hop(connection, now)
    if connection.refused_write:
        wake_writer(connection)


def is_duplicate(connection: "Connection", segment: Segment) -> bool:
    """RFC 5681 §2: acknowledges nothing new, carries nothing, the same window, and data is in flight."""
    return (
        segment.payload == segment.end
        and segment.flags & (tcp.SYN | tcp.FIN) == 0
        and segment.window << connection.snd_scale == connection.snd_wnd
        and connection.flight.head is not None
    )


def remove_acknowledged(connection: "Connection", number: i64, echo: i64, now: i64) -> None:
    """Take what is acknowledged out of the flight; measure the round trip."""
    flight = connection.flight
    oldest: i64 = -1
    while True:
        record = flight.head
        if record is None or seqno.not_before(record.sequence, number):
            break
        if seqno.after(record.end(), number):
            flight.split(record, seqno.distance(record.sequence, number))
        if record.length >= connection.segment_size:
            connection.full_passed = True
        if not record.sacked:
            rack.delivered(connection, record, echo, now)
            if record.transmissions == 1 and oldest < 0:
                # Karn's rule: only what was sent once. The oldest, so that delayed ACKs count.
                oldest = now - record.sent_at
        flight.remove_head()
    connection.snd_una = number
    if oldest >= 0:
        connection.round_trip.sample(oldest)
    elif echo >= 0 and connection.timestamps_on:
        # All were sent again: the timestamp tells which one arrived (RFC 7323 §4.1).
        milliseconds = (connection.timestamp(now) - echo) & 0xFFFF_FFFF
        if milliseconds < 60_000:
            connection.round_trip.sample(milliseconds * 1_000_000)
    connection.round_trip.progress()
    connection.black_hole = 0
    connection.progress_at = now


def find_losses(connection: "Connection", advance: i64, delivered: i64, duplicate: bool, now: i64) -> None:
    """Mark losses; begin, continue or end recovery."""
    state = connection.recovery
    if connection.selective:
        if connection.flight.sacked > 0 or connection.flight.lost > 0 or state.mode != recovery.OPEN:
            # RACK's own timer, or recovery, takes over from the tail loss probe.
            connection.timers.probe = FOREVER
            marked = rack.detect_loss(connection, now)
            if marked and state.mode == recovery.OPEN:
                recovery.begin(connection, delivered, now)
        else:
            connection.timers.reorder = FOREVER
    elif duplicate:
        recovery.duplicate(connection, now)
        delivered = connection.segment_size
    elif advance > 0:
        if state.mode == recovery.FAST and seqno.before(connection.snd_una, state.point):
            recovery.partial(connection, advance)
        else:
            state.duplicates = 0
    if state.mode != recovery.OPEN:
        recovery.acknowledged(connection, delivered)


def update_window(connection: "Connection", segment: Segment) -> None:
    """SND.WND, from the newest segment only; SND.UNA is up to date (§3.10.7.4)."""
    number = segment.acknowledgment
    if seqno.before(number, connection.snd_una):
        return
    if seqno.before(connection.snd_wl1, segment.sequence) or (
        connection.snd_wl1 == segment.sequence and seqno.not_after(connection.snd_wl2, number)
    ):
        wider = segment.window << connection.snd_scale
        if wider > connection.snd_wnd:
            connection.timers.persist = FOREVER
            connection.persist_count = 0
            if connection.outgoing.size > 0:
                connection.stack.need_output(connection)
        connection.snd_wnd = wider
        connection.snd_wl1 = segment.sequence
        connection.snd_wl2 = number
        if wider > connection.snd_wnd_maximum:
            connection.snd_wnd_maximum = wider


def rearm(connection: "Connection", now: i64) -> None:
    """RFC 6298 §5.2, §5.3."""
    if connection.flight.head is None:
        connection.timers.stop_sending()
    else:
        output.arm_retransmit(connection, now)


def confirm_hop(connection: "Connection", now: i64) -> None:
    """Progress proves that the first hop works (RFC 4861 §7.3.1); once a second is enough to say so."""
    connection.confirm_at = now + SECOND
    hop = connection.path.hop
    hop.neighbours.confirm(hop, now)


def wake_writer(connection: "Connection") -> None:
    """Room again after a write was cut short: tell when a third of the buffer is free."""
    limit = send_buffer.size(connection)
    if connection.outgoing.size + connection.flight.size <= limit - limit // 3:
        connection.refused_write = False
        connection.events |= WRITABLE


def synchronised(connection: "Connection", segment: Segment, now: i64) -> None:
    """The acknowledgment of our SYN: the first round trip and the first window."""
    head = connection.flight.head
    lost = False
    if head is not None:
        lost = head.transmissions > 1
        if not lost:
            time = now - head.sent_at
            connection.round_trip.sample(time)
            connection.round_trip.observe_minimum(time, now)
        else:
            connection.round_trip.initial_lost()
        connection.flight.remove_head()
    connection.round_trip.progress()
    pmtu.update(connection)
    connection.congestion.start(connection.segment_size, lost)
    connection.snd_una = segment.acknowledgment
    connection.small_out = segment.acknowledgment
    scale = connection.snd_scale if segment.flags & tcp.SYN == 0 else 0
    connection.snd_wnd = segment.window << scale
    connection.snd_wnd_maximum = connection.snd_wnd
    connection.snd_wl1 = segment.sequence
    connection.snd_wl2 = segment.acknowledgment
    connection.timers.stop_sending()
