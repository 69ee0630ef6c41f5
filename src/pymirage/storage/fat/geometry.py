"""Where things lie on a FAT volume: the boot sector with its BIOS parameter block.

Microsoft Extensible Firmware Initiative FAT32 File System Specification 1.03, "Boot Sector and BPB" and
"FAT Type Determination"; field names are its own, without their prefixes.
"""

from __future__ import annotations

from typing import Final, final

from pymirage.octets import u16_le, u32_le
from pymirage.storage import sniff
from pymirage.storage.error import StorageError, WrongFormat
from pymirage.storage.span import Span

BYTES_PER_SECTOR: Final = 11
SECTORS_PER_CLUSTER: Final = 13
RESERVED_SECTORS: Final = 14
NUMBER_OF_FATS: Final = 16
ROOT_ENTRIES: Final = 17
TOTAL_SECTORS_16: Final = 19
FAT_SIZE_16: Final = 22
TOTAL_SECTORS_32: Final = 32
# FAT32 only.
FAT_SIZE_32: Final = 36
EXTENDED_FLAGS: Final = 40
VERSION: Final = 42
ROOT_CLUSTER: Final = 44
FS_INFO: Final = 48
SIGNATURE: Final = 510

FIRST_CLUSTER: Final = 2
SLOT: Final = 32


@final
class Geometry:
    """The places and sizes of a volume, in bytes of the device; holding one proves that they fit it.

    bits: 12, 16 or 32. fats: offsets of the copies that are written, the first of which is read.
    root_cluster: 0 where the root directory has a place of its own.
    """

    def __init__(
        self,
        *,
        bits: int,
        sector: int,
        cluster: int,
        fats: tuple[int, ...],
        fat_size: int,
        root: int,
        root_size: int,
        root_cluster: int,
        data: int,
        clusters: int,
        fs_info: int | None,
    ) -> None:
        self.bits: Final = bits
        self.sector: Final = sector
        self.cluster: Final = cluster
        self.fats: Final = fats
        self.fat_size: Final = fat_size
        self.root: Final = root
        self.root_size: Final = root_size
        self.root_cluster: Final = root_cluster
        self.data: Final = data
        self.clusters: Final = clusters
        self.fs_info: Final = fs_info

    @property
    def end_of_clusters(self) -> int:
        """One more than the last cluster's number; the first has number 2."""
        return self.clusters + FIRST_CLUSTER

    def offset(self, cluster: int) -> int:
        return self.data + (cluster - FIRST_CLUSTER) * self.cluster

    def is_cluster(self, number: int) -> bool:
        return FIRST_CLUSTER <= number < self.end_of_clusters


async def read(span: Span) -> Geometry:
    """The geometry in the boot sector. Raises WrongFormat, StorageError."""
    if span.size < 512:
        raise WrongFormat(f"a device of {span.size} bytes is too small for a FAT volume")
    found = await sniff.identify(span)
    if found not in ("FAT12", "FAT16", "FAT32"):
        raise WrongFormat(f"no FAT volume: {sniff.describe(found)}")
    return parse(await span.read(0, 512), span.size)


def parse(boot: bytes, device: int) -> Geometry:
    """The geometry that the boot sector describes, for a device of that many bytes."""
    sector = u16_le(boot, BYTES_PER_SECTOR)
    per_cluster = boot[SECTORS_PER_CLUSTER]
    reserved = u16_le(boot, RESERVED_SECTORS)
    copies = boot[NUMBER_OF_FATS]
    root_entries = u16_le(boot, ROOT_ENTRIES)
    total = u16_le(boot, TOTAL_SECTORS_16) or u32_le(boot, TOTAL_SECTORS_32)
    fat_16 = u16_le(boot, FAT_SIZE_16)
    fat_size = fat_16 or u32_le(boot, FAT_SIZE_32)
    _require(sector in (512, 1024, 2048, 4096), f"sectors of {sector} bytes", BYTES_PER_SECTOR)
    _require(per_cluster & (per_cluster - 1) == 0 < per_cluster, "cluster size", SECTORS_PER_CLUSTER)
    _require(reserved > 0, "no reserved sectors", RESERVED_SECTORS)
    _require(copies in (1, 2), f"{copies} file allocation tables", NUMBER_OF_FATS)
    _require(fat_size > 0, "file allocation tables of no size", FAT_SIZE_16)
    root_start = reserved + copies * fat_size
    data_start = root_start + -(-root_entries * SLOT // sector)
    if total * sector > device:
        raise WrongFormat(
            f"the FAT volume has {total * sector} bytes, the device only {device}", TOTAL_SECTORS_32
        )
    _require(data_start + per_cluster <= total, "no room for a single cluster", TOTAL_SECTORS_16)
    clusters = (total - data_start) // per_cluster
    bits = 12 if clusters < 4085 else 16 if clusters < 65525 else 32
    entries = fat_size * sector * 8 // bits
    if entries < clusters + FIRST_CLUSTER:
        # Some formatters leave clusters at the end that no table entry describes.
        clusters = entries - FIRST_CLUSTER
    _require(clusters > 0, "file allocation tables too small", FAT_SIZE_16)
    fats = tuple((reserved + copy * fat_size) * sector for copy in range(copies))
    fs_info = None
    root_cluster = 0
    if bits == 32:
        _require(fat_16 == 0 and root_entries == 0, "FAT32 with a fixed root directory", ROOT_ENTRIES)
        _require(u16_le(boot, VERSION) == 0, "an unknown version of FAT32", VERSION)
        flags = u16_le(boot, EXTENDED_FLAGS)
        if flags & 0x80:
            # Mirroring is off: one copy alone is true.
            _require(flags & 0x0F < copies, "active table out of range", EXTENDED_FLAGS)
            fats = (fats[flags & 0x0F],)
        root_cluster = u32_le(boot, ROOT_CLUSTER)
        _require(2 <= root_cluster < clusters + 2, f"root directory in cluster {root_cluster}", ROOT_CLUSTER)
        info = u16_le(boot, FS_INFO)
        fs_info = info * sector if 0 < info < reserved else None
    else:
        _require(fat_16 > 0 and root_entries > 0, f"FAT{bits} without a root directory", ROOT_ENTRIES)
    return Geometry(
        bits=bits,
        sector=sector,
        cluster=per_cluster * sector,
        fats=fats,
        fat_size=fat_size * sector,
        root=root_start * sector,
        root_size=root_entries * SLOT,
        root_cluster=root_cluster,
        data=data_start * sector,
        clusters=clusters,
        fs_info=fs_info,
    )


def _require(condition: bool, what: str, place: int) -> None:
    if not condition:
        raise StorageError(f"FAT boot sector: {what}", place)
