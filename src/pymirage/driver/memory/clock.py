"""Time that passes only when nothing else can happen."""

from __future__ import annotations

import asyncio
import heapq

from pymirage.device import MonotonicClock, Sleep, WallClock
from pymirage.device.platform import FOREVER, Platform
from pymirage.error import UsageError

NANOSECONDS = 1_000_000_000


class MockClock(MonotonicClock, Sleep, Platform):
    """Monotonic clock, sleep, and the ground of an event loop, on simulated time.

    A program run by `sched.virtual.run_virtual(main, clock)` never waits: when all its tasks do, time jumps
    to the next timer. asyncio's own sleeps and timeouts obey as well. Sleepers that are due at the same
    moment wake in the order in which they fell asleep, so every run is the same.
    """

    def __init__(self, now: int = 0) -> None:
        self._now = now
        self._asleep: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = 0

    def now(self) -> int:
        return self._now

    def advance(self, duration: int) -> None:
        """Lets time pass while nobody runs, as on a machine that is too busy."""
        if duration < 0:
            raise UsageError(f"a monotonic clock cannot advance by {duration} ns")
        self._now += duration

    async def sleep(self, duration: int) -> None:
        if duration < 0:
            raise UsageError(f"cannot sleep for {duration} ns: give a duration that is not negative")
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        deadline = self._now + duration
        self._order += 1
        heapq.heappush(self._asleep, (deadline, self._order, woken))
        loop.call_at(deadline / NANOSECONDS, self._wake, deadline)
        await woken

    def wait(self, deadline: int) -> int:
        if deadline != FOREVER:
            self._now = max(self._now, deadline)
        return 0

    def _wake(self, deadline: int) -> None:
        # The loop counts in floating point seconds, and may call some nanoseconds early.
        self._now = max(self._now, deadline)
        while self._asleep and self._asleep[0][0] <= self._now:
            _, _, woken = heapq.heappop(self._asleep)
            if not woken.done():
                woken.set_result(None)


class MockWallClock(WallClock):
    """A date that starts where the test says and moves with a monotonic clock; the test may set it."""

    def __init__(self, clock: MonotonicClock, date: int = 0) -> None:
        self._clock = clock
        self._ahead = date - clock.now()

    def now(self) -> int:
        return self._clock.now() + self._ahead

    def set(self, date: int) -> None:
        self._ahead = date - self._clock.now()
