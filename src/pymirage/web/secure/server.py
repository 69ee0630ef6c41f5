"""A server behind TLS: HTTP/1.1, and HTTP/2 where both sides have it (ALPN, RFC 7301; RFC 9113 §3.2)."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

from pymirage.device.error import ConnectionLost
from pymirage.sched.stream_flow import StreamFlow
from pymirage.sched.tls.flow import TlsFlow
from pymirage.sched.tls.server import TlsServer
from pymirage.web.server.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from pymirage.device.tcp import Tcp, TcpFlow, TcpListener
    from pymirage.security.tls.engine import Engine
    from pymirage.web.message import Handler
    from pymirage.web.server import Server

    Serve2 = Callable[..., Coroutine[Any, Any, None]]


log = logging.getLogger(__name__)


class SecureServer:
    """`server` answers what comes by HTTP/1.1. http2: `pymirage.web.http2.serve` for HTTP/2 as well, with the
    same handler; the TLS below must then offer `h2`. Both are in the server's counters, access log and
    bounds, and end with it. counts: how connections of HTTP/2 ended.
    """

    def __init__(self, server: Server, handler: Handler, *, http2: Serve2 | None = None) -> None:
        self._server = server
        self._handler = handler
        self._http2 = http2
        self._listeners: list[TcpListener] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    async def listen(self, tls: Tcp, port: int, *, address: str = "", backlog: int = 1024) -> int:
        """Take connections on a port of `tls.server(…)`; its number. Raises AddressInUse."""
        if isinstance(tls, TlsServer) and tls.takes_protocols():
            listener = await tls.listen_protocol(port, self._make, address=address, backlog=backlog)
        else:
            listener = await tls.listen(port, self._serve, address=address, backlog=backlog)
        self._listeners.append(listener)
        return listener.port()

    async def close(self) -> None:
        """Take nothing new; who made the server closes it, which ends what runs, HTTP/2 too."""
        for listener in self._listeners:
            await listener.close()

    def _make(self, engine: Engine) -> Any:
        """The protocol of one connection, as ALPN decided."""
        if self._http2 is not None and engine.protocol() == "h2":
            return StreamFlow(self._begin_http2)
        return Conversation(self._server.service, "https")

    def _begin_http2(self, flow: StreamFlow) -> None:
        task = asyncio.get_running_loop().create_task(self._run_http2(flow))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _http2_of(self, flow: TcpFlow) -> None:
        assert self._http2 is not None
        service = self._server.service
        await self._http2(flow, self._handler, peer=flow.remote(), counts=self.counts, service=service)

    async def _run_http2(self, flow: StreamFlow) -> None:
        try:
            await self._http2_of(flow)
        except ConnectionLost as error:
            log.debug("%s: %s", flow.remote(), error)
        except Exception:
            log.exception("serving %s failed", flow.remote())
        finally:
            await flow.close()

    async def _serve(self, flow: TcpFlow) -> None:
        if self._http2 is not None and isinstance(flow, TlsFlow) and flow.protocol == "h2":
            await self._http2_of(flow)
        else:
            await self._server.serve_flow(flow, "https")
