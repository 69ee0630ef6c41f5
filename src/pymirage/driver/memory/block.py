"""A disk in memory."""

from __future__ import annotations

from pymirage.device import Block, BlockInfo
from pymirage.device.error import Closed
from pymirage.driver.sectors import check_discard, check_range, check_write


class RamBlock(Block):
    """Filled with zeros at first, and forgotten at the end of the program: a flush has nothing to do."""

    def __init__(self, sectors: int, *, sector_size: int = 512, read_only: bool = False) -> None:
        self._info = BlockInfo(sector_size=sector_size, sectors=sectors, read_only=read_only)
        self._content = bytearray(self._info.size)
        self._open = True

    @classmethod
    def holding(cls, content: bytes, *, sector_size: int = 512, read_only: bool = False) -> RamBlock:
        """A disk with this content, whose last sector is filled up with zeros."""
        disk = cls(-(-len(content) // sector_size), sector_size=sector_size, read_only=read_only)
        disk._content[: len(content)] = content
        return disk

    def info(self) -> BlockInfo:
        return self._info

    async def read(self, sector: int, count: int) -> bytes:
        self._check_open()
        check_range(self._info, sector, count)
        size = self._info.sector_size
        return bytes(self._content[sector * size : (sector + count) * size])

    async def write(self, sector: int, data: bytes) -> None:
        self._check_open()
        check_write(self._info, sector, data)
        at = sector * self._info.sector_size
        self._content[at : at + len(data)] = data

    async def flush(self) -> None:
        self._check_open()

    async def discard(self, sector: int, count: int) -> None:
        self._check_open()
        check_discard(self._info, sector, count)

    async def close(self) -> None:
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise Closed("the disk in memory was closed")
