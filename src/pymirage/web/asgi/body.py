"""A response's body that an application produces: one piece ahead of what the client takes, no more."""

from __future__ import annotations

import asyncio

from pymirage.protocol.http.framing import parse_length
from pymirage.protocol.http.refusal import Refusal
from pymirage.web.asgi.scope import fields_of
from pymirage.web.message import UNKNOWN, Outgoing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.web.asgi.types import Message


class Produced(Outgoing):
    """`put` returns when the piece was taken. gone: set when nobody takes any more."""

    def __init__(self, gone: asyncio.Event, start: Message) -> None:
        self.fields = fields_of(start.get("headers", ()))
        given = self.fields.find(b"content-length")
        size = UNKNOWN if given is None else parse_length(given)
        self._length = UNKNOWN if isinstance(size, Refusal) else size
        self._gone = gone
        self._pieces: list[bytes] = []
        self._ended = False
        self._error: Exception | None = None
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()

    def length(self) -> int:
        return self._length

    async def read(self) -> bytes:
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._arrived.clear()
            await self._arrived.wait()
        pieces, self._pieces = self._pieces, []
        self._taken.set()
        return b"".join(pieces)

    async def close(self) -> None:
        self._gone.set()
        self._taken.set()

    # -- the application's side --

    async def put(self, data: bytes, more: bool) -> None:
        if data:
            self._pieces.append(data)
        self._ended = not more
        self._arrived.set()
        if more and data:
            self._taken.clear()
            await self._taken.wait()

    def fail(self, error: Exception) -> None:
        self._error = error
        self._arrived.set()
