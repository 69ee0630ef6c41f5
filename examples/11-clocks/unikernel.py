"""Tells the date, and how long it took to tell it twice."""

import time

from pymirage.device import Console, MonotonicClock, Sleep, WallClock

MS = 1_000_000
SECOND = 1000 * MS


def date(nanoseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(nanoseconds // SECOND))


async def main(console: Console, wall: WallClock, monotonic: MonotonicClock, sleep: Sleep) -> None:
    start = monotonic.now()
    for _ in range(2):
        console.write(f"it is {date(wall.now())}\n".encode())
        await sleep.sleep(100 * MS)
    passed = monotonic.now() - start
    console.write(f"at least 200 ms have passed: {passed >= 200 * MS}\n".encode())
