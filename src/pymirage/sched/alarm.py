"""The timer of a sans-I/O core: it rings when the core's deadline has come."""

from __future__ import annotations

import asyncio

from pymirage.net.deadline import FOREVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NANOSECONDS = 1_000_000_000


class Alarm:
    """`ring(now)` is called once for each setting, with a time not before the deadline."""

    def __init__(self, ring: Callable[[int], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    def set(self, deadline: int) -> None:
        """In place of what was set before; FOREVER is never."""
        self.cancel()
        if deadline != FOREVER:
            self._timer = self._loop.call_at(deadline / NANOSECONDS, self._rings, deadline)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rings(self, deadline: int) -> None:
        self._timer = None
        # A clock in floating-point seconds may ring some nanoseconds early, which must count as in time.
        self._ring(max(int(self._loop.time() * NANOSECONDS), deadline))
