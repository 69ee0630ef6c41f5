"""The superblock: what a littlefs is made of (SPEC, "LFS_TYPE_SUPERBLOCK")."""

from __future__ import annotations

from typing import Final, final

from pymirage.octets import b32_le, u32_le
from pymirage.storage import sniff
from pymirage.storage.error import StorageError, WrongFormat
from pymirage.storage.littlefs.log import Entry
from pymirage.storage.span import Span

MAGIC: Final = b"littlefs"
VERSION: Final = 0x0002_0001
_MAJOR: Final = VERSION >> 16
_SIZE: Final = 24
# Where the first commit of a superblock's block has the magic, and the struct with the geometry.
_MAGIC_AT: Final = 8
_STRUCT_AT: Final = 20

SMALLEST_BLOCK: Final = 128
NAME_MAX: Final = 255
FILE_MAX: Final = 0x7FFF_FFFF
ATTRIBUTE_MAX: Final = 1022


@final
class Geometry:
    """Sizes and limits; holding one proves that the device is large enough."""

    def __init__(
        self,
        block_size: int,
        block_count: int,
        *,
        version: int = VERSION,
        name_max: int = NAME_MAX,
        file_max: int = FILE_MAX,
        attribute_max: int = ATTRIBUTE_MAX,
    ) -> None:
        self.block_size: Final = block_size
        self.block_count: Final = block_count
        self.version: Final = version
        self.name_max: Final = name_max
        self.file_max: Final = file_max
        self.attribute_max: Final = attribute_max

    @property
    def forward(self) -> bool:
        """Whether commits have forward checksums: since version 2.1."""
        return self.version & 0xFFFF >= 1

    @property
    def inline_max(self) -> int:
        """The largest value that we store among the metadata."""
        return min(self.attribute_max, self.block_size // 8)

    def emit(self) -> bytes:
        return b"".join(
            map(
                b32_le,
                (
                    self.version,
                    self.block_size,
                    self.block_count,
                    self.name_max,
                    self.file_max,
                    self.attribute_max,
                ),
            )
        )


async def find_block_size(span: Span) -> int:
    """The block size, from whichever of the first two blocks can be read. Raises WrongFormat."""
    for size in (0, *(1 << power for power in range(7, 21))):
        if span.size < size + _STRUCT_AT + _SIZE:
            break
        head = await span.read(size, _STRUCT_AT + _SIZE)
        if head[_MAGIC_AT : _MAGIC_AT + 8] == MAGIC:
            block_size = u32_le(head, _STRUCT_AT + 4)
            if size in (0, block_size) and SMALLEST_BLOCK <= block_size <= span.size // 2:
                return block_size
    raise WrongFormat(f"no littlefs: {sniff.describe(await sniff.identify(span))}")


def parse(entry: Entry, device: int, place: int) -> Geometry:
    """The geometry in a superblock entry. Raises WrongFormat, StorageError."""
    data = entry.data
    if len(data) != _SIZE:
        raise StorageError(f"littlefs superblock of {len(data)} bytes", place)
    version, block_size, block_count, name_max, file_max, attribute_max = (
        u32_le(data, at) for at in range(0, _SIZE, 4)
    )
    if version >> 16 != _MAJOR or version > VERSION:
        have = f"{version >> 16}.{version & 0xFFFF}"
        raise WrongFormat(f"littlefs of version {have}; this driver knows up to 2.1", place)
    if block_count < 2 or block_size * block_count > device:
        size = block_size * block_count
        raise WrongFormat(f"the littlefs has {size} bytes, the device {device}", place)
    return Geometry(
        block_size,
        block_count,
        version=version,
        # 0 stands for the usual limit.
        name_max=min(name_max or NAME_MAX, ATTRIBUTE_MAX),
        file_max=min(file_max or FILE_MAX, FILE_MAX),
        attribute_max=min(attribute_max or ATTRIBUTE_MAX, ATTRIBUTE_MAX),
    )
