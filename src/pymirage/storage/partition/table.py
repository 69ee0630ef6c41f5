"""Finds the partitions of a disk, whichever table it has."""

from __future__ import annotations

from itertools import pairwise

from pymirage.device.block import Block
from pymirage.device.error import NotFound
from pymirage.storage import sniff
from pymirage.storage.block.part import Part
from pymirage.storage.error import StorageError, WrongFormat
from pymirage.storage.partition import gpt, mbr
from pymirage.storage.partition.partition import Partition
from pymirage.storage.span import Span


async def partitions(block: Block) -> list[Partition]:
    """In the table's order. Raises WrongFormat when there is none, StorageError when it is damaged."""
    info = block.info()
    if info.sectors < 2:
        raise WrongFormat(f"a disk of {info.sectors} sectors has no partition table")
    boot = await block.read(0, 1)
    if boot[510:512] == mbr.SIGNATURE and any(
        boot[mbr.TABLE + index * mbr.ENTRY + mbr.KIND] == mbr.PROTECTIVE for index in range(4)
    ):
        found = await gpt.read(block)
    elif boot[510:512] == mbr.SIGNATURE and await _is_table(block):
        found = await mbr.read(block, boot)
    elif (await block.read(1, 1))[:8] == gpt.MAGIC or (await block.read(info.sectors - 1, 1))[
        :8
    ] == gpt.MAGIC:
        # The protective record is gone; the table itself has checksums.
        found = await gpt.read(block)
    else:
        what = sniff.describe(await sniff.identify(Span(block)))
        raise WrongFormat(f"no partition table: {what}")
    _check_apart(found, info.sector_size)
    return found


async def connect(block: Block, partition: int | str) -> Part:
    """The partition with this number, or this name (GPT), as a disk. Raises NotFound besides."""
    found = await partitions(block)
    for entry in found:
        if partition in (entry.number, entry.name):
            return Part(block, entry.first, entry.count)
    have = ", ".join(str(entry.number) for entry in found) or "none"
    raise NotFound(f"the disk has no partition {partition!r}; it has {have}")


async def _is_table(block: Block) -> bool:
    """A FAT volume without partitions ends its first sector like a table does."""
    return await sniff.identify(Span(block)) not in ("FAT12", "FAT16", "FAT32")


def _check_apart(found: list[Partition], sector_size: int) -> None:
    ordered = sorted(found, key=lambda entry: entry.first)
    for one, other in pairwise(ordered):
        if one.first + one.count > other.first:
            raise StorageError(
                f"partitions {one.number} and {other.number} overlap", other.first * sector_size
            )
