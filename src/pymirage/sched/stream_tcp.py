"""The device Tcp over asyncio's functions: those of our stack, or those of the host's event loop."""

from __future__ import annotations

import asyncio
import errno
import logging

from pymirage.device.endpoint import check_port
from pymirage.device.error import AddressInUse, ConnectionLost, NoConnection
from pymirage.device.tcp import DEFAULT, Tcp, TcpListener
from pymirage.sched.stream_flow import StreamFlow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pymirage.device.tcp import Serve, TcpFlow
    from pymirage.device.tcp_options import TcpOptions

ATTEMPT_DELAY = 0.25
"""Seconds from one address of a host to the next one, at the same time: RFC 8305 §5."""

log = logging.getLogger(__name__)


class ProtocolListener(TcpListener):
    """Makes a protocol, in asyncio's sense, for every connection."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._server: Any = None
        self._number = 0

    async def start(self, side: Any, port: int, address: str, backlog: int) -> None:
        self._server = await side.create_server(self._make, address or None, port, backlog=backlog)
        numbers = [each.getsockname()[1] for each in self._server.sockets]
        if len(set(numbers)) > 1:
            # A host gives each version of IP a free port of its own: take the first one's for both.
            self._server.close()
            try:
                await self.start(side, numbers[0], address, backlog)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                # Somebody has it with the other version: another one.
                await self.start(side, port, address, backlog)
            return
        self._number = numbers[0]

    def port(self) -> int:
        return self._number

    async def close(self) -> None:
        self._server.close()


class StreamListener(ProtocolListener):
    """Runs `serve` in tasks, and keeps them: a task that nobody holds may be collected."""

    def __init__(self, serve: Serve, options: TcpOptions) -> None:
        super().__init__(self._flow)
        self._serve = serve
        self._options = options
        self._tasks: set[asyncio.Task[None]] = set()

    def _flow(self) -> StreamFlow:
        return StreamFlow(self._begin, self._options)

    def _begin(self, flow: StreamFlow) -> None:
        task = asyncio.get_running_loop().create_task(self._run(flow))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, flow: StreamFlow) -> None:
        try:
            await self._serve(flow)
        except ConnectionLost as error:
            log.debug("%s: %s", flow.remote(), error)
        except Exception:
            log.exception("serving %s failed", flow.remote())
            flow.abort()
        finally:
            await flow.close()


class StreamTcp(Tcp):
    """`side` has asyncio's create_connection and create_server."""

    def __init__(self, side: Any) -> None:
        self._side = side

    async def connect(self, host: str, port: int, *, options: TcpOptions = DEFAULT) -> TcpFlow:
        def make() -> StreamFlow:
            return StreamFlow(options=options)

        check_port(port)
        try:
            _, flow = await self._side.create_connection(make, host, port, happy_eyeballs_delay=ATTEMPT_DELAY)
        except OSError as error:
            raise NoConnection(f"{host} port {port}: {error.strerror or error}") from error
        assert isinstance(flow, StreamFlow)
        return flow

    async def listen(
        self,
        port: int,
        serve: Serve,
        *,
        address: str = "",
        backlog: int = 128,
        options: TcpOptions = DEFAULT,
    ) -> TcpListener:
        return await self._started(StreamListener(serve, options), port, address, backlog)

    async def listen_protocol(
        self, port: int, make: Callable[[], Any], *, address: str = "", backlog: int = 128
    ) -> TcpListener:
        """As `listen`, with a protocol of asyncio's kind instead of a flow and a task."""
        return await self._started(ProtocolListener(make), port, address, backlog)

    async def _started(
        self, listener: ProtocolListener, port: int, address: str, backlog: int
    ) -> TcpListener:
        check_port(port)
        try:
            await listener.start(self._side, port, address, backlog)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise AddressInUse(f"TCP port {port} is in use") from error
        return listener
