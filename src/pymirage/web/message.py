# pymirage: hot
"""What handlers take and give: a request, its body as it arrives, and a response.

A handler that knows its answer at once returns the Response; one that must wait returns an awaitable of it.
The first way costs no task, so whoever can answer from memory should.
"""

import abc
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Final, final

from mypy_extensions import mypyc_attr

from pymirage.protocol.http import percent
from pymirage.protocol.http.fields import Fields

if TYPE_CHECKING:
    from pymirage.device.endpoint import Endpoint
    from pymirage.device.flow import Flow

UNKNOWN: Final = -1
"""Length of a body that is known only at its end."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Incoming(ABC):
    """The body of a message that is being received. Read by one task at a time."""

    @abstractmethod
    async def read(self) -> bytes:
        """The next piece, as soon as there is one; b"" at the end, from then on.

        Raises PeerError when the peer breaks off, breaks the protocol or sends more than is allowed.
        """

    async def read_all(self) -> bytes:
        """Everything that is left; how much that may be is the server's (or client's) setting."""
        pieces: list[bytes] = []
        while True:
            piece = await self.read()
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)

    def trailers(self) -> Fields:
        """The fields after a chunked body, once it was read to its end (RFC 9112 §7.1.2)."""
        return Fields()


@final
class Nothing(Incoming):
    """No body."""

    async def read(self) -> bytes:
        return b""


@mypyc_attr(allow_interpreted_subclasses=True)
class Outgoing(ABC):
    """A body that is fetched while it is being sent: a value of a store, a file, parts of either.

    The server asks for the next piece when the peer has taken most of the last ones, so that memory stays
    bounded by a few pieces; 64 KiB is a good size for one.
    """

    @abstractmethod
    def length(self) -> int:
        """Octets in all, or UNKNOWN. Fewer pieces than promised break the connection."""

    @abstractmethod
    async def read(self) -> bytes:
        """The next piece; b"" at the end."""

    async def close(self) -> None:
        """Called once, read to the end or not. Nothing to do by default."""
        return


@mypyc_attr(allow_interpreted_subclasses=True)
class Connection(ABC):
    """What a request came over."""

    @abstractmethod
    def local(self) -> "Endpoint | None":
        """Our end, where there are such."""

    @abstractmethod
    async def wait_closed(self) -> None:
        """Returns when the client has gone, or the response to its request is complete."""


@final
class Request:
    """One request.

    target: in origin form; path: its part before `?`, still percent-encoded; query: what is behind. scheme:
    "http" or "https". version: 10 or 11 (20 over HTTP/2). peer, connection: who asks, and over what, where
    that is known. upgrade: protocols that the client would rather speak, "" without.
    """

    def __init__(
        self,
        method: str,
        target: str,
        fields: Fields,
        body: Incoming,
        peer: "Endpoint | None" = None,
        scheme: str = "http",
        version: int = 11,
        connection: Connection | None = None,
        upgrade: str = "",
    ) -> None:
        self.method: Final = method
        self.target: Final = target
        self.fields: Final = fields
        self.body: Final = body
        self.peer: Final = peer
        self.scheme: Final = scheme
        self.version: Final = version
        self.connection: Final = connection
        self.upgrade: Final = upgrade

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def decoded_path(self) -> str:
        """The path with %XX replaced. Octets that are no UTF-8 become U+FFFD, which names nothing."""
        return percent.decode(self.path).decode("utf-8", "replace")

    def __repr__(self) -> str:
        return f"<{self.method} {self.target}>"


@mypyc_attr(allow_interpreted_subclasses=True)
class Takeover(ABC):
    """Another protocol on the same connection: behind a 101, or a 2xx to CONNECT (RFC 9110 §7.8, §9.3.6)."""

    @abstractmethod
    async def converse(self, flow: "Flow") -> None:
        """Speak it. The flow, which begins behind the request, is closed afterwards."""

    def stop(self) -> None:
        """The server ends: come to an end soon. By default nothing happens until it loses patience."""
        return


Content = bytes | Outgoing | AsyncIterator[bytes] | Takeover


@final
class Response:
    """One final response (RFC 9110 §15).

    content-length, transfer-encoding, connection and date are the server's: it takes them from the body, and
    from what the request allows. The body of a response to HEAD is not sent, only its length. An async
    iterator is a body of unknown length, or of that in `content-length`; an Outgoing may know it. A Takeover
    is for a status that switches protocols.
    """

    def __init__(self, status: int = 200, fields: Fields | None = None, body: Content = b"") -> None:
        self.status: Final = status
        self.fields: Final = Fields() if fields is None else fields
        self.body: Final = body

    def __repr__(self) -> str:
        return f"<{self.status}>"


@mypyc_attr(allow_interpreted_subclasses=True)
class Handler(ABC):
    """Answers requests. What it raises becomes a 500 and a line in the log."""

    @abstractmethod
    def respond(self, request: Request) -> Response | Awaitable[Response]:
        """The response at once, or when it is there; requests of one connection are answered in order."""


def text(content: str, status: int = 200, media: str = "text/plain; charset=utf-8") -> Response:
    """A response with text."""
    return Response(status, Fields.of(("content-type", media)), content.encode())


def own_caches() -> None:
    """Give each its own cache of `isinstance`, as CPython's ABCs have.

    mypyc 2.4.1 leaves all the one that they inherit: what interpreted code found to be an instance of one
    would be one of all.
    """
    initialise: Callable[[type], None] = getattr(abc, "_abc_init")  # noqa: B009 (no checker knows it)
    for kind in (Incoming, Outgoing, Connection, Takeover, Handler):
        initialise(kind)


own_caches()
