"""What a server allows its clients; the network is hostile, so everything has a bound."""

from __future__ import annotations

from pymirage.protocol.http.limits import Limits


class Settings:
    """Times in seconds, to the second; 0 for none.

    limits: of messages. connections: at once; beyond, one that is idle is closed for the new one, or the new
    one gets 503. idle: between two requests. head: from a request's first octet, or the connection's, to the
    end of its fields (408). body, send: the time within which a peer must send of a body, or take of a
    response, at least `rate` octets a second (408, or the connection is cut). linger: how long a client that
    was told off is heard out, so that it reads why. drain: octets of a body nobody wants that are read so
    that the connection can go on. grace: for what runs when the server closes. pipelined: requests of one
    connection that are answered in one go.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        connections: int = 1000,
        idle: int = 60,
        head: int = 15,
        body: int = 20,
        send: int = 30,
        rate: int = 100,
        linger: int = 2,
        drain: int = 256 * 1024,
        grace: float = 10.0,
        pipelined: int = 64,
    ) -> None:
        self.limits = limits or Limits()
        self.connections = connections
        self.idle = idle
        self.head = head
        self.body = body
        self.send = send
        self.rate = rate
        self.linger = linger
        self.drain = drain
        self.grace = grace
        self.pipelined = pipelined
