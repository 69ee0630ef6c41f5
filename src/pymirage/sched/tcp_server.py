"""asyncio's server over our listeners."""

from __future__ import annotations

import asyncio
from asyncio import AbstractServer

from pymirage.net.tcp.handler import ListenHandler
from pymirage.net.tcp.listener import Listener
from pymirage.sched.tcp_transport import Events, TcpTransport, error_of, socket_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pymirage.net.tcp.connection import Connection
    from pymirage.net.tcp.handler import ConnectionHandler
    from pymirage.sched.stack import NetStack

ANY = {2: bytes(4), 10: bytes(16)}


class ListeningName:
    """What programs ask a listening socket for: where it listens."""

    def __init__(self, address: bytes, port: int) -> None:
        self._name = socket_name(address, port)
        self.family = 2 if len(address) == 4 else 10
        self.type = 1
        self.proto = 6

    def getsockname(self) -> tuple[Any, ...]:
        return self._name

    def fileno(self) -> int:
        """There is no file descriptor."""
        return -1


class Accept(ListenHandler):
    """Makes a transport and a protocol for each connection."""

    def __init__(self, server: StackServer) -> None:
        self.server = server

    def on_accept(self, connection: Connection) -> ConnectionHandler:
        return Events(self.server.accept(connection))


class StackServer(AbstractServer):
    """`places` are (address, port) to listen on; an empty address is any."""

    def __init__(
        self,
        stack: NetStack,
        places: list[tuple[bytes, int]],
        make_protocol: Callable[[], asyncio.BaseProtocol],
        backlog: int,
    ) -> None:
        self._stack = stack
        self._places = places
        self._make_protocol = make_protocol
        self._backlog = backlog
        self._listeners: list[Listener] = []
        self._transports: set[TcpTransport] = set()
        self._serving = False
        self._closed = False
        self._all_gone: list[asyncio.Future[None]] = []
        self._forever: asyncio.Future[None] | None = None

    @property
    def sockets(self) -> tuple[ListeningName, ...]:
        if self._closed:
            return ()
        return tuple(ListeningName(address or bytes(16), port) for address, port in self._places)

    def begin(self) -> None:
        """Listen. Raises OSError when a place is taken."""
        if self._serving:
            return
        for address, port in self._places:
            listener = self._stack.host.tcp.listen(port, Accept(self), address, self._backlog)
            if not isinstance(listener, Listener):
                self._stop()
                raise error_of(listener)
            self._listeners.append(listener)
        self._serving = True

    def accept(self, connection: Connection) -> TcpTransport:  # noqa: ARG002
        transport = TcpTransport(self._stack, self._make_protocol(), forget=self._gone)
        self._transports.add(transport)
        return transport

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._stack.loop

    def is_serving(self) -> bool:
        return self._serving

    async def start_serving(self) -> None:
        self.begin()
        await asyncio.sleep(0)

    async def serve_forever(self) -> None:
        if self._forever is not None:
            raise RuntimeError(f"server {self!r} is already being awaited on serve_forever()")
        if self._closed:
            raise RuntimeError(f"server {self!r} is closed")
        self.begin()
        self._forever = self._stack.loop.create_future()
        try:
            await self._forever
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._forever = None

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._stop()
        if self._forever is not None and not self._forever.done():
            self._forever.cancel()
        self._tell_all_gone()

    def close_clients(self) -> None:
        for transport in list(self._transports):
            transport.close()

    def abort_clients(self) -> None:
        for transport in list(self._transports):
            transport.abort()

    async def wait_closed(self) -> None:
        """Until the server is closed and its connections are gone."""
        if self._closed and not self._transports:
            return
        waiter = self._stack.loop.create_future()
        self._all_gone.append(waiter)
        await waiter

    def _stop(self) -> None:
        self._serving = False
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    def _gone(self, transport: TcpTransport) -> None:
        self._transports.discard(transport)
        self._tell_all_gone()

    def _tell_all_gone(self) -> None:
        if self._closed and not self._transports:
            for waiter in self._all_gone:
                if not waiter.done():
                    waiter.set_result(None)
            self._all_gone.clear()
