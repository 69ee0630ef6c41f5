# pymirage: hot
"""A segment arrives (RFC 9293 §3.10.7.4): one function per step, in the order of the standard.

With RFC 5961 (blind attacks), RFC 7323 (timestamps, PAWS) and RFC 2883 (duplicates reported). The states
before synchronisation are in arrival_syn_sent.py and listen.py; what an acknowledgment does is in
acknowledgment.py.
"""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

from pymirage.net.tcp import acknowledgment, closing, refusal, seqno, text, transmit, window
from pymirage.net.tcp.event import CONNECTED
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.state import State, enter, is_synchronised
from pymirage.wire import tcp
from pymirage.wire.drop import Drop
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

DAYS_24: Final = 24 * 24 * 3600 * 1_000_000_000


def segment_arrives(connection: "Connection", segment: Segment, frame: bytes, now: i64) -> Drop | None:
    """All steps; the reason when one of them drops the segment."""
    connection.last_heard_at = now
    if (
        connection.state is State.SYN_RECEIVED
        and segment.flags & tcp.SYN != 0
        and segment.sequence == connection.irs
    ):
        return syn_again(connection, segment, now)
    reason = first_sequence_number(connection, segment, frame, now)
    if reason is not None:
        return reason
    if segment.flags & (tcp.RST | tcp.SYN) != 0:
        if segment.flags & tcp.RST != 0:
            return second_reset(connection, segment, now)
        return fourth_syn(connection, now)
    reason = fifth_acknowledgment(connection, segment, frame, now)
    if reason is not None or connection.state is State.CLOSED:
        return reason
    if segment.payload != segment.end:
        reason = seventh_text(connection, segment, frame, now)
    if segment.flags & tcp.FIN != 0:
        eighth_fin(connection, segment, now)
    return reason


def syn_again(connection: "Connection", segment: Segment, now: i64) -> Drop | None:
    """The SYN that made this connection came once more: our answer was lost, or both sides opened at once.

    In a simultaneous open (§3.5, figure 8) it carries the acknowledgment of our SYN.
    """
    if segment.flags & tcp.ACK != 0 and segment.acknowledgment == connection.snd_nxt:
        established(connection, segment, now)
        connection.ack_now = True
        return None
    transmit.synchronise(connection, now)
    return None


def first_sequence_number(connection: "Connection", segment: Segment, frame: bytes, now: i64) -> Drop | None:
    """First: is it in the window? Timestamps are tested before (RFC 7323 §5.3)."""
    if connection.timestamps_on:
        reason = timestamp_acceptable(connection, segment, now)
        if reason is not None:
            return reason
    in_order = segment.sequence == connection.rcv_nxt
    if in_order and segment.end - segment.payload <= window.room(connection):
        record_timestamp(connection, segment, now)
        return None
    length = segment.length()
    if acceptable(connection, segment.sequence, length):
        record_timestamp(connection, segment, now)
        return None
    if segment.flags & tcp.RST != 0:
        return Drop.TCP_RESET
    if length == 0:
        transmit.acknowledgment_of_unacceptable(connection, now)
        return Drop.TCP_SEQUENCE
    # Data that came before, or beyond the window: answer at once, the sender is in error about what we have.
    if seqno.before(segment.sequence, connection.rcv_nxt):
        report_duplicate(connection, segment.sequence, seqno.add(segment.sequence, length))
        if connection.state is State.TIME_WAIT and segment.flags & tcp.FIN != 0:
            closing.restart_time_wait(connection, now)
    elif in_order and is_synchronised(connection.state):
        # A zero window takes no data, but what the segment acknowledges is valid (RFC 9293 §3.10.7.4).
        fifth_acknowledgment(connection, segment, frame, now)
    connection.ack_now = connection.state is not State.CLOSED
    return Drop.TCP_SEQUENCE


def timestamp_acceptable(connection: "Connection", segment: Segment, now: i64) -> Drop | None:
    """PAWS (RFC 7323 §5.3 R1)."""
    if segment.timestamp == tcp.ABSENT:
        # §3.2: once agreed upon, only a reset may come without.
        return None if segment.flags & tcp.RST != 0 else Drop.TCP_TIMESTAMP
    if seqno.before(segment.timestamp, connection.ts_recent):
        if segment.flags & tcp.RST != 0:
            return None
        if now - connection.ts_recent_at < DAYS_24:
            if segment.end != segment.payload:
                report_duplicate(connection, segment.sequence, seqno.add(segment.sequence, segment.length()))
                connection.ack_now = True
            else:
                transmit.acknowledgment_of_unacceptable(connection, now)
            return Drop.TCP_TIMESTAMP
    return None


