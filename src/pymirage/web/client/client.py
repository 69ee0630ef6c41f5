"""The client: requests, with redirects and connections that are used again."""

from __future__ import annotations

import asyncio

from pymirage.device.error import ConnectionLost
from pymirage.error import UsageError
from pymirage.protocol.http.fields import Fields
from pymirage.web.client import redirect
from pymirage.web.client.decoding import accepted
from pymirage.web.client.error import TimedOut, TooManyRedirects
from pymirage.web.client.exchange import Exchange
from pymirage.web.client.pool import Pool
from pymirage.web.client.response import ClientResponse
from pymirage.web.client.route import Routes
from pymirage.web.client.settings import Settings
from pymirage.web.client.url import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.tcp import Tcp
    from pymirage.web.client.exchange import Body
    from pymirage.web.client.link import Link
    from pymirage.web.client.route import Secure
    from pymirage.web.client.url import Url

IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE")
"""RFC 9110 §9.2.2: asking twice is asking once."""
DISCARDED = 64 * 1024
"""Octets of a redirect's content that are read so that its connection can be used again."""


class Client:
    """Use one for the whole program, so that connections are used again; close it at the end.

    async with Client(stack.tcp) as client:
        response = await client.get("http://example.com/")
        print(response.status, await response.text())
    """

    def __init__(
        self,
        tcp: Tcp,
        settings: Settings | None = None,
        *,
        secure: Secure | None = None,
        proxy_fields: Fields | None = None,
    ) -> None:
        """secure: what makes of a flow and a host's name an encrypted flow, for https: `TlsClient.secure`.

        proxy_fields: for the proxy alone, as proxy-authorization.
        """
        made = Settings() if settings is None else settings
        self._settings = made
        self._routes = Routes(tcp, secure, made.limits, made.connect, made.proxy, proxy_fields)
        self._pool = Pool(made.connections, made.per_host, made.idle)

    async def get(self, url: str, fields: Fields | None = None) -> ClientResponse:
        return await self.request("GET", url, fields)

    async def post(self, url: str, body: Body, fields: Fields | None = None) -> ClientResponse:
        return await self.request("POST", url, fields, body)

    async def request(
        self, method: str, url: str, fields: Fields | None = None, body: Body = b""
    ) -> ClientResponse:
        """The response, as soon as its head is there; its content is read from it.

        body: bytes, or what is fetched while it is sent; that can be sent only once, so a redirect that wants
        it again is given back as it is. Raises UsageError, NoConnection, ConnectionLost, BadResponse,
        TimedOut and TooManyRedirects.
        """
        settings = self._settings
        total = settings.total
        deadline = None if total is None else asyncio.get_running_loop().time() + total
        target = parse(url)
        given = Fields() if fields is None else fields
        for _ in range(settings.redirects + 1):
            response = await self._ask(method, target, given, body, deadline)
            location = response.fields.get("location")
            if response.status not in redirect.STATUSES or not location or not settings.redirects:
                return response
            after = redirect.method_after(response.status, method)
            has_content = after == method and body != b""
            if has_content and not isinstance(body, bytes):
                return response
            await _read_to_end(response)
            before, target = target, redirect.target_of(target, location)
            given = redirect.fields_after(given, before, target, has_content=has_content)
            method, body = after, body if has_content else b""
        raise TooManyRedirects(f"{url}: more than {settings.redirects} redirects")

    async def close(self) -> None:
        """Connections that are in use are closed when their responses are."""
        await self._pool.close()

    def connections(self) -> int:
        """How many there are now, also those that rest."""
        return self._pool.count()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(
        self, method: str, url: Url, fields: Fields, body: Body, deadline: float | None
    ) -> ClientResponse:
        """One request, without redirects; again when a connection that rested turns out to be dead."""
        settings = self._settings
        complete = self._complete(url, fields)
        repeatable = method in IDEMPOTENT and isinstance(body, bytes)
        while True:
            link = await self._link(url, deadline)
            rested = link.used
            exchange = Exchange(link, self._pool, settings.read, deadline)
            try:
                head = await exchange.begin(method, self._routes.target(url), complete, body)
            except ConnectionLost:
                if rested and repeatable and not link.heard:
                    continue
                raise
            return ClientResponse(exchange, head, url, settings.content, decode=settings.decode)

    async def _link(self, url: Url, deadline: float | None) -> Link:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._pool.take(self._routes.key(url), lambda: self._routes.open(url))
        except TimeoutError:
            raise TimedOut(f"{url}: no connection was free or made within the time for the request") from None

    def _complete(self, url: Url, fields: Fields) -> Fields:
        """With what every request has."""
        complete = Fields()
        complete.add("host", fields.get("host") or url.authority())
        for name, value in fields.items():
            if name != "host":
                complete.add(name, value)
        if self._settings.agent and "user-agent" not in complete:
            complete.add("user-agent", self._settings.agent)
        if "accept" not in complete:
            complete.add("accept", "*/*")
        if self._settings.decode and accepted() and "accept-encoding" not in complete:
            complete.add("accept-encoding", accepted())
        complete.extend(self._routes.fields(url))
        if "connection" in complete and "upgrade" in complete.get("connection").lower():
            raise UsageError("this client speaks HTTP only: it asks for no upgrade")
        return complete


async def _read_to_end(response: ClientResponse) -> None:
    """The content of a redirect, if it is short; else the connection is given up."""
    size = 0
    while size <= DISCARDED and (piece := await response.read()):
        size += len(piece)
    await response.close()
