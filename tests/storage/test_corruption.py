"""Damaged images: a clear error with the place, never a hang, a crash, or a write outside.

PYMIRAGE_FUZZ=N damages N images of each format (some hundreds otherwise).
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pymirage.device import Block, BlockInfo, KeyValue, KeyValueReader
from pymirage.device.error import BadKey, IsDirectory, NotDirectory, NotFound
from pymirage.driver.memory.block import RamBlock
from pymirage.error import DeviceError
from pymirage.storage.error import StorageError
from pymirage.storage.fat import Fat
from pymirage.storage.fat.check import check as check_fat
from pymirage.storage.fat.format import format as format_fat
from pymirage.storage.littlefs import LittleFs
from pymirage.storage.littlefs.check import check as check_littlefs
from pymirage.storage.littlefs.format import format as format_littlefs
from pymirage.storage.partition import partitions
from pymirage.storage.tar import Tar, TarStore
from tests.storage.date import wall_clock
from tests.storage.model import snapshot
from tests.storage.straight import run

IMAGES = int(os.environ.get("PYMIRAGE_FUZZ", "150"))
# What a whole disk needs, many times over: more is a loop.
PATIENCE = 20_000
NUMBERS = (0, 1, 2, 3, 0xFFF, 0xFFFF, 0xFFF_FFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)


Open = Callable[[Block], Coroutine[Any, Any, KeyValueReader]]
Check = Callable[[Block], Coroutine[Any, Any, list[str]]]


class WatchedBlock(Block):
    """A disk that says what goes wrong without an error: endless work."""

    def __init__(self, content: bytes) -> None:
        self._disk = RamBlock.holding(content)
        self._left = PATIENCE

    def info(self) -> BlockInfo:
        return self._disk.info()

    async def read(self, sector: int, count: int) -> bytes:
        self._work()
        return await self._disk.read(sector, count)

    async def write(self, sector: int, data: bytes) -> None:
        self._work()
        await self._disk.write(sector, data)

    async def flush(self) -> None:
        await self._disk.flush()

    async def discard(self, sector: int, count: int) -> None:
        await self._disk.discard(sector, count)

    async def close(self) -> None:
        await self._disk.close()

    def _work(self) -> None:
        self._left -= 1
        assert self._left, "this goes on and on"


def fill(store: KeyValue) -> None:
    for number in range(25):
        run(store.set(f"directory/a file with number {number}", b"%d" % number * 30 * number))
    run(store.set("big", bytes(range(256)) * 100))
    run(store.set("a/b/c/d", b"deep"))
    run(store.remove("directory/a file with number 3"))
    run(store.rename("directory/a file with number 5", "moved"))
    run(store.set("directory/a file with number 6", b"again"))


def fat(bits: int, sectors: int) -> Callable[[], bytes]:
    def make() -> bytes:
        block = RamBlock(sectors)
        run(format_fat(block, bits=bits))
        fill(run(Fat.connect(block, wall_clock())))
        return run(block.read(0, sectors))

    return make


def littlefs(block_size: int) -> Callable[[], bytes]:
    def make() -> bytes:
        block = RamBlock(512)
        run(format_littlefs(block, block_size=block_size))
        fill(run(LittleFs.connect(block, wall_clock())))
        return run(block.read(0, 512))

    return make


def tar() -> bytes:
    block = RamBlock(300)
    store = run(TarStore.connect(block, wall_clock()))
    fill(store)
    run(store.set("n" * 120 + "/" + "m" * 120, b"long name"))
    return run(block.read(0, 300))


async def open_tar(block: Block) -> KeyValueReader:
    return await TarStore.connect(block, wall_clock())


async def open_fat(block: Block) -> KeyValueReader:
    return await Fat.connect(block, wall_clock())


async def open_littlefs(block: Block) -> KeyValueReader:
    return await LittleFs.connect(block, wall_clock())


FORMATS: dict[str, tuple[Callable[[], bytes], Open, Check | None]] = {
    "tar": (tar, open_tar, None),
    "tar, read only": (tar, Tar.connect, None),
    "fat12": (fat(12, 600), open_fat, check_fat),
    "fat16": (fat(16, 5000), open_fat, check_fat),
    "littlefs 512": (littlefs(512), open_littlefs, check_littlefs),
    "littlefs 4096": (littlefs(4096), open_littlefs, check_littlefs),
}


def damaged(image: bytes, chance: random.Random) -> bytes:
    """Flipped bits, other numbers, and sectors in each other's place, mostly where something was."""
    found = bytearray(image)
    used = [at for at in range(0, len(image), 512) if image[at : at + 512].strip(b"\0\xff")]
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        at = chance.choice(used) + chance.randrange(512)
        kind = chance.randrange(5)
        if kind == 0:
            found[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            found[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        elif kind == 2:
            value = chance.choice(
                [0, 1, 2, 3, 0xFFF, 0xFFFF, 0xFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF, chance.randrange(1000)]
            )
            at -= at % 4
            found[at : at + 4] = value.to_bytes(4, "little")
        elif kind == 3:
            one, other = (chance.choice(used) for _ in range(2))
            found[one : one + 512] = image[other : other + 512]
        else:
            start = chance.choice(used)
            length = chance.randrange(1, 512)
            found[start : start + length] = chance.randbytes(length)
    return bytes(found[: len(image)])


def use(open_store: Open, block: Block) -> None:
    """Reads everything and, where that goes, changes something."""
    store = run(open_store(block))
    snapshot(store)
    for key in ("big", "directory/a file with number 20", "moved"):
        run(store.get_partial(key, 1000, 3000))
        run(store.digest(key))
    if isinstance(store, KeyValue):
        run(store.set("new/value", b"x" * 3000))
        run(store.set_partial("big", 20_000, b"y" * 10_000))
        run(store.rename("moved", "directory/moved"))
        run(store.remove("directory"))
        run(store.set("big", b"smaller"))


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_images(name: str) -> None:
    make, open_store, check = FORMATS[name]
    image = make()
    refused = 0
    for seed in range(IMAGES):
        content = damaged(image, random.Random(seed))
        # An error of use is one only when it is about a key that the damage took away.
        for checks in (False, True):
            try:
                if not checks:
                    use(open_store, WatchedBlock(content))
                elif check is not None:
                    run(check(WatchedBlock(content)))
            except StorageError as error:
                refused += 1
                assert error.offset is None or 0 <= error.offset <= len(content), seed
            except (DeviceError, NotFound, IsDirectory, NotDirectory, BadKey):
                pass
            except Exception as error:
                raise AssertionError(f"{name}, image {seed}: {error!r}") from error
    assert refused > IMAGES // 20


def test_damaged_partition_tables() -> None:
    chance = random.Random(1)
    for _ in range(IMAGES):
        boot = bytearray(chance.randbytes(512 * 4)) + bytes(512 * 60)
        for index in range(4):
            boot[446 + 16 * index + 4] = chance.choice([0, 5, 0x83, 0xEE])
            boot[446 + 16 * index + 8 : 446 + 16 * index + 16] = bytes([chance.randrange(8), 0, 0, 0]) * 2
        for sector in range(4):
            boot[sector * 512 + 510 : sector * 512 + 512] = b"\x55\xaa"
        with contextlib.suppress(StorageError):
            run(partitions(WatchedBlock(bytes(boot))))
