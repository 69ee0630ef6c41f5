"""A disk that may only be read."""

from __future__ import annotations

from typing import final

from pymirage.device.block import Block, BlockInfo
from pymirage.device.error import ReadOnly


@final
class ReadOnlyBlock(Block):
    """Passes reads on and refuses writes."""

    def __init__(self, block: Block) -> None:
        whole = block.info()
        self._block = block
        self._info = BlockInfo(sector_size=whole.sector_size, sectors=whole.sectors, read_only=True)

    def info(self) -> BlockInfo:
        return self._info

    async def read(self, sector: int, count: int) -> bytes:
        return await self._block.read(sector, count)

    async def write(self, sector: int, data: bytes) -> None:  # noqa: ARG002
        raise ReadOnly("the disk is connected read-only")

    async def flush(self) -> None:
        await self._block.flush()

    async def discard(self, sector: int, count: int) -> None:  # noqa: ARG002
        raise ReadOnly("the disk is connected read-only")

    async def close(self) -> None:
        await self._block.close()
