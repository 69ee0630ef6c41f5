"""What every MonotonicClock and WallClock keeps (`pymirage.device.clock`)."""

import asyncio

from pymirage.device import MonotonicClock, WallClock
from tests.contract.expect import Make, true

MS = 1_000_000
# A busy machine may take so much longer; another unit would be a thousand times as much.
LATE = 15_000 * MS


async def never_goes_backwards(make: Make[MonotonicClock]) -> None:
    clock = await make()
    last = clock.now()
    for _ in range(1000):
        now = clock.now()
        true(type(now) is int, "a monotonic clock gives integers")
        true(now >= last, f"a monotonic clock went back from {last} to {now}")
        last = now


async def counts_nanoseconds(make: Make[MonotonicClock]) -> None:
    clock = await make()
    start = clock.now()
    await asyncio.sleep(0.02)
    passed = clock.now() - start
    true(19 * MS <= passed < LATE, f"20 ms took {passed} ns on a monotonic clock")


async def date_counts_nanoseconds(make: Make[WallClock]) -> None:
    clock = await make()
    start = clock.now()
    await asyncio.sleep(0.02)
    passed = clock.now() - start
    true(type(start) is int, "a wall clock gives integers")
    true(19 * MS <= passed < LATE, f"20 ms took {passed} ns on a wall clock")


MONOTONIC_CHECKS = (never_goes_backwards, counts_nanoseconds)
WALL_CHECKS = (date_counts_nanoseconds,)
