"""Two tasks that wait at the same time, and a third that waits for both."""

import asyncio

from pymirage.device import Console, Sleep

SECOND = 1_000_000_000


async def main(console: Console, sleep: Sleep) -> None:
    async def toss(side: bytes, duration: int) -> None:
        await sleep.sleep(duration)
        console.write(side + b"\n")

    async with asyncio.TaskGroup() as coins:
        coins.create_task(toss(b"Tails", SECOND // 2))
        coins.create_task(toss(b"Heads", SECOND // 10))
    console.write(b"Finished\n")
