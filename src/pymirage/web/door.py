"""How connections come to a server: as they are, or through TLS. A configuration chooses, not the program.

The other door (`web.secure.door`) is not imported from here: an image without TLS holds nothing of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.tcp import Tcp
    from pymirage.web.message import Handler
    from pymirage.web.server import Server


class Door(ABC):
    """`scheme` is that of the site's addresses."""

    scheme = "http"

    def around(self, handler: Handler) -> Handler:
        """The handler for both the server and `open`, with what this door adds to answers."""
        return handler

    @abstractmethod
    async def open(
        self, server: Server, handler: Handler, tcp: Tcp, port: int, *, redirect: int | None = None
    ) -> None:
        """Take connections on `port`. redirect: another port, which leads here. Raises AddressInUse."""


class PlainDoor(Door):
    """HTTP, and nowhere to lead to."""

    async def open(
        self, server: Server, handler: Handler, tcp: Tcp, port: int, *, redirect: int | None = None
    ) -> None:
        del handler, redirect
        await server.listen(tcp, port)
