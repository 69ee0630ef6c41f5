"""Every way to make an empty store, and a store that holds something: what the suites of behaviour run on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from pymirage.device import KeyValue, KeyValueReader
from pymirage.driver.memory.block import RamBlock
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.storage import fat, littlefs
from pymirage.storage.block import Cache as BlockCache
from pymirage.storage.block import Part
from pymirage.storage.combine import Cache, Overlay, Prefix
from pymirage.storage.fat.format import format as format_fat
from pymirage.storage.littlefs.format import format as format_littlefs
from pymirage.storage.tar import Tar, TarStore
from tests.storage.date import wall_clock

Make = Callable[[], Coroutine[Any, Any, KeyValue]]
SECTORS = {12: 4000, 16: 20_000, 32: 70_000}


async def tar() -> KeyValue:
    return await TarStore.connect(RamBlock(4000), wall_clock())


def fat_of(bits: int, sector_size: int = 512) -> Make:
    async def make() -> KeyValue:
        block = RamBlock(SECTORS[bits] * 512 // sector_size, sector_size=sector_size)
        await format_fat(block, bits=bits)
        return await fat.Fat.connect(block, wall_clock())

    return make


def littlefs_of(block_size: int, sector_size: int = 512) -> Make:
    async def make() -> KeyValue:
        block = RamBlock((2 << 20) // sector_size, sector_size=sector_size)
        await format_littlefs(block, block_size=block_size)
        return await littlefs.LittleFs.connect(block, wall_clock())

    return make


async def in_partition() -> KeyValue:
    """A cached part of a disk."""
    part = BlockCache(Part(RamBlock(8000), 1000, 4000), 64 * 1024)
    await format_fat(part)
    return await fat.Fat.connect(part, wall_clock())


async def prefix() -> KeyValue:
    return Prefix(MemoryKeyValue({"elsewhere": b"1"}), "a/b")


async def overlay() -> KeyValue:
    return Overlay(MemoryKeyValue(), MemoryKeyValue())


async def overlay_that_hides() -> KeyValue:
    """All of the lower store has been removed."""
    lower = MemoryKeyValue({"a": b"hidden", "dir/x": b"hidden", "b/c/d": b"hidden", "new/b/c": b"hidden"})
    store = Overlay(await littlefs_of(512)(), lower)
    for key in ("a", "dir", "b", "new"):
        await store.remove(key)
    return store


async def cached() -> KeyValue:
    return Cache(await tar(), 8192)


STORES: dict[str, Make] = {
    "tar": tar,
    "fat12": fat_of(12),
    "fat16": fat_of(16),
    "fat32": fat_of(32),
    "fat12 on 4096-byte sectors": fat_of(12, 4096),
    "littlefs, blocks of 512": littlefs_of(512),
    "littlefs, blocks of 4096": littlefs_of(4096),
    "littlefs on 4096-byte sectors": littlefs_of(4096, 4096),
    "in a partition": in_partition,
    "prefix": prefix,
    "overlay": overlay,
    "overlay that hides": overlay_that_hides,
    "cache": cached,
}


async def filled(make: Make, content: Mapping[str, bytes]) -> KeyValueReader:
    store = await make()
    for key, value in content.items():
        await store.set(key, value)
    return store


async def tar_reader(content: Mapping[str, bytes]) -> KeyValueReader:
    block = RamBlock(4000)
    store = await TarStore.connect(block, wall_clock())
    for key, value in content.items():
        await store.set(key, value)
    return await Tar.connect(block)
