"""Conversations with a connection, written as they happen.

peer = Server()
peer.hears(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
peer.expect("GET /", "end")
peer.says(200, b"hello", b"HTTP/1.1 200 OK\\r\\n…")
"""

from __future__ import annotations

from pymirage.protocol.http.client import ClientConnection
from pymirage.protocol.http.events import Closed, Data, End, Interim, RequestHead, ResponseHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.server import ServerConnection


def shown(event: object) -> str:
    """An event in a word or two."""
    match event:
        case RequestHead():
            return f"{event.method} {event.target}"
        case ResponseHead():
            return f"{event.status}"
        case Interim():
            return f"interim {event.status}"
        case Data():
            return f"data {event.data.decode('latin-1')}"
        case End():
            return "end" + "".join(f" {name}={value}" for name, value in event.trailers.items())
        case Closed():
            return "closed"
        case Refusal():
            return event.name
    raise AssertionError(event)


class Talk:
    """What both roles have."""

    connection: ServerConnection | ClientConnection

    def hears(self, data: bytes) -> None:
        self.connection.receive(data)

    def expect(self, *wanted: str) -> None:
        """Exactly these events, and nothing after them."""
        found = []
        while (event := self.connection.next_event()) is not None:
            found.append(shown(event))
        assert tuple(found) == wanted


class Server(Talk):
    def __init__(self, limits: Limits | None = None) -> None:
        self.connection: ServerConnection = ServerConnection(limits or Limits())

    def says(self, status: int, body: bytes, wanted: bytes, *fields: tuple[str, str]) -> None:
        assert self.connection.respond(status, Fields.of(*fields), body) == wanted


class Client(Talk):
    def __init__(self, limits: Limits | None = None) -> None:
        self.connection: ClientConnection = ClientConnection(limits or Limits())

    def asks(self, method: str = "GET", target: str = "/", body: bytes = b"") -> bytes:
        return self.connection.request(method, target, Fields.of(("host", "a")), body)


def answered(data: bytes, limits: Limits | None = None) -> list[str]:
    """What a server understands of a request, whole."""
    peer = ServerConnection(limits or Limits())
    peer.receive(data)
    found = []
    while (event := peer.next_event()) is not None:
        found.append(shown(event))
    return found
