"""A client of sockets: HTTP by our own core, WebSocket by wsproto."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate

from pymirage.protocol.http.client import ClientConnection
from pymirage.protocol.http.events import Data, End, ResponseHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.limits import Limits


class Peer:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.http = ClientConnection(Limits())
        self.websocket = WSConnection(ConnectionType.CLIENT)

    @classmethod
    async def connect(cls, host: str, port: int) -> Peer:
        return cls(*await asyncio.open_connection(host, port))

    def close(self) -> None:
        self.writer.close()

    async def request(
        self, method: str, target: str, body: bytes = b"", fields: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body."""
        sent = Fields.of(("host", "a"), *(fields or {}).items())
        self.writer.write(self.http.request(method, target, sent, body))
        status, content = 0, b""
        while True:
            event = self.http.next_event()
            if event is None:
                self.http.receive(await self.reader.read(65536))
            elif isinstance(event, ResponseHead):
                status = event.status
            elif isinstance(event, Data):
                content += event.data
            else:
                assert isinstance(event, End), event
                return status, content

    # -- WebSocket --

    async def open_websocket(
        self, target: str, *, deflate: bool = False, subprotocols: Sequence[str] = ()
    ) -> AcceptConnection | int:
        """What was accepted, or the status of the refusal."""
        extensions = [PerMessageDeflate()] if deflate else []
        self.say_event(Request("a", target, extensions=extensions, subprotocols=list(subprotocols)))
        event = await self.event()
        while isinstance(event, RejectData):
            event = await self.event()
        if isinstance(event, RejectConnection):
            return event.status_code
        assert isinstance(event, AcceptConnection)
        return event

    def say_event(self, event: Event) -> None:
        self.writer.write(self.websocket.send(event))

    async def event(self) -> Event:
        while True:
            for event in self.websocket.events():
                return event
            data = await self.reader.read(65536)
            self.websocket.receive_data(data or None)

    async def echoed(self, message: str | bytes) -> str | bytes:
        """What comes back."""
        self.say_event(TextMessage(message) if isinstance(message, str) else BytesMessage(message))
        parts: list[str | bytes] = []
        while True:
            event = await self.event()
            assert isinstance(event, TextMessage | BytesMessage), event
            parts.append(event.data if isinstance(event.data, str) else bytes(event.data))
            if event.message_finished:
                kind = b"" if isinstance(event, BytesMessage) else ""
                return kind.join(parts)  # type: ignore[arg-type]

    async def ping(self) -> None:
        self.say_event(Ping(b"x"))
        event = await self.event()
        assert isinstance(event, Pong) and event.payload == b"x"

    async def say(self, message: str | bytes) -> tuple[int, str]:
        """To which the other side answers by closing: why."""
        self.say_event(TextMessage(message) if isinstance(message, str) else BytesMessage(message))
        return await self.closed()

    async def say_raw(self, data: bytes) -> tuple[int, str]:
        self.writer.write(data)
        return await self.closed()

    async def closed(self) -> tuple[int, str]:
        """Why the other side closes; the answer is sent where it may be."""
        event = await self.event()
        assert isinstance(event, CloseConnection), event
        if self.websocket.state is ConnectionState.REMOTE_CLOSING:
            self.say_event(event.response())
        return event.code, event.reason or ""
