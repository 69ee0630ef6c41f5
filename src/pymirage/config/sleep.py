"""Sleeping."""

from pymirage.config.catalogue import driver
from pymirage.config.value import Implementation


def default() -> Implementation:
    """Sleeping by the event loop's timers."""
    return driver(
        "Sleep",
        host="sleep:LoopSleep",
        solo5="sleep:LoopSleep",
        label="sleep",
        text="sleep.default()",
    )
