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

    for delay in (10, 10_000):
        try:
            async with asyncio.timeout(0.2):
                result = await answer(delay * MS)
            console.write(f"the answer after {delay} ms: {result}\n".encode())
        except TimeoutError:
            console.write(f"no answer within 200 ms: it would have taken {delay}\n".encode())
