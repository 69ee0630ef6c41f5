# pymirage: hot
"""How long a server waits for a client: RFC 9112 §9.5 leaves it to us.

Time is counted in ticks of a second, and looked at once a tick for all conversations, so that a request costs
no timer. A wait for data asks for a rate, not for a sign of life: else one octet now and then would hold a
connection for ever.
"""

from enum import Enum
from typing import Final, final

from mypy_extensions import i64


class Wait(Enum):
    """What a conversation waits for."""

    NOTHING = "nothing of the client's"
    FIRST = "the first request"
    IDLE = "another request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    LINGER = "the end, after all is said"


@final
class Patience:
    """For one conversation. The numbers are seconds, 0 for no end."""

    def __init__(self, tick: i64, idle: i64, head: i64, body: i64, send: i64, linger: i64, rate: i64) -> None:
        self.idle: Final = idle
        self.head: Final = head
        self.body: Final = body
        self.send: Final = send
        self.linger: Final = linger
        self.rate: Final = rate
        self.mark: i64 = tick
        """When the present wait began, or its last stretch."""
        self.octets: i64 = 0
        """Of a body, since then; of a response, the first that was not taken then."""
        self.stalled = False

    def begin(self, tick: i64) -> None:
        """Something came, or went: what is waited for now is waited for since now."""
        self.mark = tick
        self.octets = 0

    def ends(self, wait: Wait, tick: i64) -> bool:
        """It has lasted long enough."""
        waited = tick - self.mark
        if wait is Wait.FIRST or wait is Wait.HEAD:
            return self.head > 0 and waited > self.head
        if wait is Wait.IDLE:
            return self.idle > 0 and waited > self.idle
        if wait is Wait.LINGER:
            return waited > self.linger
        return wait is Wait.BODY and self._too_slow(self.body, self.octets, 0, tick)

    def stalls(self, taken: i64, waiting: i64, tick: i64) -> bool:
        """Of a response `taken` octets are gone, `waiting` are not; whether that is too few for too long."""
        if waiting == 0 or not self.stalled:
            self.stalled = waiting > 0
            if self.stalled:
                self.mark = tick
                self.octets = taken
            return False
        return self._too_slow(self.send, taken - self.octets, taken, tick)

    def _too_slow(self, limit: i64, octets: i64, base: i64, tick: i64) -> bool:
        """Fewer octets than the rate asks for in the stretch; else the next stretch begins."""
        waited = tick - self.mark
        if limit == 0 or waited <= limit:
            return False
        if octets < self.rate * waited:
            return True
        self.mark = tick
        self.octets = base
        return False
