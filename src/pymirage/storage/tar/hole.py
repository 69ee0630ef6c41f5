"""Free space within an archive: a pax global header with a comment, which every tar program passes over.

A hole is one header block and a body of at least one block, whose first bytes are `LENGTH comment=` and
whose last is a newline; between them lies what was there before. The header alone says where the
hole ends, so that one sector's write makes or shrinks it; the marks in the body are for other programs.
"""

from typing import Final

from pymirage.storage.tar.header import BLOCK, PAX_GLOBAL, Header, emit

NAME: Final = b"pymirage-free"
# GNU tar reads any length; libarchive refuses extension headers above 1 MiB.
BODY_LIMIT: Final = 1 << 20
SMALLEST: Final = 2 * BLOCK


def head(size: int) -> bytes:
    """The header block of a hole of `size` bytes, header included."""
    return emit(Header(NAME, size - BLOCK, 0, PAX_GLOBAL))


def mark(body_size: int) -> bytes:
    """What the body starts with."""
    return b"%d comment=" % body_size


def is_neat(start: bytes, last: bytes, body_size: int) -> bool:
    """Whether other programs take the body, of which these are the first and last bytes, for one record."""
    return body_size <= BODY_LIMIT and start.startswith(b"%d " % body_size) and last == b"\n"


def whole(size: int) -> bytes:
    """All of a hole of `size` bytes, for the smallest ones."""
    if size == BLOCK:
        return head(BLOCK)
    start = mark(size - BLOCK)
    return b"".join((head(size), start, bytes(size - BLOCK - len(start) - 1), b"\n"))


def pieces(start: int, end: int) -> list[tuple[int, int]]:
    """The range cut into holes that every program can pass over."""
    cut = []
    while end - start > BLOCK + BODY_LIMIT:
        # What remains must have room for a header and a body.
        size = BODY_LIMIT if end - start >= BODY_LIMIT + SMALLEST else BODY_LIMIT - SMALLEST
        cut.append((start, start + size))
        start += size
    cut.append((start, end))
    return cut
