"""Members of an archive: where they lie, and the blocks that make one."""

from typing import Final, final

from pymirage.storage.tar import pax
from pymirage.storage.tar.header import (
    BLOCK,
    DIRECTORY,
    PAX,
    PAX_GLOBAL,
    REGULAR,
    Header,
    emit,
    padded,
    split,
)

# A vendor keyword, as POSIX reserves them in capitals; other programs pass over it.
REPLACES: Final = "PYMIRAGE.replaces"
_OCTAL_LIMIT: Final = 8**11


@final
class Member:
    """A value or a directory in the archive, with the headers that belong to it.

    start: the first header's offset. end: where the next member's starts. data, size: its value.
    Offsets count from the start of the archive once the member is placed in it.
    """

    __slots__ = ("data", "end", "key", "mtime", "size", "start", "typeflag")

    def __init__(
        self, key: tuple[str, ...], typeflag: bytes, start: int, data: int, size: int, end: int, mtime: int
    ) -> None:
        self.key: Final = key
        self.typeflag: Final = typeflag
        self.start = start
        self.data = data
        self.size: Final = size
        self.end = end
        self.mtime: Final = mtime

    @property
    def is_directory(self) -> bool:
        return self.typeflag == DIRECTORY

    def shift(self, distance: int) -> None:
        """Says that the member lies further on than was thought."""
        self.start += distance
        self.data += distance
        self.end += distance


def headers(key: tuple[str, ...], size: int, mtime: int, typeflag: bytes) -> bytes:
    """The header blocks of a member: a pax header where ustar cannot hold the name or the size."""
    name = "/".join(key).encode("utf-8", "surrogateescape")
    if typeflag == DIRECTORY:
        name += b"/"
    records: dict[str, bytes] = {}
    short = name
    if split(name) is None:
        records["path"] = name
        short = name[-100:]
    if size >= _OCTAL_LIMIT:
        records["size"] = b"%d" % size
    # To the second: a fraction would take a pax header, and with it a kilobyte, for each member.
    seconds = min(max(mtime // 1_000_000_000, 0), _OCTAL_LIMIT - 1)
    main = emit(Header(short, size if size < _OCTAL_LIMIT else 0, seconds, typeflag))
    return (_extended(PAX, b"pax", records) + main) if records else main


def value(key: tuple[str, ...], data: bytes, mtime: int) -> bytes:
    """All blocks of a member that holds `data`."""
    head = headers(key, len(data), mtime, REGULAR)
    return b"".join((head, data, bytes(padded(len(data)) - len(data))))


def intent(dead: list[int]) -> bytes:
    """The header that says: the members that start at these offsets are replaced by what follows it.

    Its record fills whole blocks, so that by its header's name alone it becomes a hole.
    """
    offsets = b" ".join(b"%d" % start for start in dead)
    body = pax.emit({REPLACES: offsets})
    # One more digit in the length makes the record longer by one more byte.
    for size in (padded(len(body)), padded(len(body)) + BLOCK):
        blank = size - len(body)
        body_filled = pax.emit({REPLACES: offsets + b" " * blank})
        surplus = len(body_filled) - size
        body_filled = pax.emit({REPLACES: offsets + b" " * (blank - surplus)}) if blank >= surplus else b""
        if len(body_filled) == size:
            return emit(Header(b"pymirage", size, 0, PAX_GLOBAL)) + body_filled
    raise AssertionError("a record can be made to fill whole blocks")


def _extended(typeflag: bytes, name: bytes, records: dict[str, bytes]) -> bytes:
    body = pax.emit(records)
    return b"".join((emit(Header(name, len(body), 0, typeflag)), body, bytes(padded(len(body)) - len(body))))
