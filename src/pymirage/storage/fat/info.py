"""FSInfo: a FAT32 volume's hints about free clusters. FAT32 specification, "FAT32 FSInfo Sector Structure".

Never believed further than a first place to look: a crash may leave them behind.
"""

from __future__ import annotations

from typing import Final

from pymirage.octets import b32_le, u32_le
from pymirage.storage.fat.geometry import FIRST_CLUSTER, Geometry
from pymirage.storage.span import Span

_LEAD: Final = 0x4161_5252
_STRUCTURE: Final = 0x6141_7272
_TRAIL: Final = 0xAA55_0000
FREE_COUNT: Final = 488
NEXT_FREE: Final = 492
_SIZE: Final = 512


async def read_hint(span: Span, layout: Geometry) -> int:
    """The cluster where a free one may be; the first cluster when nothing says."""
    if layout.fs_info is None:
        return FIRST_CLUSTER
    sector = await span.read(layout.fs_info, _SIZE)
    return u32_le(sector, NEXT_FREE) if _is_info(sector) else FIRST_CLUSTER


async def read_free(span: Span, layout: Geometry) -> int | None:
    """What the volume believes of its free clusters; None when it does not say."""
    if layout.fs_info is None:
        return None
    sector = await span.read(layout.fs_info, _SIZE)
    free = u32_le(sector, FREE_COUNT)
    return free if _is_info(sector) and free != 0xFFFF_FFFF else None


async def write(span: Span, layout: Geometry, free: int, following: int) -> None:
    """Updates the sector, if the volume has a valid one."""
    if layout.fs_info is None:
        return
    sector = await span.read(layout.fs_info, _SIZE)
    if _is_info(sector):
        await span.write(layout.fs_info, emit(free, following))


def emit(free: int, following: int) -> bytes:
    head = b32_le(_LEAD) + bytes(480) + b32_le(_STRUCTURE) + b32_le(free) + b32_le(following)
    return head + bytes(12) + b32_le(_TRAIL)


def _is_info(sector: bytes) -> bool:
    return u32_le(sector, 0) == _LEAD and u32_le(sector, 484) == _STRUCTURE and u32_le(sector, 508) == _TRAIL
