"""What came by a WebSocket and the application has not taken yet."""

from __future__ import annotations

import asyncio
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.web.asgi.types import Message

MOST_MESSAGES = 16
MOST_OCTETS = 1 << 20
"""Beyond either the client is held back. (One message alone may be as long as messages may be.)"""


class Inbox:
    """One task puts, one gets."""

    def __init__(self) -> None:
        self._messages: deque[tuple[Message, int]] = deque()
        self._size = 0
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._closed = False

    async def put(self, message: Message, size: int) -> None:
        """Once there is room; for an application that has ended it is thrown away."""
        while self._full(size):
            self._taken.clear()
            await self._taken.wait()
        self.put_last(message, size)

    def put_last(self, message: Message, size: int = 0) -> None:
        """Behind what is there, room or not."""
        if not self._closed:
            self._messages.append((message, size))
            self._size += size
            self._arrived.set()

    async def get(self) -> Message:
        while not self._messages:
            self._arrived.clear()
            await self._arrived.wait()
        message, size = self._messages.popleft()
        self._size -= size
        self._taken.set()
        return message

    def close(self) -> None:
        """Nobody gets any more."""
        self._closed = True
        self._messages.clear()
        self._taken.set()

    def _full(self, size: int) -> bool:
        if self._closed or not self._messages:
            return False
        return len(self._messages) >= MOST_MESSAGES or self._size + size > MOST_OCTETS
