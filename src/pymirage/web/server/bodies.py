"""Bodies that handlers gave as values, as bodies that are fetched piece by piece."""

from collections.abc import AsyncIterator
from typing import Final, final

from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.framing import parse_length
from pymirage.protocol.http.refusal import Refusal
from pymirage.web.message import UNKNOWN, Outgoing

PIECE: Final = 64 * 1024


@final
class Pieces(Outgoing):
    """A long one in memory: given whole, a transport would copy what is left of it again and again."""

    def __init__(self, content: bytes) -> None:
        self.content: Final = content
        self.at = 0

    def length(self) -> int:
        return len(self.content)

    async def read(self) -> bytes:
        start = self.at
        self.at = min(start + PIECE, len(self.content))
        return self.content[start : self.at]


@final
class Iterated(Outgoing):
    """One that somebody generates; empty pieces are no end."""

    def __init__(self, content: AsyncIterator[bytes], fields: Fields) -> None:
        self.content: Final = content
        given = fields.find(b"content-length")
        size = UNKNOWN if given is None else parse_length(given)
        self.size: Final = UNKNOWN if isinstance(size, Refusal) else size

    def length(self) -> int:
        return self.size

    async def read(self) -> bytes:
        while True:
            try:
                piece = await self.content.__anext__()
            except StopAsyncIteration:
                return b""
            if piece:
                return piece

    async def close(self) -> None:
        """A generator's `finally` runs now, not when it is collected."""
        close = getattr(self.content, "aclose", None)
        if close is not None:
            await close()
