"""The server's side: certificates that are checked before they are served and change while it serves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from pymirage.device.error import ConnectionLost
from pymirage.device.tcp import DEFAULT, Tcp
from pymirage.error import UsageError
from pymirage.sched.stream_tcp import StreamTcp
from pymirage.sched.tls.flow import TlsFlow, handshake
from pymirage.sched.tls.transport import TlsProtocol
from pymirage.security.asn1 import date
from pymirage.security.tls import context
from pymirage.security.tls.engine import Engine
from pymirage.security.tls.error import HandshakeFailed
from pymirage.security.x509.credentials import SOON, Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymirage.device.flow import Flow
    from pymirage.device.tcp import Serve, TcpFlow, TcpListener
    from pymirage.device.tcp_options import TcpOptions
    from pymirage.security.x509.trust import Trust

HANDSHAKE_TIMEOUT = 10.0
MOST_HANDSHAKES = 256
"""At once; further connections are closed. Each costs a signature, and memory until the peer answers."""

log = logging.getLogger(__name__)


class TlsServer(Tcp):
    """Listens on `below` with TLS, or takes flows that are there already (`accept`).

    protocols: ALPN's, best first. clients: whose certificates clients need (mutual authentication); with
    `optional` a client may also have none. hosts: names that the first certificate must be for. now: seconds
    since 1970. Raises Expired, Mismatched, Incomplete or WrongKey before anything is served.
    """

    def __init__(
        self,
        credentials: Sequence[Credentials],
        below: Tcp | None = None,
        *,
        protocols: Sequence[str] = (),
        clients: Trust | None = None,
        optional: bool = False,
        hosts: Sequence[str] = (),
        timeout: float = HANDSHAKE_TIMEOUT,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._below = below
        self._protocols = tuple(protocols)
        self._clients = clients
        self._optional = optional
        self._hosts = tuple(hosts)
        self._timeout = timeout
        self._now = now
        self._handshakes = 0
        self._kept: list[asyncio.Task[None]] = []
        self.counts: Counter[str] = Counter()
        """Handshakes that were done or resumed, and those that failed, by reason."""
        self.replace(credentials)

    def replace(self, credentials: Sequence[Credentials]) -> None:
        """Other certificates for connections from now on; the ones that exist go on with theirs.

        Raises what the constructor raises, and then everything stays as it was.
        """
        now = int(self._now())
        for at, each in enumerate(credentials):
            each.check(now, hosts=() if at else self._hosts)
            left = each.expires() - now
            if left < SOON:
                log.warning("%s expires on %s", each.chain[0].subject, date.text(each.expires()))
        self._context = context.server(
            credentials, protocols=self._protocols, clients=self._clients, optional=self._optional
        )

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold what looks after the certificates: a task that nobody holds may be collected."""
        self._kept.append(task)

    async def accept(self, flow: Flow) -> TlsFlow:
        """TLS on a connection that a client has made. Raises HandshakeFailed, and the flow is closed then."""
        if self._handshakes >= MOST_HANDSHAKES:
            await flow.close()
            self.counts["too many at once"] += 1
            raise HandshakeFailed("too many at once")
        self._handshakes += 1
        try:
            made = await handshake(flow, Engine(self._context, server=True), self._timeout)
        except HandshakeFailed as error:
            self.counts[error.reason] += 1
            raise
        finally:
            self._handshakes -= 1
        self.counts["resumed" if made.resumed else "done"] += 1
        return made

    # -- Tcp --

    async def connect(self, host: str, port: int, *, options: TcpOptions = DEFAULT) -> TcpFlow:
        del options
        raise UsageError(
            f"this is the server's side of TLS: connect to {host} port {port} with tls.client(…)"
        )

    async def listen(
        self,
        port: int,
        serve: Serve,
        *,
        address: str = "",
        backlog: int = 128,
        options: TcpOptions = DEFAULT,
    ) -> TcpListener:
        """As Tcp's. Connections whose handshake fails are counted and never served."""
        if self._below is None:
            raise UsageError("this TLS stands on no TCP: it takes flows with `accept`")

        async def secure(flow: TcpFlow) -> None:
            try:
                made = await self.accept(flow)
            except HandshakeFailed as error:
                log.debug("%s: %s", flow.remote(), error)
                return
            try:
                await serve(made)
            except ConnectionLost as error:
                log.debug("%s: %s", flow.remote(), error)
            finally:
                await made.close()

        return await self._below.listen(port, secure, address=address, backlog=backlog, options=options)

    async def listen_protocol(
        self, port: int, make: Callable[[Engine], Any], *, address: str = "", backlog: int = 128
    ) -> TcpListener:
        """As `listen`, with a protocol of asyncio's kind for each connection, made after its handshake."""
        below = self._below
        if not isinstance(below, StreamTcp):
            raise UsageError("only a stack's own TCP takes protocols: `listen` instead")

        def beneath() -> TlsProtocol:
            refused = self._handshakes >= MOST_HANDSHAKES
            self._handshakes += 1
            engine = Engine(self._context, server=True)
            return TlsProtocol(engine, make, self._told, self._timeout, refused=refused)

        return await below.listen_protocol(port, beneath, address=address, backlog=backlog)

    def takes_protocols(self) -> bool:
        """Whether `listen_protocol` can be called."""
        return isinstance(self._below, StreamTcp)

    def _told(self, engine: Engine, error: HandshakeFailed | None) -> None:
        self._handshakes -= 1
        if error is not None:
            self.counts[error.reason] += 1
        else:
            self.counts["resumed" if engine.resumed() else "done"] += 1


async def server(
    flow: Flow,
    credentials: Credentials,
    *,
    protocols: Sequence[str] = (),
    clients: Trust | None = None,
    timeout: float = HANDSHAKE_TIMEOUT,
) -> TlsFlow:
    """TLS on one flow, as the server. Who has many of them makes one TlsServer and keeps it."""
    made = TlsServer((credentials,), protocols=protocols, clients=clients, timeout=timeout)
    return await made.accept(flow)
