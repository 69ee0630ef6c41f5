"""The partition table in a master boot record, and the chain of extended boot records."""

from __future__ import annotations

from typing import Final

from pymirage.device.block import Block
from pymirage.octets import u32_le
from pymirage.storage.error import StorageError
from pymirage.storage.partition.partition import Partition

TABLE: Final = 446
ENTRY: Final = 16
KIND: Final = 4
FIRST: Final = 8
COUNT: Final = 12
SIGNATURE: Final = b"\x55\xaa"
PROTECTIVE: Final = 0xEE
EXTENDED: Final = (0x05, 0x0F, 0x85)
FIRST_LOGICAL: Final = 5
_MOST_LOGICAL: Final = 128


async def read(block: Block, boot: bytes) -> list[Partition]:
    """Primary partitions have the numbers 1 to 4, logical ones 5 and up. Raises StorageError."""
    found: list[Partition] = []
    extended = 0
    for number, (kind, first, count) in enumerate(_entries(boot), 1):
        if kind in EXTENDED and not extended:
            extended = first
        elif kind and count:
            found.append(_partition(block, number, kind, first, count, TABLE + (number - 1) * ENTRY))
    if extended:
        found += await _logical(block, extended)
    return found


async def _logical(block: Block, extended: int) -> list[Partition]:
    """Each record in the chain has one logical partition, relative to itself, and the next record's place."""
    info = block.info()
    found: list[Partition] = []
    place, seen = extended, set[int]()
    while True:
        at = place * info.sector_size
        if place in seen or len(seen) >= _MOST_LOGICAL:
            raise StorageError("the chain of logical partitions never ends", at)
        if not 0 < place < info.sectors:
            raise StorageError(f"an extended partition leads to sector {place} of {info.sectors}", at)
        seen.add(place)
        record = await block.read(place, 1)
        if record[510:512] != SIGNATURE:
            raise StorageError("an extended boot record without its signature", at + 510)
        (kind, first, count), (link, following, _), *_ = _entries(record)
        if kind and count:
            number = FIRST_LOGICAL + len(found)
            found.append(_partition(block, number, kind, place + first, count, at + TABLE))
        if link not in EXTENDED:
            return found
        place = extended + following


def _entries(sector: bytes) -> list[tuple[int, int, int]]:
    """(type, first sector, number of sectors) of the four entries."""
    starts = range(TABLE, TABLE + 4 * ENTRY, ENTRY)
    return [(sector[at + KIND], u32_le(sector, at + FIRST), u32_le(sector, at + COUNT)) for at in starts]


def _partition(block: Block, number: int, kind: int, first: int, count: int, place: int) -> Partition:
    if first == 0 or first + count > block.info().sectors:
        what = f"partition {number} has sectors {first} to {first + count}"
        raise StorageError(f"{what}, the disk has {block.info().sectors}", place)
    return Partition(number, first, count, f"{kind:02x}")
