# pymirage: hot
"""One 512-byte tar header block: POSIX.1-2001 ustar (pax "ustar Interchange Format"), GNU and v7 variants."""

from typing import Final, final

from pymirage.storage.error import StorageError

BLOCK: Final = 512

# (offset, size) of fields; the names are the standard's.
LINKNAME: Final = (157, 100)
PREFIX: Final = (345, 155)
TYPEFLAG: Final = 156
# GNU's own archives have another magic, and other things in the place of the prefix.
USTAR_MAGIC: Final = b"ustar\x0000"

REGULAR: Final = b"0"
REGULAR_V7: Final = b"\0"
HARD_LINK: Final = b"1"
SYMBOLIC_LINK: Final = b"2"
CHARACTER_DEVICE: Final = b"3"
BLOCK_DEVICE: Final = b"4"
DIRECTORY: Final = b"5"
FIFO: Final = b"6"
PAX: Final = b"x"
PAX_GLOBAL: Final = b"g"
PAX_SUN: Final = b"X"
GNU_LONG_NAME: Final = b"L"
GNU_LONG_LINK: Final = b"K"
GNU_DUMPDIR: Final = b"D"
GNU_SPARSE: Final = b"S"
GNU_VOLUME: Final = b"V"
GNU_MULTI_VOLUME: Final = b"M"

# Types whose size field says nothing about blocks that follow (POSIX: links, devices, FIFO).
BODILESS: Final = (HARD_LINK, SYMBOLIC_LINK, CHARACTER_DEVICE, BLOCK_DEVICE, DIRECTORY, FIFO)

_OCTAL_SIZE_LIMIT: Final = 8**11
_FILE_MODE: Final = 0o644
_DIRECTORY_MODE: Final = 0o755


@final
class Header:
    """One header block. Holding one proves that its checksum and numbers are right.

    `size` is the field as written: bytes of body for the types that have one.
    """

    __slots__ = ("mtime", "name", "size", "typeflag")

    def __init__(self, name: bytes, size: int, mtime: int, typeflag: bytes) -> None:
        self.name: Final = name
        self.size: Final = size
        self.mtime: Final = mtime
        self.typeflag: Final = typeflag

    @property
    def body(self) -> int:
        """Bytes of body that follow, padding excluded."""
        return 0 if self.typeflag in BODILESS else self.size


def parse(block: bytes, offset: int) -> Header:
    """The header in `block`, which lies at `offset` of the device. Raises StorageError."""
    field = block[148:156]
    stored = _number(field, offset + 148)
    # The checksum counts itself as spaces.
    total = sum(block) - sum(field) + 8 * 0x20
    # Some old writers summed signed bytes; POSIX readers accept both.
    if stored != total and stored != total - 256 * _high_bytes(block):
        raise StorageError(f"tar header has checksum {stored:o}, its bytes give {total:o}", offset)
    name = block[:100].partition(b"\0")[0]
    if block[345] and block[257:265] == USTAR_MAGIC:
        start, size = PREFIX
        name = block[start : start + size].partition(b"\0")[0] + b"/" + name
    size = _number(block[124:136], offset + 124)
    mtime = _number(block[136:148], offset + 136)
    if size < 0:
        raise StorageError(f"tar header has the size {size}", offset + 124)
    return Header(name, size, mtime, block[TYPEFLAG : TYPEFLAG + 1])


def emit(header: Header) -> bytes:
    """The block that `parse` reads back as `header`; the name must fit (see `split`) and the size 8 GiB."""
    parts = split(header.name)
    if parts is None or not 0 <= header.size < _OCTAL_SIZE_LIMIT:
        raise ValueError("a name or size that needs a pax record")
    prefix, name = parts
    mode = _DIRECTORY_MODE if header.typeflag == DIRECTORY else _FILE_MODE
    mtime = min(max(header.mtime, 0), _OCTAL_SIZE_LIMIT - 1)
    block = b"".join(
        (
            name.ljust(100, b"\0"),
            b"%07o\0%07o\0%07o\0" % (mode, 0, 0),
            b"%011o\0%011o\0" % (header.size, mtime),
            b"        ",
            header.typeflag,
            bytes(100),
            USTAR_MAGIC,
            b"root".ljust(32, b"\0") * 2,
            b"%07o\0%07o\0" % (0, 0),
            prefix.ljust(155, b"\0"),
            bytes(12),
        )
    )
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def split(name: bytes) -> tuple[bytes, bytes] | None:
    """(prefix, name) as ustar stores them; None when it cannot."""
    if len(name) <= 100:
        return b"", name
    # The prefix ends at a slash that leaves at most 100 bytes, and something, after it.
    slash = name.find(b"/", len(name) - 101, min(len(name) - 1, 156))
    return None if slash <= 0 else (name[:slash], name[slash + 1 :])


def is_zero(block: bytes) -> bool:
    """Whether this is one of the two blocks of zeros that end an archive."""
    return not block[0] and not block.strip(b"\0")


def padded(size: int) -> int:
    """Bytes that a body of `size` bytes takes in the archive."""
    return -(-size // BLOCK) * BLOCK


def _number(raw: bytes, place: int) -> int:
    """An octal number, or GNU's base-256: first bit set, the rest big-endian two's complement."""
    digits = raw.strip(b" \0")
    # int() alone would also take signs, underscores and "0o".
    if digits.isdigit():
        try:
            return int(digits, 8)
        except ValueError:
            pass
    elif not digits:
        return 0
    elif raw[0] & 0x80:
        bits = 8 * len(raw)
        value = int.from_bytes(raw, "big") & (1 << bits - 1) - 1
        return value - (1 << bits - 1) if raw[0] & 0x40 else value
    raise StorageError(f"tar header has {raw!r} where an octal number belongs", place)


def _high_bytes(block: bytes) -> int:
    """How many bytes outside the checksum field count 256 less when summed as signed."""
    return sum(byte >> 7 for byte in block) - sum(byte >> 7 for byte in block[148:156])
