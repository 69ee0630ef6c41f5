"""A conversation on a transport that only remembers, and handlers made of functions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pymirage.web.message import Handler, Outgoing, Request, Response
from pymirage.web.server.access import AccessLog
from pymirage.web.server.conversation import Conversation
from pymirage.web.server.service import Service
from pymirage.web.server.settings import Settings

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
DATE = b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"


def ok(body: bytes, *lines: bytes) -> bytes:
    """A response with a body, and no fields of its own."""
    framing = [b"content-length: %d\r\n" % len(body)] if not lines else []
    return b"HTTP/1.1 200 OK\r\n" + DATE + b"".join([*framing, *lines]) + b"\r\n" + body


class Transport:
    """Remembers what was written, each write by itself."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.waiting = 0
        # Any: else a checker believes that what was asserted stays so.
        self.reading: Any = True
        self.ended: Any = False
        self.closed: Any = False
        self.aborted: Any = False
        self.protocol: Any = None

    def get_extra_info(self, name: str) -> object:
        return {"peername": ("192.0.2.1", 4711), "sockname": ("192.0.2.2", 80)}.get(name)

    def write(self, data: bytes) -> None:
        assert not self.closed and not self.ended
        self.writes.append(data)

    def take(self) -> bytes:
        """All that was written since the last time."""
        data = b"".join(self.writes)
        self.writes.clear()
        return data

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return bool(self.closed)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True
        self.waiting = 0

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol


class Function(Handler):
    def __init__(self, function: Callable[[Request], Response | Awaitable[Response]]) -> None:
        self._function = function

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        return self._function(request)


def hello(request: Request) -> Response:
    del request
    return Response(body=b"hello")


def path(request: Request) -> Response:
    return Response(body=request.target.encode())


def service(
    function: Callable[[Request], Response | Awaitable[Response]] = hello,
    settings: Settings | None = None,
    access: AccessLog | None = None,
) -> Service:
    return Service(Function(function), settings or Settings(), access, lambda: 0.0)


def connect(shared: Service) -> tuple[Conversation, Transport]:
    """A client of the service."""
    conversation, transport = Conversation(shared), Transport()
    conversation.connection_made(transport)
    return conversation, transport


async def turns(number: int = 5) -> None:
    """Let what is ready run."""
    for _ in range(number):
        await asyncio.sleep(0)


class Counted(Outgoing):
    """A body in pieces."""

    def __init__(self, *pieces: bytes, length: int = -1) -> None:
        self.pieces = list(pieces)
        self.given = 0
        self.closed = False
        self._length = length

    def length(self) -> int:
        return self._length

    async def read(self) -> bytes:
        self.given += 1
        return self.pieces.pop(0) if self.pieces else b""

    async def close(self) -> None:
        assert not self.closed
        self.closed = True


async def generated(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
