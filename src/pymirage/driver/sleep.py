"""Sleep, on whatever event loop runs: the host's, an image's, or a test's."""

import asyncio

from pymirage.device import Sleep
from pymirage.error import UsageError

NANOSECONDS = 1_000_000_000


class LoopSleep(Sleep):
    async def sleep(self, duration: int) -> None:
        if duration < 0:
            raise UsageError(f"cannot sleep for {duration} ns: give a duration that is not negative")
        await asyncio.sleep(duration / NANOSECONDS)
