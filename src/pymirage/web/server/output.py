# pymirage: hot
"""What goes to the client: collected, and written in as few pieces as can be.

A head and a small body must never leave as two segments: Nagle's algorithm would hold back the second until
the client's delayed acknowledgement, 40 ms later (RFC 9293 §3.7.4).
"""

import asyncio
from typing import Any, Final, final

from mypy_extensions import i64

from pymirage.web.server.counters import Counters

HIGH_WATER: Final = 64 * 1024
"""Octets that are written at once; more does not wait for the end of the turn."""
BATCH: Final = 16 * 1024
"""Of a stream's pieces, so many are collected before they are written: each slow client holds that much."""


@final
class Output:
    """Octets on their way to a transport, which may say that it is full."""

    def __init__(self, counters: Counters) -> None:
        self.counters: Final = counters
        self.transport: Any = None
        self.closed = False
        self.full = False
        """The transport takes nothing now."""
        self.size: i64 = 0
        """Octets collected."""
        self.written: i64 = 0
        """Octets given to the transport."""
        self.pieces: list[bytes] = []
        self._scheduled = False
        self._waiting: Any = None

    def add(self, data: bytes) -> None:
        """Collect; whoever adds flushes."""
        self.pieces.append(data)
        self.size += len(data)

    def queue(self, data: bytes) -> None:
        """Collect, and write it at the end of this turn of the loop with what else comes in it."""
        if not data:
            return
        self.add(data)
        if self.size >= BATCH:
            self.flush()
        elif not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Write what was collected."""
        self._scheduled = False
        pieces = self.pieces
        if not pieces:
            return
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.size = 0
        if self.closed:
            return
        self.written += len(data)
        self.counters.sent += len(data)
        self.transport.write(data)

    def taken(self) -> i64:
        """Octets that the transport has handed on."""
        waiting: i64 = self.transport.get_write_buffer_size()
        return self.written - waiting

    # -- back-pressure --

    def pause(self) -> None:
        self.full = True

    def resume(self) -> None:
        self.full = False
        self._wake()

    def close(self) -> None:
        """What is written from now on reaches nobody."""
        self.closed = True
        self.full = False
        self._wake()

    def awaited(self) -> bool:
        """Somebody waits until there is room."""
        return self._waiting is not None and not self._waiting.done()

    async def drain(self) -> None:
        """Until the transport takes more."""
        while self.full:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
