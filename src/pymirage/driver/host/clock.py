"""The host kernel's clocks (CLOCK_MONOTONIC, CLOCK_REALTIME)."""

import time

from pymirage.device import MonotonicClock, WallClock


class HostMonotonicClock(MonotonicClock):
    def now(self) -> int:
        return time.monotonic_ns()


class HostWallClock(WallClock):
    def now(self) -> int:
        return time.time_ns()
