# pymirage: hot
"""A segment arrives in SYN-SENT (RFC 9293 §3.10.7.3), step by step."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.tcp import acknowledgment, closing, options, refusal, transmit
from pymirage.net.tcp.event import CONNECTED
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.state import State, enter
from pymirage.wire import tcp
from pymirage.wire.drop import Drop
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


def segment_arrives(connection: "Connection", segment: Segment, now: i64) -> Drop | None:
    acceptable = False
    if segment.flags & tcp.ACK != 0:
        # First: the ACK. Nothing but our SYN was sent.
        if segment.acknowledgment != connection.snd_nxt:
            if segment.flags & tcp.RST == 0:
                refusal.answer(connection.stack, connection.path, segment, now)
            return Drop.TCP_ACK
        acceptable = True
    if segment.flags & tcp.RST != 0:
        # Second: a reset, believed only with the right ACK.
        if not acceptable:
            return Drop.TCP_RESET
        closing.fail(connection, Failure.REFUSED)
        return None
    if segment.flags & tcp.SYN == 0:
        # Fifth.
        return Drop.TCP_FLAGS
    return fourth_syn(connection, segment, acceptable, now)


def fourth_syn(connection: "Connection", segment: Segment, acceptable: bool, now: i64) -> Drop | None:
    """The peer's SYN: it answers ours, or both sides opened at once (§3.5, figure 8)."""
    connection.last_heard_at = now
    options.syn_arrived(connection, segment, now)
    if not acceptable:
        enter(connection, State.SYN_RECEIVED)
        transmit.synchronise(connection, now)
        return None
    enter(connection, State.ESTABLISHED)
    acknowledgment.synchronised(connection, segment, now)
    connection.events |= CONNECTED
    connection.ack_due = True
    connection.stack.need_output(connection)
    if connection.fin_wanted:
        enter(connection, State.FIN_WAIT_1)
    return None
