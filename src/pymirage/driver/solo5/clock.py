"""The clocks that the tender provides."""

from pymirage.device import MonotonicClock, WallClock
from pymirage.driver.solo5 import _contract


class Solo5MonotonicClock(MonotonicClock):
    def now(self) -> int:
        return _contract.clock_monotonic()


class Solo5WallClock(WallClock):
    def now(self) -> int:
        return _contract.clock_wall()
