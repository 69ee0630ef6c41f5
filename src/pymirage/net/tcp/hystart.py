# pymirage: hot
"""HyStart++: leave slow start before it overflows the path, when round trips grow (RFC 9406)."""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.tcp import seqno

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

# §4.3.
MINIMUM_THRESHOLD: Final = 4_000_000
MAXIMUM_THRESHOLD: Final = 16_000_000
DIVISOR: Final = 8
SAMPLES: Final = 8
CONSERVATIVE_DIVISOR: Final = 4
CONSERVATIVE_ROUNDS: Final = 5

NONE: Final = 0x3FFF_FFFF_FFFF_FFFF


@final
@mypyc_attr(acyclic=True)
class HyStart:
    """The variables of §4.2."""

    def __init__(self) -> None:
        self.window_end: i64 = -1
        """The present round ends when this is acknowledged; -1 before the first."""
        self.last_minimum: i64 = NONE
        self.current_minimum: i64 = NONE
        self.samples: i64 = 0
        self.baseline: i64 = NONE
        """What round trips must fall below to show that leaving was a mistake."""
        self.rounds: i64 = 0
        """Rounds of conservative slow start; 0 in slow start proper."""


def acknowledged(connection: "Connection", time: i64) -> None:
    """An acknowledgment in the first slow start; `time`: the round trip of what it acknowledges."""
    state = connection.hystart
    if state.window_end < 0 or seqno.not_before(connection.snd_una, state.window_end):
        next_round(connection)
    if time < state.current_minimum:
        state.current_minimum = time
    state.samples += 1
    if state.samples < SAMPLES or state.last_minimum == NONE:
        return
    congestion = connection.congestion
    if state.rounds == 0:
        threshold = min(max(state.last_minimum // DIVISOR, MINIMUM_THRESHOLD), MAXIMUM_THRESHOLD)
        if state.current_minimum >= state.last_minimum + threshold:
            state.baseline = state.current_minimum
            state.rounds = 1
            congestion.growth_divisor = CONSERVATIVE_DIVISOR
    elif state.current_minimum < state.baseline:
        state.baseline = NONE
        state.rounds = 0
        congestion.growth_divisor = 1


def next_round(connection: "Connection") -> None:
    """A window's worth was acknowledged."""
    state = connection.hystart
    state.window_end = connection.snd_nxt
    state.last_minimum = state.current_minimum
    state.current_minimum = NONE
    state.samples = 0
    if state.rounds > 0:
        state.rounds += 1
        if state.rounds > CONSERVATIVE_ROUNDS:
            connection.congestion.threshold = connection.congestion.window
            connection.congestion.growth_divisor = 1
