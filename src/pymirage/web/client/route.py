"""How a server is reached: directly, or by a proxy (RFC 9112 §3.2.2, RFC 9110 §9.3.6)."""

from __future__ import annotations

import asyncio

from pymirage.device.error import NoConnection
from pymirage.error import PeerError, UsageError
from pymirage.protocol.http.events import ResponseHead
from pymirage.protocol.http.fields import Fields
from pymirage.web.client.error import TimedOut
from pymirage.web.client.link import Link
from pymirage.web.client.url import Url, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable
    from typing import TypeAlias

    from pymirage.device.flow import Flow
    from pymirage.device.tcp import Tcp
    from pymirage.protocol.http.limits import Limits

    Secure: TypeAlias = Callable[[Flow, str], Awaitable[Flow]]


class Routes:
    """Opens connections. secure: makes of a flow and a host's name an encrypted flow, for https."""

    def __init__(
        self,
        tcp: Tcp,
        secure: Secure | None,
        limits: Limits,
        connect: float | None,
        proxy: str,
        proxy_fields: Fields | None,
    ) -> None:
        self._tcp = tcp
        self._secure = secure
        self._limits = limits
        self._connect = connect
        self._proxy = parse(proxy) if proxy else None
        self._proxy_fields = Fields() if proxy_fields is None else proxy_fields
        if self._proxy is not None and self._proxy.scheme != "http":
            raise UsageError(f"{proxy}: a proxy is reached by http://")

    def key(self, url: Url) -> Hashable:
        """Under which connections are shared: by a proxy all of them, but those of https."""
        if self._proxy is not None and url.scheme == "http":
            return "proxy"
        return url.origin()

    def target(self, url: Url) -> str:
        """How the request names what it wants."""
        return str(url) if self._proxy is not None and url.scheme == "http" else url.target

    def fields(self, url: Url) -> Fields:
        """What every request on this way has."""
        return self._proxy_fields if self._proxy is not None and url.scheme == "http" else Fields()

    async def open(self, url: Url) -> Link:
        """A new connection. Raises NoConnection and TimedOut."""
        try:
            async with asyncio.timeout(self._connect):
                return Link(await self._flow(url), self._limits)
        except TimeoutError:
            raise TimedOut(f"{url.authority()}: no connection within {self._connect:g} s") from None

    async def _flow(self, url: Url) -> Flow:
        if url.scheme == "https" and self._secure is None:
            remedy = "give it secure=tls.secure, of a tls.client(…) in config.py"
            raise UsageError(f"{url}: this client has no TLS: {remedy}")
        nearest = self._proxy or url
        flow: Flow = await self._tcp.connect(nearest.host, nearest.port)
        try:
            if url.scheme == "https":
                if self._proxy is not None:
                    await self._tunnel(flow, url)
                flow = await self._encrypted(flow, url)
        except BaseException:
            await flow.close()
            raise
        return flow

    async def _encrypted(self, flow: Flow, url: Url) -> Flow:
        """Whatever TLS finds wrong, for example whose certificate it is, there is no connection."""
        assert self._secure is not None
        try:
            return await self._secure(flow, url.host)
        except PeerError as error:
            raise NoConnection(f"{url.authority()}: TLS: {error}") from error

    async def _tunnel(self, flow: Flow, url: Url) -> None:
        """Ask the proxy for a connection to the server."""
        link = Link(flow, self._limits)
        authority = f"{url.host_text()}:{url.port}"
        fields = Fields.of(("host", authority))
        fields.extend(self._proxy_fields)
        await link.write(link.core.request("CONNECT", authority, fields, b""), None)
        event = await link.event(None)
        if not isinstance(event, ResponseHead) or not link.core.switched():
            status = f"{event.status} {event.reason}" if isinstance(event, ResponseHead) else "nothing"
            raise NoConnection(f"{authority}: the proxy answers {status}")
        if link.core.rest():
            raise NoConnection(f"{authority}: the proxy sends what nobody asked for")
