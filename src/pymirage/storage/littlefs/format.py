"""Makes an empty littlefs."""

from __future__ import annotations

from typing import Final

from pymirage.device.block import Block
from pymirage.error import UsageError
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.geometry import MAGIC, SMALLEST_BLOCK, Geometry
from pymirage.storage.littlefs.log import Log
from pymirage.storage.span import Span

BLOCK_SIZE: Final = 4096


async def format(block: Block, *, block_size: int | None = None) -> None:
    """Writes an empty file system over the whole device. Raises UsageError for sizes that do not go."""
    span = Span(block)
    size = block_size or max(BLOCK_SIZE, span.sector_size)
    count = min(span.size // size, 0xFFFF_FFFE)
    if size < SMALLEST_BLOCK or size % 16:
        raise UsageError(f"a littlefs block is a multiple of 16 bytes, at least {SMALLEST_BLOCK}, not {size}")
    if count < 2:
        raise UsageError(f"a littlefs takes two blocks of {size} bytes; the device has {span.size} bytes")
    log = Log(b"\xff" * size, 0)
    log.apply(*tags.make(tags.SUPERBLOCK, 0, MAGIC))
    log.apply(*tags.make(tags.INLINE_STRUCT, 0, Geometry(size, count).emit()))
    # Both blocks, so that nothing of an older file system is taken for the newer one.
    for revision in (1, 2):
        fresh = log.compacted(revision, forward=True)
        if fresh is None:
            raise UsageError(f"a littlefs block of {size} bytes is too small")
        await span.write((revision - 1) * size, fresh.block)
        await span.flush()
