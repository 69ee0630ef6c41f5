"""An ASGI application as a handler (ASGI 3.0, HTTP and WebSocket message format 2.3).

The application runs in a task of its own for each request. What it sends as one piece becomes a whole
response, which leaves in one write; a longer one is fetched from it as fast as the client takes it.
"""

from __future__ import annotations

import asyncio
import logging

from pymirage.web.asgi.body import Produced
from pymirage.web.asgi.scope import fields_of, http_scope, websocket_scope
from pymirage.web.message import Handler, Response, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any

    from pymirage.web.asgi.types import App, State
    from pymirage.web.message import Request

log = logging.getLogger(__name__)


class Application(Handler):
    """root_path: what the application is mounted under. state: what its lifespan left, given to requests."""

    def __init__(self, app: App, *, root_path: str = "") -> None:
        self.app = app
        self.root_path = root_path
        self.state: State = {}

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        if "websocket" in request.upgrade.lower():
            return self._websocket(request)
        return self._http(request)

    async def _http(self, request: Request) -> Response:
        exchange = Exchange(request)
        scope = http_scope(request, self.root_path, self.state)
        exchange.task = asyncio.get_running_loop().create_task(exchange.run(self.app, scope))
        try:
            return await exchange.response
        except asyncio.CancelledError:
            # The client has gone: the application is told, and may tidy up.
            exchange.gone.set()
            raise

    async def _websocket(self, request: Request) -> Response:
        try:
            from pymirage.web.asgi.websocket import open_websocket
        except ImportError:
            log.error("WebSocket connections need the package wsproto")
            return text("WebSocket is not supported here\n", 501)
        return await open_websocket(self.app, request, websocket_scope(request, self.root_path, self.state))


class Exchange:
    """One request and its response, as the application's `receive` and `send` see them."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.response: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()
        """The client has gone, or everything was sent."""
        self.task: asyncio.Task[None] | None = None
        self._body_ended = False
        self._start: dict[str, Any] | None = None
        self._produced: Produced | None = None
        self._complete = False

    async def run(self, app: App, scope: dict[str, Any]) -> None:
        """The application, to its end."""
        try:
            await app(scope, self.receive, self.send)
        except Exception as error:
            self._fail(error)
        except asyncio.CancelledError:
            self._fail(RuntimeError("the application was cancelled"))
            raise
        else:
            if not self._complete and not self.gone.is_set():
                self._fail(RuntimeError("the ASGI application returned without completing its response"))
        finally:
            self.gone.set()

    def _fail(self, error: Exception) -> None:
        """Before the response has begun it becomes a 500; after that it breaks off. The server logs it."""
        if not self.response.done():
            self.response.set_exception(error)
        elif self._produced is not None and not self._complete:
            self._produced.fail(error)
        else:
            # Frameworks answer with a 500 of their own, and raise then.
            log.error("the ASGI application failed on %s", self.request.target, exc_info=error)

    # -- what the application calls --

    async def receive(self) -> dict[str, Any]:
        if self._body_ended:
            await self._wait_gone()
            return {"type": "http.disconnect"}
        try:
            data = await self.request.body.read()
        except Exception:
            self.gone.set()
            return {"type": "http.disconnect"}
        self._body_ended = not data
        return {"type": "http.request", "body": data, "more_body": bool(data)}

    async def send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            if self._start is not None:
                raise RuntimeError("http.response.start was sent already")
            self._start = message
        elif kind == "http.response.body":
            await self._send_body(message.get("body", b""), bool(message.get("more_body", False)))
        else:
            raise RuntimeError(f"an ASGI message of type {kind!r} cannot be sent in an HTTP response")

    async def _send_body(self, data: bytes, more: bool) -> None:
        start = self._start
        if start is None:
            raise RuntimeError("http.response.body was sent before http.response.start")
        if self._complete:
            raise RuntimeError("the response is complete already")
        if self.gone.is_set():
            # ASGI: what is sent to a client that has gone is dropped without an error.
            return
        piece = data if isinstance(data, bytes) else bytes(data)
        self._complete = not more
        if self._produced is not None:
            await self._produced.put(piece, more)
        elif more:
            self._produced = Produced(self.gone, start)
            self._respond(Response(start["status"], self._produced.fields, self._produced))
            await self._produced.put(piece, more)
        else:
            self._respond(Response(start["status"], fields_of(start.get("headers", ())), piece))
            self.gone.set()

    def _respond(self, response: Response) -> None:
        if not self.response.done():
            self.response.set_result(response)

    async def _wait_gone(self) -> None:
        """Until the client has gone or its response is complete."""
        connection = self.request.connection
        if connection is None:
            await self.gone.wait()
            return
        loop = asyncio.get_running_loop()
        waits = [loop.create_task(self.gone.wait()), loop.create_task(connection.wait_closed())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        self.gone.set()
