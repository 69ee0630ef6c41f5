# pymirage: hot
"""The 32-byte slots of a directory: short entries, and the slots before them that hold a long name.

FAT32 specification, "FAT Directory Structure" and "FAT Long Directory Entries".
"""

from __future__ import annotations

import struct
from codecs import utf_16_le_decode
from collections.abc import Iterator
from typing import Final, final

from pymirage.octets import b16_le, b32_le
from pymirage.storage.fat import name as names
from pymirage.storage.fat.geometry import SLOT

ATTRIBUTES: Final = 11
CASE: Final = 12
CLUSTER_HIGH: Final = 20
CLUSTER_LOW: Final = 26
SIZE: Final = 28

# Of a slot that is part of a long name.
ORDER: Final = 0
CHECKSUM: Final = 13
LAST: Final = 0x40

END: Final = 0x00
DELETED: Final = 0xE5

VOLUME: Final = 0x08
DIRECTORY: Final = 0x10
ARCHIVE: Final = 0x20
LONG_NAME: Final = 0x0F
_KIND: Final = 0x3F

# Short name, attributes, upper half of the cluster, time, date, lower half of the cluster, size.
_FIELDS: Final = struct.Struct("<11sB8xHHHHI")

Stamp = tuple[int, int]  # date and time of day, as `date.fields` gives them


@final
class Record:
    """One entry. `first` and `at`: where in the directory its first slot and its short entry are."""

    __slots__ = ("at", "cluster", "date", "first", "is_directory", "name", "short", "size", "time")

    def __init__(self, name: str, short: bytes, first: int, at: int, slot: bytes) -> None:
        _, attributes, high, time, date, low, size = _FIELDS.unpack(slot)
        self.name: Final = name
        self.short: Final = short
        self.first: Final = first
        self.at: Final = at
        self.is_directory: Final = bool(attributes & DIRECTORY)
        self.cluster: Final[int] = low | high << 16
        self.size: Final[int] = size
        self.date: Final[int] = date
        self.time: Final[int] = time


def records(data: bytes | bytearray) -> Iterator[Record]:
    """The entries of a directory: no volume label, no "." and "..", no orphaned slots of long names."""
    long: list[bytes] = []
    check = first = 0
    for at in range(0, len(data) - SLOT + 1, SLOT):
        lead = data[at]
        if lead == END:
            return
        if lead == DELETED:
            long.clear()
            continue
        attributes = data[at + ATTRIBUTES]
        if attributes & _KIND == LONG_NAME:
            if lead & LAST:
                long.clear()
                first, check = at, data[at + CHECKSUM]
            elif not long or data[at + CHECKSUM] != check:
                long.clear()
                continue
            long.append(bytes(data[at : at + SLOT]))
            continue
        if not attributes & VOLUME and lead != 0x2E:
            slot = bytes(data[at : at + SLOT])
            short = slot[:11]
            name = ""
            start = at
            if long and check == names.checksum(short):
                name, start = _long_name(long), first
            if not name:
                name, start = names.shown(short, slot[CASE]), at
            # What no key can name is passed over; `check` reports it.
            if name and "/" not in name and "\0" not in name:
                yield Record(name, short, start, at, slot)
        long.clear()


def emit(name: str, short: bytes, *, attributes: int, cluster: int, size: int, stamp: Stamp) -> bytes:
    """The slots of an entry: those of the long name where the short one does not say it all, then itself."""
    entry = emit_short(short, attributes, cluster, size, stamp)
    return entry if names.as_short(name) == short else _emit_long(name, names.checksum(short)) + entry


def dot(count: int, cluster: int, stamp: Stamp) -> bytes:
    """The slot "." or ".." of a directory, which leads to itself or to its parent."""
    return emit_short((b"." * count).ljust(11), DIRECTORY, cluster, 0, stamp)


def emit_short(short: bytes, attributes: int, cluster: int, size: int, stamp: Stamp) -> bytes:
    date, time = stamp
    return b"".join(
        (
            short,
            bytes((attributes, 0, 0)),
            b16_le(time),
            b16_le(date),
            b16_le(date),
            b16_le(cluster >> 16),
            b16_le(time),
            b16_le(date),
            b16_le(cluster),
            b32_le(size),
        )
    )


def _emit_long(name: str, check: int) -> bytes:
    """The slots, last part first; a zero unit ends a name that does not fill its slot, then come 0xFFFF."""
    units = name.encode("utf-16-le")
    part = 2 * names.UNITS_PER_SLOT
    if len(units) % part:
        units += b"\0\0"
        units += b"\xff" * (-len(units) % part)
    count = len(units) // part
    made = []
    for number in range(count, 0, -1):
        piece = units[(number - 1) * part : number * part]
        order = number | LAST if number == count else number
        middle = bytes((LONG_NAME, 0, check))
        made.append(b"".join((bytes((order,)), piece[:10], middle, piece[10:22], b"\0\0", piece[22:])))
    return b"".join(made)


def _long_name(slots: list[bytes]) -> str:
    """The name in the slots, as they follow each other on disk; empty when they are not one whole name."""
    if slots[0][ORDER] != len(slots) | LAST:
        return ""
    units = b"".join([slot[1:11] + slot[14:26] + slot[28:32] for slot in reversed(slots)])
    if len(slots) > 1 and any(slots[-number][ORDER] != number for number in range(1, len(slots))):
        return ""
    text = utf_16_le_decode(units, "surrogatepass")[0].partition("\0")[0]
    # A name that no key can have must not take part in one: the short name stands in for it.
    return "" if "/" in text or text in (".", "..") else text
