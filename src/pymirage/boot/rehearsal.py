"""What every boot does first, done before: on a clock that stands still, while the image is built.

The interpreter learns while it runs: it adapts bytecode to the types that it meets (PEP 659) and remembers
where classes have their attributes. What it has learned is in the image, and needs to be neither learned nor
written again at each boot. So every boot is faster, and instances share more pages.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pymirage.boot.arguments import Keys, parse
from pymirage.boot.command_line import split
from pymirage.device.platform import Platform
from pymirage.error import ArgumentError
from pymirage.sched.loop import EventLoop

# The interpreter adapts what ran twice; a third time is for what was adapted last.
TIMES = 4


class Standstill(Platform):
    """Waiting takes no time: its clock is where the last wait ended."""

    def __init__(self) -> None:
        self._moment = 0

    def now(self) -> int:
        return self._moment

    def wait(self, deadline: int) -> int:
        self._moment = max(self._moment, deadline)
        return 0


def rehearse(keys: Keys) -> None:
    """The command line and an event loop with a task and a timer. Leaves nothing behind."""
    for _ in range(TIMES):
        with suppress(ArgumentError):
            parse(keys, split(""), {})
        with asyncio.Runner(loop_factory=lambda: EventLoop(Standstill())) as runner:
            runner.run(_main())


async def _main() -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(1e-3))
    await asyncio.wait_for(asyncio.sleep(0), 1)
