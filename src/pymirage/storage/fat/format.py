"""Makes an empty FAT volume: FAT32 specification, "FAT Volume Initialization"."""

from __future__ import annotations

from typing import Final

from pymirage.device.block import Block
from pymirage.error import UsageError
from pymirage.octets import b16_le, b32_le
from pymirage.storage.fat import info
from pymirage.storage.fat.geometry import SLOT, parse
from pymirage.storage.span import Span

_MEDIA: Final = 0xF8
_ROOT_ENTRIES: Final = 512
_RESERVED_32: Final = 32
_BACKUP: Final = 6
_FEWEST: Final = {12: 1, 16: 4085, 32: 65525}
_MOST: Final = {12: 4084, 16: 65524, 32: 0x0FFF_FFF4}
# Volumes near the borders between the types are taken for the wrong one by programs with off-by-one errors.
_MARGIN: Final = 16
# The media byte, a chain's end, and on FAT32 the chain of the root directory.
_FIRST_ENTRIES: Final = {
    12: b"\xf8\xff\xff",
    16: b"\xf8\xff\xff\xff",
    32: b"\xf8\xff\xff\x0f\xff\xff\xff\x0f\xff\xff\xff\x0f",
}


async def format(block: Block, *, bits: int | None = None, label: str = "", serial: int = 0) -> None:
    """Writes an empty volume over the whole device; the type that suits its size when `bits` is not given.

    Raises UsageError for sizes that the type cannot have.
    """
    span = Span(block)
    sector = max(span.sector_size, 512)
    total = min(span.size // sector, 0xFFFF_FFFF)
    if bits not in (None, 12, 16, 32):
        raise UsageError(f"there is no FAT{bits}: choose 12, 16 or 32")
    chosen, per_cluster, fat_size = _choose(total, sector, bits)
    reserved = _RESERVED_32 if chosen == 32 else 1
    boot = _boot(chosen, sector, per_cluster, reserved, total, fat_size, label, serial)
    layout = parse(boot, span.size)
    blank = layout.data + (layout.cluster if chosen == 32 else 0)
    await span.write(0, bytes(sector))
    for at in range(sector, blank, 1 << 20):
        await span.write(at, bytes(min(1 << 20, blank - at)))
    for fat in layout.fats:
        await span.write(fat, _FIRST_ENTRIES[chosen])
    if label:
        await span.write(layout.offset(2) if chosen == 32 else layout.root, _label(label))
    if chosen == 32:
        hints = info.emit(layout.clusters - 1, 3)
        for copy in (0, _BACKUP):
            await span.write((copy + 1) * sector, hints)
        await span.write(_BACKUP * sector, boot)
    await span.flush()
    # With the boot sector the volume exists.
    await span.write(0, boot)
    await span.flush()


def _choose(total: int, sector: int, bits: int | None) -> tuple[int, int, int]:
    """(type, sectors per cluster, sectors per table): the first type, and cluster size, that fits."""
    for candidate in (12, 16, 32) if bits is None else (bits,):
        # Small clusters waste little; large ones keep the table of a large volume small.
        least = 1 if candidate == 12 else 4 if candidate == 16 else 8
        sizes = [1 << power for power in range(8) if (1 << power) * sector <= 32768]
        preferred = [size for size in sizes if size * sector >= least * 512]
        for per_cluster in [*preferred, *reversed([size for size in sizes if size not in preferred])]:
            fat_size, clusters = _measure(total, sector, per_cluster, candidate)
            margin = _MARGIN if candidate != 12 else 0
            if _FEWEST[candidate] + margin <= clusters <= _MOST[candidate] - _MARGIN:
                return candidate, per_cluster, fat_size
    kind = f"FAT{bits}" if bits else "FAT"
    what = f"a device of {total} sectors of {sector} bytes"
    raise UsageError(f"{what} cannot be a {kind} volume: change its size")


def _measure(total: int, sector: int, per_cluster: int, bits: int) -> tuple[int, int]:
    """(sectors of one table, clusters): the table must describe the clusters that it leaves room for."""
    reserved = _RESERVED_32 if bits == 32 else 1
    root = 0 if bits == 32 else _ROOT_ENTRIES * SLOT // sector
    fat_size = 1
    while True:
        data = total - reserved - root - 2 * fat_size
        clusters = data // per_cluster
        if clusters < 1:
            return fat_size, 0
        needed = -(-(clusters + 2) * bits // (8 * sector))
        if needed <= fat_size:
            return fat_size, clusters
        fat_size = needed


def _boot(
    bits: int,
    sector: int,
    per_cluster: int,
    reserved: int,
    total: int,
    fat_size: int,
    label: str,
    serial: int,
) -> bytes:
    name = _label_bytes(label) if label else b"NO NAME    "
    head = b"".join(
        (
            b"\xeb\x58\x90" if bits == 32 else b"\xeb\x3c\x90",
            b"PYMIRAGE",
            b16_le(sector),
            bytes((per_cluster,)),
            b16_le(reserved),
            b"\x02",
            b16_le(0 if bits == 32 else _ROOT_ENTRIES),
            b16_le(total if total < 65536 and bits != 32 else 0),
            bytes((_MEDIA,)),
            b16_le(0 if bits == 32 else fat_size),
            b16_le(63) + b16_le(255) + b32_le(0),
            b32_le(0 if total < 65536 and bits != 32 else total),
        )
    )
    if bits == 32:
        # Flags and version 0; root directory in cluster 2; FSInfo in sector 1.
        head += b32_le(fat_size) + bytes(4) + b32_le(2) + b16_le(1) + b16_le(_BACKUP) + bytes(12)
    tail = b"\x80\0\x29" + b32_le(serial) + name + b"FAT%d" % bits + b"   "
    return (head + tail).ljust(510, b"\0") + b"\x55\xaa" + bytes(sector - 512)


def _label(label: str) -> bytes:
    """The slot of the volume's name."""
    return _label_bytes(label) + b"\x08" + bytes(20)


def _label_bytes(label: str) -> bytes:
    raw = label.upper().encode("ascii", "replace")
    if len(raw) > 11 or any(byte in b'"*/:<>?\\|+,.;=[]' for byte in raw):
        raise UsageError(f"{label!r} cannot be the label of a FAT volume: at most 11 letters and digits")
    return raw.ljust(11)
