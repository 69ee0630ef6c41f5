"""The client's side: who the server is is verified within the handshake, and sessions are resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymirage.device.error import NoConnection
from pymirage.device.tcp import DEFAULT, Tcp
from pymirage.error import UsageError
from pymirage.sched.tls.flow import TlsFlow, handshake
from pymirage.security.tls import context
from pymirage.security.tls.engine import Engine
from pymirage.security.tls.error import HandshakeFailed
from pymirage.security.tls.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymirage.device.flow import Flow
    from pymirage.device.tcp import Serve, TcpListener
    from pymirage.device.tcp_options import TcpOptions
    from pymirage.security.x509.credentials import Credentials
    from pymirage.security.x509.trust import Trust

HANDSHAKE_TIMEOUT = 10.0


class TlsClient(Tcp):
    """Connects over `below` with TLS, or over flows that are there already (`secure`).

    trust: whose certificates servers need. protocols: ALPN's, best first. credentials: what to show to
    servers that ask who we are.
    """

    def __init__(
        self,
        trust: Trust,
        below: Tcp | None = None,
        *,
        protocols: Sequence[str] = (),
        credentials: Credentials | None = None,
        timeout: float = HANDSHAKE_TIMEOUT,
    ) -> None:
        self._below = below
        self._timeout = timeout
        self._sessions = Sessions()
        self._context = context.client(trust, protocols=protocols, credentials=credentials)

    async def secure(self, flow: Flow, host: str) -> TlsFlow:
        """TLS to the server `host`, a name or an address, over a connection to it.

        Raises CertificateRefused when it is somebody else, HandshakeFailed otherwise; `flow` is closed then.
        """
        if not host or not host.isascii():
            raise UsageError(f"{host!r}: the server's name, in ASCII, or its address")

        def keep(engine: Engine) -> None:
            self._sessions.keep(host, engine.session())

        engine = Engine(self._context, server=False, host=host, session=self._sessions.take(host))
        return await handshake(flow, engine, self._timeout, on_close=keep)

    # -- Tcp --

    async def connect(self, host: str, port: int, *, options: TcpOptions = DEFAULT) -> TlsFlow:
        """As Tcp's; what fails in the handshake is NoConnection, too, with the reason."""
        if self._below is None:
            raise UsageError("this TLS stands on no TCP: it takes flows with `secure`")
        flow = await self._below.connect(host, port, options=options)
        try:
            return await self.secure(flow, host)
        except HandshakeFailed as error:
            raise NoConnection(f"{host} port {port}: TLS: {error}") from error

    async def listen(
        self,
        port: int,
        serve: Serve,
        *,
        address: str = "",
        backlog: int = 128,
        options: TcpOptions = DEFAULT,
    ) -> TcpListener:
        del serve, address, backlog, options
        raise UsageError(f"this is the client's side of TLS: listen on port {port} with tls.server(…)")


async def client(
    flow: Flow,
    trust: Trust,
    host: str,
    *,
    protocols: Sequence[str] = (),
    credentials: Credentials | None = None,
    timeout: float = HANDSHAKE_TIMEOUT,
) -> TlsFlow:
    """TLS on one flow, as the client. Who has many of them makes one TlsClient, which resumes sessions."""
    made = TlsClient(trust, protocols=protocols, credentials=credentials, timeout=timeout)
    return await made.secure(flow, host)
