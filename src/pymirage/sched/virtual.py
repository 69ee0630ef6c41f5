"""Running a program in simulated time: tests of a day's timeouts end in milliseconds, the same every time."""

from __future__ import annotations

import asyncio

from pymirage.driver.memory.clock import MockClock
from pymirage.sched.loop import EventLoop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, TypeVar

    T = TypeVar("T")


def run_virtual(main: Coroutine[Any, Any, T], clock: MockClock) -> T:
    """Runs `main` on an image's event loop, on `clock`, and gives its result."""
    with asyncio.Runner(loop_factory=lambda: EventLoop(clock)) as runner:
        return runner.run(main)
