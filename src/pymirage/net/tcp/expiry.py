# pymirage: hot
"""Timers go off (RFC 9293 §3.10.8, RFC 6298 §5, RFC 8985 §6.2 and §7.3)."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.tcp import calls, closing, output, pmtu, rack, recovery, seqno, tail_probe, transmit
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.state import State, is_synchronised
from pymirage.wire import tcp

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


def expire(connection: "Connection", now: i64) -> None:
    """Do what each timer that has gone off is for."""
    timers = connection.timers
    if timers.close <= now:
        timers.close = FOREVER
        if connection.state is State.TIME_WAIT or connection.state is State.FIN_WAIT_2:
            closing.finish(connection)
        else:
            be_patient_with_orphan(connection, now)
        if connection.state is State.CLOSED:
            return
    if timers.reorder <= now:
        timers.reorder = FOREVER
        reordering_over(connection, now)
    if timers.probe <= now:
        timers.probe = FOREVER
        send_tail_probe(connection, now)
    if timers.retransmit <= now:
        timers.retransmit = FOREVER
        retransmission(connection, now)
    if timers.persist <= now:
        timers.persist = FOREVER
        persist(connection, now)
    if timers.keepalive <= now:
        timers.keepalive = FOREVER
        keep_alive(connection, now)
    if timers.delayed_ack <= now:
        timers.delayed_ack = FOREVER
        connection.ack_due = True
    if connection.state is not State.CLOSED:
        connection.stack.need_output(connection)


def be_patient_with_orphan(connection: "Connection", now: i64) -> None:
    """A window that stays closed must not end a connection (MUST-37), but one that nobody uses any more can
    be, or whoever acknowledges probes would hold our memory for ever (RFC 6429).
    """
    settings = connection.stack.settings
    left = calls.left_to_take(connection)
    enough = connection.orphan_left
    if settings.orphan_octets < enough:
        enough = settings.orphan_octets
    if connection.orphan_left - left < enough:
        give_up(connection, now)
    else:
        connection.orphan_left = left
        connection.timers.close = now + settings.orphan_patience


def reordering_over(connection: "Connection", now: i64) -> None:
    """RACK waited long enough for reordered segments."""
    if rack.detect_loss(connection, now) and connection.recovery.mode == recovery.OPEN:
        recovery.begin(connection, 0, now)


def retransmission(connection: "Connection", now: i64) -> None:
    """RFC 6298 §5.4 to §5.7."""
    head = connection.flight.head
    if head is None:
        return
    if gave_up(connection, now):
        return
    if head.flags & tcp.SYN != 0:
        connection.round_trip.back_off()
        output.resend(connection, head, now)
        output.arm_retransmit(connection, now)
        return
    if connection.snd_wnd == 0:
        # The window closed over what is in flight (§3.8.6: be robust against it): probe, count no loss.
        transmit.probe(connection, now)
    else:
        connection.stack.refresh_path(connection, now)
        pmtu.timed_out(connection, head.length, now)
        recovery.time_out(connection, now)
        if connection.selective and connection.round_trip.backoff == 0:
            rack.mark_on_time_out(connection, now)
        else:
            all_lost(connection)
        first = connection.flight.to_resend()
        if first is not None:
            if first.length > connection.segment_size:
                connection.flight.split(first, connection.segment_size)
            output.resend(connection, first, now)
    connection.round_trip.back_off()
    connection.probe.outstanding = False
    output.arm_retransmit(connection, now)
    # Not later than the user's time-out: between two tries there may be a minute.
    end = connection.progress_at + patience(connection)
    connection.timers.retransmit = min(connection.timers.retransmit, max(end, now + 1))


def patience(connection: "Connection") -> i64:
    """R2 (RFC 9293 §3.8.3): how long what we sent may stay without an answer."""
    if connection.user_time_out > 0:
        return connection.user_time_out
    settings = connection.stack.settings
    synchronising = connection.state is State.SYN_SENT or connection.state is State.SYN_RECEIVED
    return settings.syn_time_out if synchronising else settings.user_time_out


def gave_up(connection: "Connection", now: i64) -> bool:
    """The peer was silent for too long."""
    limit = patience(connection)
    if now - connection.progress_at < limit:
        return False
    if connection.snd_wnd == 0 and now - connection.last_heard_at < limit:
        # A peer that answers may keep its window closed for ever (§3.8.6.1, MUST-37).
        return False
    give_up(connection, now)
    return True


def all_lost(connection: "Connection") -> None:
    """Everything is sent again, also what the peer reported: it may have dropped it (RFC 2018 §8)."""
    connection.flight.forget_sacks()
    record = connection.flight.head
    while record is not None:
        connection.flight.mark_lost(record)
        record = record.next


def send_tail_probe(connection: "Connection", now: i64) -> None:
    """RFC 8985 §7.3: new data if the window allows, else the last segment again."""
    flight = connection.flight
    last = flight.tail
    if last is None or connection.probe.outstanding:
        return
    queue = connection.outgoing
    in_window = seqno.distance(connection.snd_nxt, seqno.add(connection.snd_una, connection.snd_wnd))
    size = min(queue.size, connection.segment_size)
    if 0 < size <= in_window:
        queue.take(size)
        finishing = queue.size == 0 and connection.fin_wanted and not connection.fin_sent
        output.send_new(connection, size, tcp.PSH if queue.size == 0 else 0, finishing, now)
        tail_probe.sent(connection, False)
    else:
        if last.length > connection.segment_size:
            flight.split(last, last.length - connection.segment_size)
            last = flight.tail
            assert last is not None
        output.resend(connection, last, now)
        tail_probe.sent(connection, True)
    output.arm_retransmit(connection, now)


def persist(connection: "Connection", now: i64) -> None:
    """The peer's window is closed, or small: probe, or send what fits (§3.8.6.1, §3.8.6.2.1)."""
    if connection.flight.head is not None or connection.outgoing.size == 0:
        return
    size = min(min(connection.outgoing.size, connection.snd_wnd), connection.segment_size)
    if size > 0:
        connection.outgoing.take(size)
        output.send_new(connection, size, tcp.PSH, False, now)
        output.arm_retransmit(connection, now)
        return
    transmit.probe(connection, now)
    # A peer that answers may keep its window closed for ever (MUST-37); one that is silent is given up.
    if now - connection.last_heard_at > patience(connection):
        give_up(connection, now)
        return
    connection.persist_count += 1
    wait = connection.round_trip.rto << min(connection.persist_count, 16)
    connection.timers.persist = now + min(wait, connection.stack.settings.maximum_rto)


def keep_alive(connection: "Connection", now: i64) -> None:
    """RFC 9293 §3.8.4: the timer is checked here, not moved by each segment."""
    keepalive = connection.keepalive
    if keepalive is None:
        return
    silent = now - connection.last_heard_at
    busy = connection.flight.head is not None or not is_synchronised(connection.state)
    if silent < keepalive.idle or busy:
        connection.keepalive_sent = 0
        connection.timers.keepalive = max(connection.last_heard_at + keepalive.idle, now + keepalive.interval)
        return
    # A user's time-out decides in place of the number of probes, as on Linux (tcp(7)).
    limit = connection.user_time_out
    waited = silent >= limit if limit > 0 else connection.keepalive_sent >= keepalive.probes
    if connection.keepalive_sent > 0 and waited:
        give_up(connection, now)
        return
    connection.keepalive_sent += 1
    transmit.probe(connection, now)
    connection.timers.keepalive = now + keepalive.interval


def give_up(connection: "Connection", now: i64) -> None:
    """The peer was silent for too long; what routers said of it is the better reason."""
    failure = connection.soft_failure
    connection.stack.abort(connection, Failure.TIMED_OUT if failure is None else failure, now)
