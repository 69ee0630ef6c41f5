"""Whether sectors lie on a disk: asked by every block driver before it touches anything."""

from __future__ import annotations

from pymirage.device import BlockInfo
from pymirage.device.error import OutOfRange, ReadOnly
from pymirage.error import UsageError


def check_range(info: BlockInfo, sector: int, count: int) -> None:
    if sector < 0 or count < 0 or sector + count > info.sectors:
        raise OutOfRange(
            f"sectors {sector}..{sector + count - 1} are not all on a disk of {info.sectors} sectors"
        )


def check_discard(info: BlockInfo, sector: int, count: int) -> None:
    if info.read_only:
        raise ReadOnly("the disk is connected read-only")
    check_range(info, sector, count)


def check_write(info: BlockInfo, sector: int, data: bytes) -> None:
    if info.read_only:
        raise ReadOnly("the disk is connected read-only")
    if len(data) % info.sector_size:
        raise UsageError(f"{len(data)} bytes are no whole number of sectors of {info.sector_size}")
    check_range(info, sector, len(data) // info.sector_size)
