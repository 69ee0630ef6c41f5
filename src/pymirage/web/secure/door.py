"""HTTPS and HTTP/2: `device("pymirage.web.secure.door:SecureDoor", tls.server(…))` in config.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymirage.device.tcp import Tcp
from pymirage.web import http2
from pymirage.web.door import Door
from pymirage.web.secure.redirect import ToHttps
from pymirage.web.secure.server import SecureServer
from pymirage.web.secure.transport_security import StrictTransportSecurity
from pymirage.web.server import Server

if TYPE_CHECKING:
    from pymirage.web.message import Handler


class SecureDoor(Door):
    """tls: what to listen on, which offers `h2`."""

    scheme = "https"

    def __init__(self, tls: Tcp) -> None:
        self._tls = tls

    def around(self, handler: Handler) -> Handler:
        """With the promise to stay (HSTS)."""
        return StrictTransportSecurity(handler)

    async def open(
        self, server: Server, handler: Handler, tcp: Tcp, port: int, *, redirect: int | None = None
    ) -> None:
        await SecureServer(server, handler, http2=http2.serve).listen(self._tls, port)
        if redirect is not None:
            await Server(ToHttps(port)).listen(tcp, redirect)
