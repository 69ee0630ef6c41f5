"""WebSocket (RFC 6455) for ASGI applications: frames by wsproto, messages as ASGI has them."""

from __future__ import annotations

import asyncio
import io
import logging

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token

from pymirage.device.error import Closed
from pymirage.error import PeerError
from pymirage.protocol.http.fields import Fields
from pymirage.web.asgi.inbox import Inbox
from pymirage.web.asgi.scope import fields_of
from pymirage.web.message import Response, Takeover, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.flow import Flow
    from pymirage.web.asgi.types import App, Message, Scope
    from pymirage.web.message import Request

LONGEST_MESSAGE = 1 << 20
"""Octets; a longer one ends the connection with 1009 (RFC 6455 §7.4.1)."""
LONGEST_DENIAL = 1 << 20
INFLATED = 1024
"""Compressed octets that are read at once: none becomes more than about a thousand."""
PATIENCE = 10.0
"""Seconds that an application has to end when its client has gone, and a client to answer our goodbye."""
NORMAL, GOING_AWAY, ABNORMAL, TOO_BIG, FAILED = 1000, 1001, 1006, 1009, 1011

log = logging.getLogger(__name__)


async def open_websocket(app: App, request: Request, scope: Scope) -> Response:
    """The handshake (RFC 6455 §4.2), and what the application decides."""
    key = request.fields.get("sec-websocket-key")
    if request.method != "GET" or not key:
        return text("this is no WebSocket handshake\n", 400)
    if request.fields.get("sec-websocket-version") != "13":
        return Response(426, Fields.of(("sec-websocket-version", "13"), ("upgrade", "websocket")))
    scope["extensions"]["websocket.http.response"] = {}
    session = Session(key, request.fields.get("sec-websocket-extensions"))
    session.task = asyncio.get_running_loop().create_task(session.run(app, scope))
    try:
        return await session.decision
    except asyncio.CancelledError:
        session.leave(ABNORMAL)
        raise


