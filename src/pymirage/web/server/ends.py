# pymirage: hot
"""Who talks to whom over a transport; found out when somebody asks."""

import asyncio
from typing import Any, Final, final

from pymirage.device.endpoint import Endpoint
from pymirage.web.message import Connection


@final
class Ends(Connection):
    """Both ends of a transport, and the end of the present request."""

    def __init__(self, transport: Any) -> None:
        self.transport: Final = transport
        self._peer: Endpoint | None = None
        self._local: Endpoint | None = None
        self._lost = False
        self._waiting: Any = None

    def peer(self) -> Endpoint | None:
        if self._peer is None:
            self._peer = endpoint(self.transport.get_extra_info("peername"))
        return self._peer

    def local(self) -> Endpoint | None:
        if self._local is None:
            self._local = endpoint(self.transport.get_extra_info("sockname"))
        return self._local

    async def wait_closed(self) -> None:
        if self._lost:
            return
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_future()
        # The future is shared: who is cancelled takes it from nobody else.
        await asyncio.shield(self._waiting)

    def lost(self) -> None:
        """The client has gone."""
        self._lost = True
        self.closed()

    def closed(self) -> None:
        """The present request is over."""
        if self._waiting is not None:
            if not self._waiting.done():
                self._waiting.set_result(None)
            self._waiting = None


def endpoint(name: Any) -> Endpoint | None:
    """Of a socket address; there are none on sockets of the Unix domain."""
    if not isinstance(name, tuple) or len(name) < 2:
        return None
    return Endpoint(str(name[0]).partition("%")[0], int(name[1]))
