"""asyncio's server over our listeners."""

from __future__ import annotations

import asyncio
from asyncio import AbstractServer

from pymirage.net.tcp.handler import ListenHandler
from pymirage.net.tcp.listener import Listener
from pymirage.sched.sockets import Socket, stream_socket
from pymirage.sched.tcp_events import Events
from pymirage.sched.tcp_transport import TcpTransport, error_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pymirage.net.tcp.connection import Connection
    from pymirage.net.tcp.handler import ConnectionHandler
    from pymirage.sched.places import Place
    from pymirage.sched.stack import NetStack
    from pymirage.sched.stream_options import StreamOptions


class Accept(ListenHandler):
    """Makes a transport and a protocol for each connection that a place of one stack takes."""

    def __init__(self, server: StackServer, stack: NetStack, options: StreamOptions) -> None:
        self.server = server
        self.stack = stack
        self.options = options

    def on_accept(self, connection: Connection) -> ConnectionHandler:  # noqa: ARG002
        return Events(self.server.accept(self.stack, self.options))


class StackServer(AbstractServer):
    """Listens at `places`; each has options of its own, which connections begin with."""

    def __init__(
        self,
        places: list[Place],
        make_protocol: Callable[[], asyncio.BaseProtocol],
        backlog: int,
        options: StreamOptions,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._places = [(place, options.copy()) for place in places]
        self._make_protocol = make_protocol
        self._backlog = backlog
        self._listeners: list[Listener] = []
        self._transports: set[TcpTransport] = set()
        self._serving = False
        self._closed = False
        self._all_gone: list[asyncio.Future[None]] = []
        self._forever: asyncio.Future[None] | None = None

    @property
    def sockets(self) -> tuple[Socket, ...]:
        if self._closed:
            return ()
        return tuple(stream_socket(place.name(), options) for place, options in self._places)

    def begin(self) -> None:
        """Listen. Raises OSError when a place is taken."""
        if self._serving:
            return
        for place, options in self._places:
            for stack in place.stacks:
                door = Accept(self, stack, options)
                listener = stack.host.tcp.listen(
                    place.port, door, place.address, self._backlog, place.version
                )
                if not isinstance(listener, Listener):
                    self._stop()
                    raise error_of(listener)
                self._listeners.append(listener)
        self._serving = True

    def accept(self, stack: NetStack, options: StreamOptions) -> TcpTransport:
        transport = TcpTransport(stack, self._make_protocol(), forget=self._gone, options=options)
        self._transports.add(transport)
        return transport

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

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
        self._forever = self._loop.create_future()
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
        waiter = self._loop.create_future()
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
