"""Bodies that are read from a store while they are sent, a bounded piece at a time."""

from __future__ import annotations

from pymirage.sched.memory import memory_use
from pymirage.sched.run import in_image
from pymirage.web.message import UNKNOWN, Outgoing

try:
    import zlib
except ImportError:  # a runtime without it
    zlib = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device import KeyValueReader

PIECE = 256 * 1024
"""Octets read at once. Frames are cut from pieces without a copy, so that few should lie across two."""
SMALLEST = 4 * 1024
SHARE = 256
"""Of the memory that is free, a piece takes at most one part in so many: there may be many slow readers."""
GZIP = 31
"""zlib's window of 32 KiB in the format of RFC 1952: without a name and a date, the same stays the same."""
LEVEL = 6


def can_compress() -> bool:
    """Whether there is a zlib."""
    return zlib is not None


def gzip(content: bytes) -> bytes:
    """The whole content, compressed."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    return compressor.compress(content) + compressor.flush()


def piece_size() -> int:
    """How much to read now."""
    if not in_image():
        return PIECE
    use = memory_use()
    return max(SMALLEST, min(PIECE, (use.limit - use.used) // SHARE))


class Slice(Outgoing):
    """Some octets of a value."""

    def __init__(self, store: KeyValueReader, key: str, start: int, end: int) -> None:
        self._store = store
        self._key = key
        self._at = start
        self._length = end - start
        self._end = end

    def length(self) -> int:
        return self._length

    async def read(self) -> bytes:
        """Nothing more where the value has become shorter meanwhile."""
        piece = await self._store.get_partial(self._key, self._at, min(piece_size(), self._end - self._at))
        self._at += len(piece)
        return piece


class Joined(Outgoing):
    """Several bodies of known length, and text between them, one after the other."""

    def __init__(self, parts: list[bytes | Slice]) -> None:
        self._parts = parts
        self._length = sum(len(part) if isinstance(part, bytes) else part.length() for part in parts)
        self._next = 0

    def length(self) -> int:
        return self._length

    async def read(self) -> bytes:
        while self._next < len(self._parts):
            part = self._parts[self._next]
            if isinstance(part, bytes):
                self._next += 1
                return part
            piece = await part.read()
            if piece:
                return piece
            self._next += 1
        return b""


class Gzipped(Outgoing):
    """Another body, compressed on its way."""

    def __init__(self, content: Slice) -> None:
        self._content = content
        self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        self._ended = False

    def length(self) -> int:
        return UNKNOWN

    async def read(self) -> bytes:
        while not self._ended:
            piece = await self._content.read()
            if not piece:
                self._ended = True
                return self._compressor.flush()
            compressed = self._compressor.compress(piece)
            if compressed:
                return compressed
        return b""
