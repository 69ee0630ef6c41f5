"""HTTPS over flows in memory: redirects, the promise to stay, HTTP/1.1 and HTTP/2 on one port by ALPN."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from pymirage.protocol.http.fields import Fields
from pymirage.sched.host_stack import HostStack
from pymirage.sched.tls import TlsClient, TlsServer
from pymirage.web import http2
from pymirage.web.message import Handler, Nothing, Request, Response, text
from pymirage.web.secure import SecureServer, StrictTransportSecurity, ToHttps
from pymirage.web.server import Server
from tests.security import certificates


def asked(target: str = "/", host: str = "site.test", scheme: str = "https") -> Request:
    fields = Fields.of(("host", host)) if host else Fields()
    return Request("GET", target, fields, Nothing(), scheme=scheme)


@pytest.mark.parametrize(
    ("host", "port", "location"),
    (
        ("site.test", 443, "https://site.test/a?b"),
        ("site.test:80", 8443, "https://site.test:8443/a?b"),
        ("[2001:db8::1]:80", 443, "https://[2001:db8::1]/a?b"),
    ),
)
def test_redirects(host: str, port: int, location: str) -> None:
    response = ToHttps(port).respond(asked("/a?b", host))
    assert (response.status, response.fields.get("location")) == (308, location)


def test_a_redirect_to_nowhere_is_none() -> None:
    assert ToHttps().respond(asked(host="")).status == 400
    assert ToHttps().respond(asked("*")).status == 400
    assert ToHttps(host="site.test").respond(asked(host="")).status == 308


class Fixed(Handler):
    def __init__(self) -> None:
        self.response = text("hello")

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        if request.target == "/later":
            return self.later()
        return self.response

    async def later(self) -> Response:
        return self.response


def test_the_promise_is_made_over_https_only() -> None:
    async def main() -> None:
        fixed = Fixed()
        handler = StrictTransportSecurity(fixed, 60, subdomains=True)
        for target in ("/", "/later"):
            answer = handler.respond(asked(target))
            response = answer if isinstance(answer, Response) else await answer
            assert response.fields.get("strict-transport-security") == "max-age=60; includeSubDomains"
        plain = handler.respond(asked(scheme="http"))
        assert plain is fixed.response and "strict-transport-security" not in fixed.response.fields

    asyncio.run(main())


def test_both_versions_on_one_port() -> None:
    async def main() -> None:
        stack = await HostStack.connect()
        held = (certificates.server("localhost"),)
        tls = TlsServer(held, stack.tcp, protocols=("h2", "http/1.1"))
        handler = StrictTransportSecurity(Fixed())
        plain = Server(handler)
        server = SecureServer(plain, handler, http2=http2.serve)
        port = await server.listen(tls, 0, address="127.0.0.1")
        client = TlsClient(certificates.trust(), stack.tcp, protocols=("http/1.1",))
        flow = await client.connect("localhost", port)
        await flow.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := await flow.read():
            received += piece
        assert received.startswith(b"HTTP/1.1 200") and b"strict-transport-security: max-age=" in received
        assert received.endswith(b"hello")
        await flow.close()
        other = TlsClient(certificates.trust(), stack.tcp, protocols=("h2",))
        flow = await other.connect("localhost", port)
        assert flow.protocol == "h2"
        from tests.web.http2.peer import Peer

        peer = Peer()
        peer.flow = flow  # type: ignore[assignment]
        from hyperframe.frame import SettingsFrame

        await peer.raw(http2.connection.PREFACE)
        await peer.send(SettingsFrame(0), peer.head(1))
        fields, body = await peer.response(1)
        assert body == b"hello" and "strict-transport-security" in fields
        assert plain.counters.requests == 2 == plain.counters.responses[2]
        await server.close()
        await plain.close()
        assert await peer.goodbye() == 0
        await flow.close()

    asyncio.run(main())
