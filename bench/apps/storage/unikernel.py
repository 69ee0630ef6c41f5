"""Measures a file system from inside: one line `NAME NANOSECONDS BYTES` for each thing that was done."""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine

from pymirage.device import Block, KeyValue, KeyValueReader, MonotonicClock, WallClock
from pymirage.storage.fat import Fat
from pymirage.storage.littlefs import LittleFs
from pymirage.storage.tar import TarStore

CONNECT: dict[str, Callable[[Block, WallClock], Coroutine[None, None, KeyValue]]] = {
    "tar": TarStore.connect,
    "fat": Fat.connect,
    "littlefs": LittleFs.connect,
}
BIG = 64 << 20
MEBIBYTE = 1 << 20
SMALL = 4096
ROUNDS = 3
# A full period: every place once, in an order that no read-ahead foresees.
STEP = 7919


async def main(block: Block, wall: WallClock, clock: MonotonicClock, *, kind: str, measure: str) -> None:
    def report(name: str, began: int, size: int) -> None:
        print(name, clock.now() - began, size)

    began = clock.now()
    store = await CONNECT[kind](block, wall)
    report("connect", began, 0)
    if measure == "list":
        began = clock.now()
        report("list", began, await count(store))
        return
    for _ in range(ROUNDS):
        for name, size, total, random in (
            ("read 1 MiB sequential", MEBIBYTE, BIG, False),
            ("read 1 MiB random", MEBIBYTE, BIG, True),
            ("read 4 KiB sequential", SMALL, 8 << 20, False),
            ("read 4 KiB random", SMALL, 8 << 20, True),
        ):
            places = BIG // size
            gc.collect()
            began = clock.now()
            for number in range(total // size):
                place = number * STEP % places if random else number
                await store.get_partial("big", place * size, size)
            report(name, began, total)
        value = bytes(range(256)) * 4096
        began = clock.now()
        for number in range(16):
            await store.set(f"new/large {number}", value)
        report("write 1 MiB sequential", began, 16 * len(value))
        began = clock.now()
        for number in range(256):
            await store.set(f"new/small {number}", value[:SMALL])
        report("write 4 KiB sequential", began, 256 * SMALL)
        began = clock.now()
        for number in range(16):
            await store.set(f"new/large {number * 7 % 16}", value)
        report("write 1 MiB random", began, 16 * len(value))
        began = clock.now()
        for number in range(64):
            await store.set_partial("new/large 3", number * STEP % 256 * SMALL, value[:SMALL])
        report("write 4 KiB random", began, 64 * SMALL)
        await store.remove("new")


async def count(store: KeyValueReader) -> int:
    """Lists every directory of the root."""
    return sum([len(await store.list(entry.name)) for entry in await store.list()])
