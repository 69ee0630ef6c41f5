"""Two flows joined back to back, in memory."""

from __future__ import annotations

import asyncio
from collections import deque

from pymirage.device import Flow
from pymirage.device.error import Closed, ConnectionLost

CAPACITY = 65536


class _Pipe:
    """One direction: a bounded queue of bytes between one writer and one reader."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._changed: set[asyncio.Future[None]] = set()
        # The writer has shut down; the reader has.
        self.ended = False
        self.refused = False

    async def take(self) -> bytes:
        while not self._pieces and not self.ended and not self.refused:
            await self._change()
        if not self._pieces or self.refused:
            return b""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._notify()
        return data

    async def put(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            while self._size >= self._capacity and not self.refused:
                await self._change()
            if self.refused:
                raise ConnectionLost("the other end reads no more")
            piece = bytes(rest[: self._capacity - self._size])
            rest = rest[len(piece) :]
            self._pieces.append(piece)
            self._size += len(piece)
            self._notify()

    def end(self) -> None:
        self.ended = True
        self._notify()

    def refuse(self) -> None:
        self.refused = True
        self._pieces.clear()
        self._size = 0
        self._notify()

    async def _change(self) -> None:
        changed = asyncio.get_running_loop().create_future()
        self._changed.add(changed)
        try:
            await changed
        finally:
            self._changed.discard(changed)

    def _notify(self) -> None:
        for changed in self._changed:
            if not changed.done():
                changed.set_result(None)


class MemoryFlow(Flow):
    """One end of a pair. A writer waits while `capacity` bytes lie unread at the other end."""

    def __init__(self, incoming: _Pipe, outgoing: _Pipe) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._open = True

    async def read(self) -> bytes:
        self._check_open()
        return await self._incoming.take()

    async def write(self, data: bytes) -> None:
        self._check_open()
        if self._outgoing.ended:
            raise Closed("the sending side of this flow was shut down")
        if self._outgoing.refused:
            raise ConnectionLost("the other end reads no more")
        await self._outgoing.put(data)

    async def shutdown(self, *, read: bool = False, write: bool = False) -> None:
        self._check_open()
        if read:
            self._incoming.refuse()
        if write:
            self._outgoing.end()

    async def close(self) -> None:
        if self._open:
            self._open = False
            self._incoming.refuse()
            self._outgoing.end()

    def _check_open(self) -> None:
        if not self._open:
            raise Closed("this flow was closed")


def flow_pair(capacity: int = CAPACITY) -> tuple[MemoryFlow, MemoryFlow]:
    """Two ends: what is written to one is read from the other."""
    there, back = _Pipe(capacity), _Pipe(capacity)
    return MemoryFlow(back, there), MemoryFlow(there, back)
