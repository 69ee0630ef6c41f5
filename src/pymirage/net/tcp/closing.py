# pymirage: hot
"""How connections end: FINs, TIME-WAIT, failure (RFC 9293 §3.6, §3.10.7.4)."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.tcp import seqno
from pymirage.net.tcp.event import CLOSED, FAILED, READABLE
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.state import State, enter

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


def fin_arrived(connection: "Connection", now: i64) -> None:
    """Eighth step: the peer ended its stream and everything before its FIN is here."""
    state = connection.state
    if connection.fin_received:
        if state is State.TIME_WAIT:
            restart_time_wait(connection, now)
        return
    if state is State.ESTABLISHED:
        enter(connection, State.CLOSE_WAIT)
    elif state is State.FIN_WAIT_1:
        # Our FIN is not acknowledged, else the fifth step would have changed the state.
        enter(connection, State.CLOSING)
    elif state is State.FIN_WAIT_2:
        enter_time_wait(connection, now)
    else:
        return
    connection.fin_received = True
    connection.rcv_nxt = seqno.add(connection.rcv_nxt, 1)
    connection.ack_due = True
    connection.stack.need_output(connection)
    connection.events |= READABLE


def fin_acknowledged(connection: "Connection", now: i64) -> None:
    """The peer has our whole stream."""
    state = connection.state
    if state is State.FIN_WAIT_1:
        enter(connection, State.FIN_WAIT_2)
        if not connection.reading:
            connection.timers.close = now + connection.stack.settings.orphan_fin_wait
    elif state is State.CLOSING:
        enter_time_wait(connection, now)
    elif state is State.LAST_ACK:
        finish(connection)


def only_fin_is_left(connection: "Connection") -> bool:
    """Both streams ended, and of ours nothing but the FIN is without an acknowledgment."""
    ended = connection.fin_received and connection.fin_sent
    return ended and seqno.distance(connection.snd_una, connection.snd_nxt) == 1


def enter_time_wait(connection: "Connection", now: i64) -> None:
    """Both streams ended, ours first: stay to acknowledge a FIN that is sent again (§3.6)."""
    enter(connection, State.TIME_WAIT)
    connection.timers.stop()
    connection.events |= CLOSED
    connection.flight.clear()
    connection.outgoing.clear()
    connection.assembler.clear()
    restart_time_wait(connection, now)
    connection.stack.entered_time_wait(connection)


def restart_time_wait(connection: "Connection", now: i64) -> None:
    connection.timers.close = now + connection.stack.settings.time_wait


def finish(connection: "Connection") -> None:
    """The connection ended as it should."""
    waited = connection.state is State.TIME_WAIT
    if not waited:
        connection.events |= CLOSED
    release(connection)
    if waited:
        connection.stack.time_wait.trim()


def fail(connection: "Connection", failure: Failure) -> None:
    """The connection is gone: tell the handler, forget everything."""
    connection.failure = failure
    connection.events |= FAILED
    connection.incoming.clear()
    release(connection)


def release(connection: "Connection") -> None:
    """To CLOSED, out of all tables; data that was not read yet stays readable."""
    enter(connection, State.CLOSED)
    connection.timers.stop()
    connection.ack_now = False
    connection.flight.clear()
    connection.outgoing.clear()
    connection.assembler.clear()
    connection.stack.forget(connection)
