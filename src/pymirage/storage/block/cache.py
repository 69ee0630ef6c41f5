"""A cache in front of a disk."""

from __future__ import annotations

from typing import final

from pymirage.device.block import Block, BlockInfo
from pymirage.error import UsageError


@final
class Cache(Block):
    """Remembers sectors that were read or written last, up to `size` bytes; writes go through at once.

    So it changes nothing of what a crash can do. Reads longer than a quarter of it pass it by: they are
    streams, which would only push out what is asked for again and again.
    """

    def __init__(self, block: Block, size: int) -> None:
        self._block = block
        self._info = block.info()
        self._capacity = size // self._info.sector_size
        if self._capacity < 1:
            raise UsageError(f"a cache of {size} bytes has no room for a sector of {self._info.sector_size}")
        self._sectors: dict[int, bytes] = {}

    def info(self) -> BlockInfo:
        return self._info

    async def read(self, sector: int, count: int) -> bytes:
        if count * 4 > self._capacity or count <= 0:
            return await self._block.read(sector, count)
        known = [self._sectors.get(number) for number in range(sector, sector + count)]
        if None in known:
            data = await self._block.read(sector, count)
            self._remember(sector, data)
            return data
        found = [data for data in known if data is not None]
        for number, data in enumerate(found, sector):
            # Last used, last forgotten.
            del self._sectors[number]
            self._sectors[number] = data
        return found[0] if count == 1 else b"".join(found)

    async def write(self, sector: int, data: bytes) -> None:
        size = self._info.sector_size
        # Whatever becomes of the write, the old content must not be given out again.
        for number in range(sector, sector + len(data) // size):
            self._sectors.pop(number, None)
        await self._block.write(sector, data)
        if len(data) // size * 4 <= self._capacity:
            self._remember(sector, data)

    async def flush(self) -> None:
        await self._block.flush()

    async def discard(self, sector: int, count: int) -> None:
        for number in range(sector, sector + count):
            self._sectors.pop(number, None)
        await self._block.discard(sector, count)

    async def close(self) -> None:
        self._sectors.clear()
        await self._block.close()

    def _remember(self, sector: int, data: bytes) -> None:
        size = self._info.sector_size
        for at in range(0, len(data), size):
            number = sector + at // size
            self._sectors.pop(number, None)
            self._sectors[number] = bytes(data[at : at + size])
        while len(self._sectors) > self._capacity:
            del self._sectors[next(iter(self._sectors))]
