"""What a client waits for, keeps and takes."""

from __future__ import annotations

from pymirage.protocol.http.limits import Limits

SECOND = 1.0
MEBIBYTE = 1 << 20
UNBOUNDED = 1 << 60


class Settings:
    """Times are seconds, None for ever. Read-only by convention."""

    def __init__(
        self,
        *,
        connect: float | None = 10 * SECOND,
        read: float | None = 30 * SECOND,
        total: float | None = None,
        content: int = 16 * MEBIBYTE,
        redirects: int = 10,
        connections: int = 64,
        per_host: int = 8,
        idle: float = 15 * SECOND,
        decode: bool = True,
        agent: str = "pymirage",
        proxy: str = "",
        limits: Limits | None = None,
    ) -> None:
        self.connect = connect
        """Until there is a connection, its proxy's and TLS's part included."""
        self.read = read
        """Until something arrives, or something that was sent is taken."""
        self.total = total
        """For a request with its redirects, until the content is read."""
        self.content = content
        """Octets that `read_all` takes, decompressed; `read` by itself has no end."""
        self.redirects = redirects
        """How many are followed; 0 gives them to the caller."""
        self.connections = connections
        """Connections at once, to all servers."""
        self.per_host = per_host
        """To one server; whoever wants another one waits."""
        self.idle = idle
        """For which a connection is kept that is not used. (Servers keep theirs about as long.)"""
        self.decode = decode
        """Ask for gzip, and decompress; needs zlib."""
        self.agent = agent
        """The field User-Agent, unless the request has one; "" for none."""
        self.proxy = proxy
        """`http://HOST:PORT` of a proxy for every request, or ""."""
        self.limits = Limits(body=UNBOUNDED) if limits is None else limits
        """Of the heads of responses, and the length of a body as it is sent."""
