"""Says one line from inside an asyncio task, then waits a little so that its memory can be looked at."""

import asyncio

from pymirage.device import Console, MonotonicClock


async def main(console: Console, clock: MonotonicClock) -> None:
    console.write(b"first line\n")
    started = clock.now()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(0.2))
    assert clock.now() - started >= 200_000_000
