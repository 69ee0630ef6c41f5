"""GUID partition tables: UEFI specification, "GUID Partition Table (GPT) Disk Layout"."""

from __future__ import annotations

import binascii
from typing import Final, final

from pymirage.device.block import Block
from pymirage.octets import u16_le, u32_le, u64_le
from pymirage.storage.error import StorageError
from pymirage.storage.partition.partition import Partition

MAGIC: Final = b"EFI PART"
HEADER_SIZE: Final = 12
HEADER_CRC: Final = 16
MY_SECTOR: Final = 24
FIRST_USABLE: Final = 40
LAST_USABLE: Final = 48
ENTRIES: Final = 72
ENTRY_COUNT: Final = 80
ENTRY_SIZE: Final = 84
ENTRIES_CRC: Final = 88

_LEAST_HEADER: Final = 92
_LEAST_ENTRY: Final = 128
# 128 entries of 128 bytes are usual; the standard sets no limit.
_MOST_BYTES: Final = 1 << 20


@final
class Header:
    def __init__(self, sector: bytes) -> None:
        self.entries: Final = u64_le(sector, ENTRIES)
        self.count: Final = u32_le(sector, ENTRY_COUNT)
        self.size: Final = u32_le(sector, ENTRY_SIZE)
        self.crc: Final = u32_le(sector, ENTRIES_CRC)
        self.first_usable: Final = u64_le(sector, FIRST_USABLE)
        self.last_usable: Final = u64_le(sector, LAST_USABLE)


async def read(block: Block) -> list[Partition]:
    """The partitions by the first header; by the backup in the last sector when that is damaged.

    Raises StorageError when both are, with what is wrong with the first.
    """
    try:
        return await _read(block, 1)
    except StorageError as error:
        try:
            return await _read(block, block.info().sectors - 1)
        except StorageError:
            raise error from None


async def _read(block: Block, number: int) -> list[Partition]:
    info = block.info()
    place = number * info.sector_size
    sector = await block.read(number, 1)
    header = _header(sector, number, place)
    length = header.count * header.size
    sectors = -(-length // info.sector_size)
    if header.entries < 2 or length > _MOST_BYTES or header.entries + sectors > info.sectors:
        raise StorageError("GPT header: the entries do not lie on the disk", place + ENTRIES)
    data = (await block.read(header.entries, sectors))[:length]
    if binascii.crc32(data) != header.crc:
        raise StorageError("GPT entries with a wrong checksum", header.entries * info.sector_size)
    found = []
    for index in range(header.count):
        entry = data[index * header.size : (index + 1) * header.size]
        if any(entry[:16]):
            at = header.entries * info.sector_size + index * header.size
            found.append(_partition(header, index + 1, entry, at))
    return found


def _header(sector: bytes, number: int, place: int) -> Header:
    if sector[:8] != MAGIC:
        raise StorageError("no GPT header where one belongs", place)
    size = u32_le(sector, HEADER_SIZE)
    if not _LEAST_HEADER <= size <= len(sector):
        raise StorageError(f"GPT header of {size} bytes", place + HEADER_SIZE)
    blank = sector[:HEADER_CRC] + bytes(4) + sector[HEADER_CRC + 4 : size]
    if binascii.crc32(blank) != u32_le(sector, HEADER_CRC):
        raise StorageError("GPT header with a wrong checksum", place + HEADER_CRC)
    if u64_le(sector, MY_SECTOR) != number:
        raise StorageError(f"GPT header for sector {u64_le(sector, MY_SECTOR)}", place + MY_SECTOR)
    header = Header(sector)
    if header.size < _LEAST_ENTRY or header.size % 8:
        raise StorageError(f"GPT entries of {header.size} bytes", place + ENTRY_SIZE)
    return header


def _partition(header: Header, number: int, entry: bytes, place: int) -> Partition:
    first, last = u64_le(entry, 32), u64_le(entry, 40)
    if not header.first_usable <= first <= last <= header.last_usable:
        what = f"partition {number} has sectors {first} to {last}"
        raise StorageError(f"{what}, outside the usable ones", place)
    name = entry[56:128].decode("utf-16-le", "replace").partition("\0")[0]
    return Partition(number, first, last - first + 1, _guid(entry[:16]), name)


def _guid(raw: bytes) -> str:
    """The first three fields are little-endian (RFC 4122 has them in network order)."""
    head = f"{u32_le(raw, 0):08x}-{u16_le(raw, 4):04x}-{u16_le(raw, 6):04x}"
    return f"{head}-{raw[8:10].hex()}-{raw[10:].hex()}"
