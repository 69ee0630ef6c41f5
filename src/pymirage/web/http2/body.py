"""The body of a request as it arrives: what lies unread is bounded by the windows (RFC 9113 §5.2)."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from pymirage.error import PeerError
from pymirage.protocol.http.fields import Fields
from pymirage.sched.stream_flow import JOINED, SMALL
from pymirage.web.message import Incoming

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class BodyTooLarge(PeerError):
    """More octets than a request may have here."""


class Body(Incoming):
    """`taken` is called with what was read, padding included: it opens the windows again."""

    def __init__(self, most: int, taken: Callable[[int], Awaitable[None]]) -> None:
        self._most = most
        self._taken = taken
        self._pieces: deque[tuple[bytes, int]] = deque()
        self._size = 0
        self._error: PeerError | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._trailers = Fields()
        self.ended = False

    # -- the connection's side --

    def arrive(self, data: bytes, controlled: int) -> None:
        self._size += len(data)
        if self._size > self._most:
            self.fail(BodyTooLarge(f"a body of more than {self._most} octets"))
        self._keep(data, controlled)
        self._wake()

    def _keep(self, data: bytes, controlled: int) -> None:
        """Frames of an octet each must not become as many objects."""
        if self._pieces and len(data) < SMALL and len(self._pieces[-1][0]) + len(data) <= JOINED:
            before, owed = self._pieces[-1]
            self._pieces[-1] = before + data, owed + controlled
        else:
            self._pieces.append((data, controlled))

    def end(self) -> None:
        self.ended = True
        self._wake()

    def trailing(self, fields: Fields) -> None:
        self._trailers = fields

    def fail(self, error: PeerError) -> None:
        if self._error is None and not self.ended:
            self._error = error
            self._wake()

    def unread(self) -> int:
        """Octets of the window that nobody has given back."""
        left = sum(controlled for _, controlled in self._pieces)
        self._pieces.clear()
        return left

    # -- Incoming --

    async def read(self) -> bytes:
        while True:
            if self._error is not None:
                raise self._error
            while self._pieces:
                data, controlled = self._pieces.popleft()
                if controlled:
                    await self._taken(controlled)
                if data:
                    return data
            if self.ended:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None

    def trailers(self) -> Fields:
        return self._trailers

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
