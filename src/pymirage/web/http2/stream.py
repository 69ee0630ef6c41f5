"""One request and its response (RFC 9113 §5.1, §8.1)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, final

from h2.errors import ErrorCodes

from pymirage.error import PeerError
from pymirage.web.http2.body import Body, BodyTooLarge
from pymirage.web.http2.response import has_body, head
from pymirage.web.message import Outgoing, Response, Takeover, text

if TYPE_CHECKING:
    from pymirage.web.http2.connection import Connection
    from pymirage.web.message import Request

PIECE = 16384
"""DATA frames of this size leave room for other streams between them."""

log = logging.getLogger(__name__)


class Gone(PeerError):
    """The client wants this answer no more."""


@final
class Stream:
    def __init__(self, connection: Connection, number: int, body: Body) -> None:
        self.connection = connection
        self.number = number
        self.body = body
        self.task: asyncio.Task[None] | None = None
        self.reset = False
        self._sent = 0
        """Octets of the response's body."""
        self._room: asyncio.Future[None] | None = None

    # -- what the client does --

    def window_opened(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def was_reset(self) -> None:
        """By the client, or by h2 for what the client did."""
        self.reset = True
        self.body.fail(Gone("the client has reset the stream"))
        self.window_opened()
        if self.task is not None:
            self.task.cancel()

    # -- answering --

    def begin(self, request: Request) -> bool:
        """True when the answer was complete at once, without a task."""
        try:
            answer = self.connection.handler.respond(request)
        except Exception:
            answer = self._failed(request)
        if isinstance(answer, Response) and self._fits(answer, request):
            self._send_now(answer, request)
            return True
        self.connection.service.counters.requests_active += 1
        self.task = asyncio.get_running_loop().create_task(self._run(request, answer))
        # Not at the task's own end: one that is cancelled before its first step has none.
        self.task.add_done_callback(lambda _: self._done(answer))
        return False

    def _fits(self, response: Response, request: Request) -> bool:
        body = response.body
        if not isinstance(body, bytes) or not self.body.ended:
            return False
        sends = has_body(response, request.method)
        return not sends or len(body) <= min(PIECE, self.connection.window(self.number))

    def _send_now(self, response: Response, request: Request) -> None:
        sends = has_body(response, request.method)
        core = self.connection.core
        core.send_headers(self.number, head(response, request.method), end_stream=not sends)
        if sends and isinstance(response.body, bytes):
            core.send_data(self.number, response.body, end_stream=True)
            self._sent = len(response.body)
        self.connection.answered(request, response.status, self._sent)
        self.connection.finished(self)

    async def _run(self, request: Request, answer: Response | Awaitable[Response]) -> None:
        """In a task of its own."""
        response: Response | None = None
        begun = False
        try:
            try:
                response = answer if isinstance(answer, Response) else await answer
            except BodyTooLarge:
                response = text("content too large\n", 413)
            begun = True
            await self._send_whole(request, response)
        except (Gone, asyncio.CancelledError):
            if not self.reset:
                raise
        except PeerError as error:
            log.debug("stream %d: %s", self.number, error)
            await self.connection.reset(self, ErrorCodes.CANCEL)
        except Exception:
            apology = self._failed(request)
            if begun:
                await self.connection.reset(self, ErrorCodes.INTERNAL_ERROR)
            else:
                await self._send_whole(request, apology)
        finally:
            if response is not None and isinstance(response.body, Outgoing):
                await response.body.close()

    def _failed(self, request: Request) -> Response:
        """The handler raised: what is said of it."""
        log.exception("%r failed", request)
        self.connection.service.counters.failures += 1
        return text("internal server error\n", 500)

    def _done(self, answer: object) -> None:
        self.connection.service.counters.requests_active -= 1
        if asyncio.iscoroutine(answer):
            answer.close()
        self.connection.finished(self)

    async def _send_whole(self, request: Request, response: Response) -> None:
        sends = has_body(response, request.method)
        await self.connection.send_head(self, head(response, request.method), end=not sends)
        if sends:
            await self._send_body(response)
        if not self.reset:
            self.connection.answered(request, response.status, self._sent)
        await self._leave_the_rest()

    async def _send_body(self, response: Response) -> None:
        body = response.body
        if isinstance(body, bytes):
            await self._send(body)
        elif isinstance(body, Outgoing):
            left = body.length()
            while piece := await body.read():
                left -= len(piece)
                await self._send(piece)
            if body.length() >= 0 and left:
                raise RuntimeError(f"a body of {body.length()} octets had {body.length() - left}")
        elif isinstance(body, Takeover):
            raise TypeError("HTTP/2 has no other protocol on the same connection")
        else:
            async for piece in body:
                await self._send(piece)
        await self.connection.send_data(self, b"", end=True)

    async def _send(self, data: bytes) -> None:
        """As the windows allow."""
        at = 0
        while at < len(data):
            size = min(len(data) - at, PIECE, self.connection.window(self.number))
            if size <= 0:
                await self._wait_for_room()
                continue
            await self.connection.send_data(self, data[at : at + size], end=False)
            at += size
            self._sent += size

    async def _wait_for_room(self) -> None:
        self._room = asyncio.get_running_loop().create_future()
        try:
            await self._room
        finally:
            self._room = None
        if self.reset:
            raise Gone("the client has reset the stream")

    async def _leave_the_rest(self) -> None:
        """The answer is complete: the rest of the request is not wanted (§8.1)."""
        if not self.body.ended:
            await self.connection.reset(self, ErrorCodes.NO_ERROR)