def record_timestamp(connection: "Connection", segment: Segment, now: i64) -> None:
    """TS.Recent (RFC 7323 §4.3, §5.3 R3), of segments in the window only: others could poison it."""
    if (
        connection.timestamps_on
        and seqno.not_after(segment.sequence, connection.last_ack_sent)
        and segment.flags & tcp.RST == 0
        and segment.timestamp != tcp.ABSENT
    ):
        connection.ts_recent = segment.timestamp
        connection.ts_recent_at = now


def acceptable(connection: "Connection", sequence: i64, length: i64) -> bool:
    """The table of §3.10.7.4: some number of the segment is in the window."""
    room = window.room(connection)
    if length == 0:
        if room == 0:
            return sequence == connection.rcv_nxt
        return seqno.within(sequence, connection.rcv_nxt, room)
    if room == 0:
        return False
    last = seqno.add(sequence, length - 1)
    return seqno.within(sequence, connection.rcv_nxt, room) or seqno.within(last, connection.rcv_nxt, room)


def report_duplicate(connection: "Connection", start: i64, end: i64) -> None:
    """RFC 2883: tell the sender what came twice."""
    if connection.selective and start != end:
        connection.assembler.report_duplicate(start, end)


def second_reset(connection: "Connection", segment: Segment, now: i64) -> Drop | None:
    """Second: a reset counts at exactly the next number; elsewhere it is challenged (RFC 5961 §3)."""
    if segment.sequence != connection.rcv_nxt:
        challenge(connection, now)
        return Drop.TCP_RESET
    if connection.state is State.SYN_RECEIVED and connection.listener is None:
        closing.fail(connection, Failure.REFUSED)
    elif connection.state is State.TIME_WAIT:
        # RFC 1337: a stray reset must not end TIME-WAIT early.
        return Drop.TCP_TIME_WAIT
    elif closing.only_fin_is_left(connection):
        # The peer has our stream, and has forgotten its end: no error (§3.10.7.4, CLOSING and LAST-ACK).
        closing.finish(connection)
    else:
        closing.fail(connection, Failure.RESET)
    return None


def fourth_syn(connection: "Connection", now: i64) -> Drop:
    """Fourth: a SYN in the window is a peer that restarted, or an attack: ask (RFC 5961 §4)."""
    challenge(connection, now)
    return Drop.TCP_SYN


def challenge(connection: "Connection", now: i64) -> None:
    """A challenge ACK, if the allowance has one left (RFC 5961 §7)."""
    if connection.stack.challenges.take(now):
        transmit.acknowledgment(connection, now)


def fifth_acknowledgment(connection: "Connection", segment: Segment, frame: bytes, now: i64) -> Drop | None:
    """Fifth: the ACK field."""
    if segment.flags & tcp.ACK == 0:
        return Drop.TCP_FLAGS
    if connection.state is State.SYN_RECEIVED:
        number = segment.acknowledgment
        if not (seqno.before(connection.snd_una, number) and seqno.not_after(number, connection.snd_nxt)):
            refusal.answer(connection.stack, connection.path, segment, now)
            return Drop.TCP_ACK
        listener = connection.listener
        if listener is not None and listener.closed:
            connection.stack.abort(connection, Failure.ABORTED, now)
            return Drop.NO_PORT
        established(connection, segment, now)
    else:
        # RFC 5961 §5: neither ahead of what was sent nor older than a window.
        oldest = seqno.add(connection.snd_una, -connection.snd_wnd_maximum)
        if seqno.after(segment.acknowledgment, connection.snd_nxt) or seqno.before(
            segment.acknowledgment, oldest
        ):
            challenge(connection, now)
            return Drop.TCP_ACK
        if connection.state is State.TIME_WAIT:
            return None
        acknowledgment.acknowledge(connection, segment, frame, now)
    if connection.fin_sent and connection.flight.head is None:
        closing.fin_acknowledged(connection, now)
    return None


def established(connection: "Connection", segment: Segment, now: i64) -> None:
    """Our SYN was acknowledged."""
    enter(connection, State.ESTABLISHED)
    acknowledgment.synchronised(connection, segment, now)
    connection.events |= CONNECTED
    connection.stack.left_half_open(connection)
    if connection.fin_wanted:
        enter(connection, State.FIN_WAIT_1)


def seventh_text(connection: "Connection", segment: Segment, frame: bytes, now: i64) -> Drop | None:
    """Seventh: the payload. (Sixth, urgent data, is delivered in line: RFC 6093 §4 advises against more.)"""
    state = connection.state
    if state is State.ESTABLISHED or state is State.FIN_WAIT_1 or state is State.FIN_WAIT_2:
        return text.receive(connection, segment, frame, now)
    return None


def eighth_fin(connection: "Connection", segment: Segment, now: i64) -> None:
    """Eighth: the FIN, once all data before it is here."""
    end = seqno.add(segment.sequence, segment.end - segment.payload)
    if end == connection.rcv_nxt:
        closing.fin_arrived(connection, now)
    else:
        connection.ack_now = True