class Session(Takeover):
    """One WebSocket: what the application receives and sends, and the flow once it was accepted."""

    def __init__(self, key: str, offered: str) -> None:
        self.decision: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._key = key
        self._offered = offered
        self._incoming = Inbox()
        self._incoming.put_last({"type": "websocket.connect"})
        self._connection: Connection | None = None
        self._flow: Flow | None = None
        self._open = asyncio.Event()
        self._writing = asyncio.Lock()
        self._deflate: PerMessageDeflate | None = None
        self._left = False
        self._until: asyncio.Timeout | None = None
        """Until when the client is heard: for ever, before the end has begun."""
        # A message as its frames come, which may be as many as it has octets, and more.
        self._text = io.StringIO()
        self._octets = bytearray()
        self._size = 0
        self._denial: Message | None = None
        self._denied = b""

    # -- the application --

    async def run(self, app: App, scope: Scope) -> None:
        """The application, to its end, which ends the connection too."""
        code = NORMAL
        try:
            await app(scope, self.receive, self.send)
        except PeerError:
            log.debug("the WebSocket of %s broke", scope["path"])
        except Exception as error:
            code = FAILED
            if self.decision.done():
                log.exception("the ASGI application failed on the WebSocket %s", scope["path"])
            else:
                self.decision.set_exception(error)
        self._incoming.close()
        if not self.decision.done():
            self.decision.set_result(Response(403))
        await self._say_goodbye(code)

    async def receive(self) -> Message:
        return await self._incoming.get()

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.close" and not self.decision.done():
            self.decision.set_result(Response(403))
        elif kind.startswith("websocket.http.response."):
            self._deny(message)
        elif kind == "websocket.close":
            await self._say_goodbye(message.get("code") or NORMAL, message.get("reason") or "")
        elif kind == "websocket.send":
            await self._send(message)
        else:
            raise RuntimeError(f"an ASGI message of type {kind!r} cannot be sent on a WebSocket")

    def _accept(self, message: Message) -> None:
        if self.decision.done():
            raise RuntimeError("this WebSocket was accepted or closed already")
        fields = fields_of(message.get("headers") or ())
        fields.set("upgrade", "websocket")
        fields.set("sec-websocket-accept", generate_accept_token(self._key.encode("latin-1")).decode("ascii"))
        if message.get("subprotocol"):
            fields.set("sec-websocket-protocol", message["subprotocol"])
        self._deflate, answer = negotiate(self._offered)
        if self._deflate is not None:
            fields.set("sec-websocket-extensions", answer)
        extensions = [] if self._deflate is None else [self._deflate]
        self._connection = Connection(ConnectionType.SERVER, extensions)  # type: ignore[arg-type]
        self.decision.set_result(Response(101, fields, self))

    def _deny(self, message: Message) -> None:
        """A response of the application's own instead of a WebSocket (ASGI's extension of that name)."""
        if self.decision.done():
            raise RuntimeError("this WebSocket was accepted or closed already")
        if message["type"].endswith(".start"):
            self._denial = message
            return
        if self._denial is None:
            raise RuntimeError("websocket.http.response.body was sent before websocket.http.response.start")
        self._denied += message.get("body", b"")
        if len(self._denied) > LONGEST_DENIAL:
            raise RuntimeError("the response that denies a WebSocket is too long")
        if not message.get("more_body", False):
            fields = fields_of(self._denial.get("headers") or ())
            self.decision.set_result(Response(self._denial["status"], fields, self._denied))

    async def _send(self, message: Message) -> None:
        connection = self._connection
        if connection is None:
            raise RuntimeError("websocket.send was sent before websocket.accept")
        await self._open.wait()
        if self._left or connection.state is not ConnectionState.OPEN:
            raise PeerError("the WebSocket is closed")
        octets, characters = message.get("bytes"), message.get("text")
        await self._write(
            connection.send(
                BytesMessage(data=octets) if octets is not None else TextMessage(data=characters or "")
            )
        )

    # -- the connection --

    async def converse(self, flow: Flow) -> None:
        connection = self._connection
        assert connection is not None and self.task is not None
        self._flow = flow
        self._open.set()
        try:
            async with asyncio.timeout(None) as self._until:
                code = await self._listen(flow, connection)
        except (PeerError, Closed, TimeoutError):
            code = ABNORMAL
        finally:
            self._until = None
        self.leave(code)
        done, _ = await asyncio.wait((self.task,), timeout=PATIENCE)
        if not done:
            self.task.cancel()

    def stop(self) -> None:
        """Say that the server goes away; the client's answer ends the connection."""
        self._stopping = asyncio.get_running_loop().create_task(self._say_goodbye(GOING_AWAY))

    def leave(self, code: int) -> None:
        """Nothing more comes from the client. The application hears so last, even when it is behind."""
        if not self._left:
            self._left = True
            self._open.set()
            self._incoming.put_last({"type": "websocket.disconnect", "code": code, "reason": ""})

    async def _listen(self, flow: Flow, connection: Connection) -> int:
        """Frames, until either side closes; the code that the application is told."""
        while data := await flow.read():
            step = len(data) if self._deflate is None else INFLATED
            for at in range(0, len(data), step):
                try:
                    connection.receive_data(data[at : at + step])
                    code = await self._handle(connection)
                except RemoteProtocolError as error:
                    if error.event_hint is not None:
                        await self._write(connection.send(error.event_hint))
                    return ABNORMAL
                if code:
                    return code
        return ABNORMAL

    async def _handle(self, connection: Connection) -> int:
        """What came; a code when it is over."""
        for event in connection.events():
            if isinstance(event, Ping):
                await self._write(connection.send(event.response()))
            elif isinstance(event, TextMessage | BytesMessage):
                self._size += len(event.data)
                if self._size > LONGEST_MESSAGE:
                    await self._say_goodbye(TOO_BIG, "message too big")
                    return TOO_BIG
                if isinstance(event.data, str):
                    self._text.write(event.data)
                else:
                    self._octets += event.data
                if event.message_finished:
                    size, message = self._size, self._whole(isinstance(event, TextMessage))
                    await self._incoming.put(message, size)
            elif isinstance(event, CloseConnection):
                if connection.state is ConnectionState.REMOTE_CLOSING:
                    await self._write(connection.send(event.response()))
                else:
                    # wsproto's word for a frame that breaks the protocol.
                    await self._say_goodbye(int(event.code), event.reason or "")
                return int(event.code) or NORMAL
        return 0

    def _whole(self, is_text: bool) -> Message:
        """The message, of all its frames."""
        self._size = 0
        if is_text:
            whole, self._text = self._text.getvalue(), io.StringIO()
            return {"type": "websocket.receive", "text": whole}
        octets, self._octets = bytes(self._octets), bytearray()
        return {"type": "websocket.receive", "bytes": octets}

    async def _say_goodbye(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake, unless it has begun."""
        connection = self._connection
        if connection is None:
            return
        await self._open.wait()
        if not self._left and connection.state is ConnectionState.OPEN:
            try:
                await self._write(connection.send(CloseConnection(code=code, reason=reason)))
                self._hurry()
            except (PeerError, Closed, LocalProtocolError):
                log.debug("the client did not wait for the end of its WebSocket")

    def _hurry(self) -> None:
        """The client has so long to answer our goodbye (§7.1.1)."""
        until = self._until
        if until is not None and not until.expired():
            until.reschedule(asyncio.get_running_loop().time() + PATIENCE)

    async def _write(self, data: bytes) -> None:
        """The application and answers to pings: one at a time, in the order in which frames were made."""
        assert self._flow is not None
        async with self._writing:
            await self._flow.write(data)


def negotiate(offered: str) -> tuple[PerMessageDeflate | None, str]:
    """permessage-deflate (RFC 7692), when it is offered, and what is answered to the offer."""
    for offer in offered.split(","):
        if offer.strip().partition(";")[0].strip() == PerMessageDeflate.name:
            deflate = PerMessageDeflate()
            accepted = deflate.accept(offer.strip())
            if accepted:
                parameters = "" if accepted is True else f"; {accepted}"
                return deflate, PerMessageDeflate.name + parameters
    return None, ""
