"""Says what it is told to, as often as it is told to."""

from pymirage.device import Console, Sleep

PAUSE = 100_000_000  # nanoseconds


async def main(console: Console, sleep: Sleep, *, hello: str, n: int) -> None:
    for _ in range(n):
        console.write(f"{hello}\n".encode())
        await sleep.sleep(PAUSE)
