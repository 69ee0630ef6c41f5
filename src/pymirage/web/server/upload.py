# pymirage: hot
"""The body of a request while it arrives."""

import asyncio
from typing import TYPE_CHECKING, Any, Final, final

from mypy_extensions import i64

from pymirage.error import PeerError
from pymirage.protocol.http.events import NO_FIELDS
from pymirage.protocol.http.fields import Fields
from pymirage.web.message import Incoming

if TYPE_CHECKING:
    from pymirage.web.server.conversation import Conversation

SMALL: Final = 512
"""Pieces below this are joined up to JOINED: what counts as few octets must not be many objects."""
JOINED: Final = 4096


@final
class Upload(Incoming):
    """Pieces that nobody has read yet; the conversation stops reading when they become many."""

    def __init__(self, conversation: "Conversation") -> None:
        self.conversation: Final = conversation
        self.pieces: list[bytes] = []
        self.size: i64 = 0
        self.ended = False
        self.error = ""
        self.last: Fields = NO_FIELDS
        self._waiting: Any = None

    async def read(self) -> bytes:
        if not self.pieces and not self.ended and not self.error:
            self.conversation.wants_body()
        while not self.pieces:
            if self.error:
                raise PeerError(self.error)
            if self.ended:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        data = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        self.pieces.clear()
        self.size = 0
        self.conversation.settle()
        return data

    def trailers(self) -> Fields:
        return self.last

    # -- the conversation's --

    def put(self, data: bytes) -> None:
        last = len(self.pieces) - 1
        if last >= 0 and len(data) < SMALL and len(self.pieces[last]) + len(data) <= JOINED:
            self.pieces[last] += data
        else:
            self.pieces.append(data)
        self.size += len(data)
        self._wake()

    def end(self, trailers: Fields) -> None:
        self.ended = True
        self.last = trailers
        self._wake()

    def fail(self, error: str) -> None:
        """What comes after what is there already."""
        if not self.ended:
            self.error = error
            self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
