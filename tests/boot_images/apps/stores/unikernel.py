"""Runs the contract checks of key-value stores on every file system, on the disk of this image."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pymirage.device import Block, KeyValue, WallClock
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.storage.block import Cache as BlockCache
from pymirage.storage.block import Part
from pymirage.storage.combine import Cache, Overlay, Prefix
from pymirage.storage.fat import Fat
from pymirage.storage.fat.format import format as format_fat
from pymirage.storage.littlefs import LittleFs
from pymirage.storage.littlefs.format import format as format_littlefs
from pymirage.storage.tar import TarStore
from pymirage.storage.tar.format import format as format_tar
from tests.contract import block, key_value, key_value_reader

SECTORS = 6000


async def main(disk: Block, clock: WallClock) -> None:
    def part(number: int) -> Block:
        return Part(disk, number * SECTORS, SECTORS)

    async def tar() -> KeyValue:
        await format_tar(part(0))
        return await TarStore.connect(part(0), clock)

    async def fat() -> KeyValue:
        await format_fat(part(1))
        return await Fat.connect(part(1), clock)

    async def littlefs() -> KeyValue:
        await format_littlefs(part(2), block_size=1024)
        return await LittleFs.connect(part(2), clock)

    async def combined() -> KeyValue:
        store = Prefix(Overlay(await littlefs(), MemoryKeyValue({"elsewhere": b""})), "here")
        return Cache(store, 10_000)

    async def filled(make: Callable[[], Awaitable[KeyValue]]) -> KeyValue:
        store = await make()
        for key, value in key_value_reader.CONTENT.items():
            await store.set(key, value)
        return store

    for make in (tar, fat, littlefs, combined):
        for check in key_value.CHECKS:
            await check(make)
        for reads in key_value_reader.CHECKS:
            # Bound now, for the checks call it more than once.
            await reads(lambda make=make: filled(make))  # type: ignore[misc]
        print(f"{make.__name__}: {len(key_value.CHECKS) + len(key_value_reader.CHECKS)} checks")

    async def cached() -> Block:
        return BlockCache(part(3), 8192)

    for each in block.CHECKS:
        await each(cached)
    print(f"cached part of the disk: {len(block.CHECKS)} checks")
    print("SUCCESS")
