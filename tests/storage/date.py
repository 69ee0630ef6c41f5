"""A date for stores that write dates."""

from pymirage.driver.memory.clock import MockClock, MockWallClock

# 2024-02-29T12:34:56.789012345Z: a leap day, and digits of every size of fraction.
NOW = 1_709_210_096_789_012_345


def wall_clock(now: int = NOW) -> MockWallClock:
    return MockWallClock(MockClock(), now)
