"""Happy Eyeballs version 2, RFC 8305: which address to try when.

A pure core: the caller asks names and opens connections, tells what came of it, and gets back which
attempts to start and which to cancel. The first family is IPv6, unless the caller's sorting (RFC 6724) says
otherwise: §4.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final, final

from pymirage.net.deadline import FOREVER

MILLISECOND: Final = 1_000_000

RESOLUTION_DELAY: Final = 50 * MILLISECOND
"""How long an IPv4 answer waits for the IPv6 one: §3."""
ATTEMPT_DELAY: Final = 250 * MILLISECOND
"""Between two attempts: §5."""
FIRST_FAMILY_COUNT: Final = 1
"""Addresses of the first family before the other's first: §4."""
MAXIMUM_ADDRESSES: Final = 32


class Stage(Enum):
    """How far a race has come."""

    RESOLVING = "resolving"
    RACING = "racing"
    WON = "won"
    FAILED = "failed"


@final
class Start:
    """Open a connection to this address (4 or 16 octets)."""

    def __init__(self, address: bytes) -> None:
        self.address: Final = address

    def __repr__(self) -> str:
        return f"Start({self.address!r})"


@final
class Cancel:
    """Give up the attempt to this address: another one won."""

    def __init__(self, address: bytes) -> None:
        self.address: Final = address

    def __repr__(self) -> str:
        return f"Cancel({self.address!r})"


Action = Start | Cancel


def interleave(first: Sequence[bytes], second: Sequence[bytes], count: int) -> list[bytes]:
    """`count` of the first family, then one of each in turn: §4."""
    merged = list(first[:count])
    rest = list(first[count:])
    others = list(second)
    while rest or others:
        if others:
            merged.append(others.pop(0))
        if rest:
            merged.append(rest.pop(0))
    return merged


@final
class HappyEyeballs:
    """One race. Every method returns what to do now; call `expire` when `deadline()` has come."""

    def __init__(
        self,
        *,
        ask_ipv6: bool = True,
        ask_ipv4: bool = True,
        prefer_ipv6: bool = True,
        attempt_delay: int = ATTEMPT_DELAY,
    ) -> None:
        self.stage = Stage.RESOLVING
        self.awaited6 = ask_ipv6
        self.awaited4 = ask_ipv4
        self.found6: list[bytes] = []
        self.found4: list[bytes] = []
        self.waiting: list[bytes] = []
        self.running: list[bytes] = []
        self.tried: set[bytes] = set()
        self.winner = b""
        self._resolution_deadline = FOREVER
        self._next_attempt = FOREVER
        self._last_was_ipv6 = not prefer_ipv6
        self._attempt_delay: Final = attempt_delay

    def deadline(self) -> int:
        """When `expire` wants to be called."""
        if self.stage is Stage.RESOLVING:
            return self._resolution_deadline
        return self._next_attempt if self.stage is Stage.RACING and self.waiting else FOREVER

    def prefer(self, ipv6: bool) -> None:
        """Which family goes first, as long as nothing was tried: sorting may know only once addresses do."""
        if self.stage is Stage.RESOLVING:
            self._last_was_ipv6 = not ipv6

    def resolved_ipv6(self, addresses: Sequence[bytes], now: int) -> list[Action]:
        """The AAAA answer came; empty when it failed. A positive one starts the race at once (§3)."""
        self.awaited6 = False
        self.found6 = self._fresh(addresses)
        return self._answered(now, start=bool(self.found6) or not self.awaited4)

    def resolved_ipv4(self, addresses: Sequence[bytes], now: int) -> list[Action]:
        """The A answer came; empty when it failed. It waits a little for a slower AAAA answer (§3)."""
        self.awaited4 = False
        self.found4 = self._fresh(addresses)
        if self.awaited6 and self.stage is Stage.RESOLVING and self.found4:
            self._resolution_deadline = now + RESOLUTION_DELAY
        return self._answered(now, start=not self.awaited6)

    def connected(self, address: bytes, now: int) -> list[Action]:
        """An attempt succeeded: the rest is cancelled. A second success is told to close."""
        del now
        if self.stage is Stage.WON:
            return [Cancel(address)]
        self.stage = Stage.WON
        self.winner = address
        losers = [other for other in self.running if other != address]
        self.running = []
        self.waiting = []
        return [Cancel(other) for other in losers]

    def failed(self, address: bytes, now: int) -> list[Action]:
        """An attempt failed: the next one starts without waiting (§5)."""
        if address in self.running:
            self.running.remove(address)
        return self._attempt(now) if self.stage is Stage.RACING else []

    def expire(self, now: int) -> list[Action]:
        """The deadline came: stop waiting for AAAA, or start the next attempt beside the running ones."""
        if now < self.deadline():
            return []
        if self.stage is Stage.RESOLVING:
            return self._race(now)
        return self._attempt(now)

    def _fresh(self, addresses: Sequence[bytes]) -> list[bytes]:
        """Without those seen before, and not without bound."""
        fresh = [address for address in dict.fromkeys(addresses) if address not in self.tried]
        return fresh[:MAXIMUM_ADDRESSES]

    def _answered(self, now: int, *, start: bool) -> list[Action]:
        """Begin the race, or add what came late to it (§3: new addresses join the list)."""
        if self.stage is Stage.RACING or (self.stage is Stage.FAILED and (self.found4 or self.found6)):
            self.stage = Stage.RACING
            self.waiting = self._ordered()
            return [] if self.running else self._attempt(now)
        return self._race(now) if self.stage is Stage.RESOLVING and start else []

    def _race(self, now: int) -> list[Action]:
        """Leave resolution."""
        self.stage = Stage.RACING
        self.waiting = self._ordered()
        return self._attempt(now)

    def _ordered(self) -> list[bytes]:
        """What has not been tried yet, the families in turn."""
        ipv6 = [address for address in self.found6 if address not in self.tried]
        ipv4 = [address for address in self.found4 if address not in self.tried]
        return interleave(ipv6, ipv4, 0 if self._last_was_ipv6 else FIRST_FAMILY_COUNT)

    def _attempt(self, now: int) -> list[Action]:
        """Start the next one; with none left and none running the race is lost."""
        if not self.waiting:
            self._next_attempt = FOREVER
            if not self.running and not self.awaited4 and not self.awaited6:
                self.stage = Stage.FAILED
            return []
        address = self.waiting.pop(0)
        self.tried.add(address)
        self._last_was_ipv6 = len(address) == 16
        self.running.append(address)
        self._next_attempt = now + self._attempt_delay
        return [Start(address)]
