"""Says hello four times, with a pause in between."""

from pymirage.device import Console, Sleep

PAUSE = 100_000_000  # nanoseconds


async def main(console: Console, sleep: Sleep) -> None:
    for _ in range(4):
        console.write(b"hello\n")
        await sleep.sleep(PAUSE)
