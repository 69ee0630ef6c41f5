# pymirage: hot
"""The states of a connection (RFC 9293 §3.3.2), what each allows, and the only place that assigns one."""

from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


class State(Enum):
    """LISTEN is missing: a listener is an object of its own, and makes connections."""

    CLOSED = "CLOSED"
    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"


# RFC 9293 §3.3.2, figure 5; every state may also end in CLOSED (reset, abort, time-out).
TRANSITIONS: Final = {
    State.CLOSED: (State.SYN_SENT, State.SYN_RECEIVED, State.ESTABLISHED),
    State.SYN_SENT: (State.SYN_RECEIVED, State.ESTABLISHED),
    State.SYN_RECEIVED: (State.ESTABLISHED, State.FIN_WAIT_1, State.CLOSE_WAIT),
    State.ESTABLISHED: (State.FIN_WAIT_1, State.CLOSE_WAIT),
    State.FIN_WAIT_1: (State.FIN_WAIT_2, State.CLOSING, State.TIME_WAIT),
    State.FIN_WAIT_2: (State.TIME_WAIT,),
    State.CLOSE_WAIT: (State.LAST_ACK,),
    State.CLOSING: (State.TIME_WAIT,),
    State.LAST_ACK: (),
    State.TIME_WAIT: (),
}


def enter(connection: "Connection", state: State) -> None:
    """Go to `state`. CLOSED to ESTABLISHED happens when a SYN cookie comes back."""
    assert state is State.CLOSED or state in TRANSITIONS[connection.state], (connection.state, state)
    connection.state = state


def is_synchronised(state: State) -> bool:
    """Both sides' sequence numbers are known and agreed."""
    return state is not State.CLOSED and state is not State.SYN_SENT and state is not State.SYN_RECEIVED


def may_send(state: State) -> bool:
    """Data, new or again, may leave."""
    return (
        state is State.ESTABLISHED
        or state is State.CLOSE_WAIT
        or state is State.FIN_WAIT_1
        or state is State.CLOSING
        or state is State.LAST_ACK
    )


def may_write(state: State) -> bool:
    """The application may still hand data in: no close was asked for yet."""
    return (
        state is State.ESTABLISHED
        or state is State.CLOSE_WAIT
        or state is State.SYN_SENT
        or state is State.SYN_RECEIVED
    )


def is_ending(state: State) -> bool:
    """The application closed, and not everything of its stream is known to have arrived."""
    return (
        state is State.FIN_WAIT_1
        or state is State.CLOSING
        or state is State.LAST_ACK
        or state is State.SYN_RECEIVED
    )
