"""Waits for an answer, but not for ever."""

import asyncio

from pymirage.device import Console, Sleep

MS = 1_000_000


async def main(console: Console, sleep: Sleep) -> None:
    async def answer(delay: int) -> int:
        try:
            await sleep.sleep(delay)
        except asyncio.CancelledError:
            console.write(b"(nobody waits any more)\n")
            raise
        return 42

    for delay, patience in ((10, 60_000), (60_000, 200)):
        try:
            async with asyncio.timeout(patience / 1000):
                result = await answer(delay * MS)
            console.write(f"the answer after {delay} ms: {result}\n".encode())
        except TimeoutError:
            console.write(f"no answer within {patience} ms: it would have taken {delay}\n".encode())
