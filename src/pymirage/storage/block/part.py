"""Some sectors of a disk as a disk of its own."""

from __future__ import annotations

from typing import final

from pymirage.device.block import Block, BlockInfo
from pymirage.device.error import Closed, OutOfRange, ReadOnly
from pymirage.error import UsageError


@final
class Part(Block):
    """`count` sectors from `first` on. Several parts may share a disk: closing one leaves the disk open."""

    def __init__(self, block: Block, first: int, count: int) -> None:
        whole = block.info()
        if first < 0 or count < 0 or first + count > whole.sectors:
            raise OutOfRange(f"sectors {first} to {first + count} are not all on a disk of {whole.sectors}")
        self._block = block
        self._first = first
        self._info = BlockInfo(sector_size=whole.sector_size, sectors=count, read_only=whole.read_only)
        self._open = True

    def info(self) -> BlockInfo:
        return self._info

    async def read(self, sector: int, count: int) -> bytes:
        self._check(sector, count)
        return await self._block.read(self._first + sector, count)

    async def write(self, sector: int, data: bytes) -> None:
        count, rest = divmod(len(data), self._info.sector_size)
        self._check_writable()
        if rest:
            raise UsageError(f"{len(data)} bytes are no whole number of sectors")
        self._check(sector, count)
        await self._block.write(self._first + sector, data)

    async def flush(self) -> None:
        self._check(0, 0)
        await self._block.flush()

    async def discard(self, sector: int, count: int) -> None:
        self._check_writable()
        self._check(sector, count)
        await self._block.discard(self._first + sector, count)

    async def close(self) -> None:
        self._open = False

    def _check(self, sector: int, count: int) -> None:
        if not self._open:
            raise Closed("this part of a disk was closed")
        if sector < 0 or count < 0 or sector + count > self._info.sectors:
            what = f"sectors {sector} to {sector + count}"
            raise OutOfRange(f"{what} are not all on a part of {self._info.sectors} sectors")

    def _check_writable(self) -> None:
        if self._open and self._info.read_only:
            raise ReadOnly("the disk is connected read-only")
