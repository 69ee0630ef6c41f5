"""Clocks, in nanoseconds."""

from pymirage.config.catalogue import driver
from pymirage.config.value import Implementation


def monotonic() -> Implementation:
    """Time since an unspecified start; never goes back."""
    return driver(
        "MonotonicClock",
        host="host.clock:HostMonotonicClock",
        solo5="solo5.clock:Solo5MonotonicClock",
        label="monotonic_clock",
        text="clock.monotonic()",
    )


def wall() -> Implementation:
    """Time since the Unix epoch, UTC."""
    return driver(
        "WallClock",
        host="host.clock:HostWallClock",
        solo5="solo5.clock:Solo5WallClock",
        label="wall_clock",
        text="clock.wall()",
    )
