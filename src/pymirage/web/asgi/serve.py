"""The whole life of an ASGI application as a program."""

from __future__ import annotations

import asyncio

from pymirage.web.asgi.application import Application
from pymirage.web.asgi.lifespan import Lifespan
from pymirage.web.server.server import Server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.tcp import Tcp
    from pymirage.web.asgi.types import App
    from pymirage.web.server.access import AccessLog
    from pymirage.web.server.settings import Settings


async def serve(
    app: App,
    tcp: Tcp,
    port: int,
    *,
    address: str = "",
    root_path: str = "",
    settings: Settings | None = None,
    access: AccessLog | None = None,
    until: asyncio.Event | None = None,
) -> None:
    """Start the application and serve it; end both in good order when `until` is set or we are cancelled.

    Raises UsageError when the application cannot start, AddressInUse when the port is taken.
    """
    handler = Application(app, root_path=root_path)
    lifespan = Lifespan(app, handler.state)
    await lifespan.start()
    server = Server(handler, settings, access=access)
    try:
        await server.listen(tcp, port, address=address)
        await (until or asyncio.Event()).wait()
    finally:
        await server.close()
        await lifespan.end()
