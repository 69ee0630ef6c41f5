"""The client by HTTPS: our TLS beneath it, beside our own server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from pymirage.device import TcpFlow
from pymirage.device.error import ConnectionLost, NoConnection
from pymirage.protocol.http.fields import Fields
from pymirage.sched.stream_tcp import StreamTcp
from pymirage.sched.tls import TlsClient, TlsServer
from pymirage.security.x509.trust import Trust
from pymirage.web.client import Client, Settings
from pymirage.web.message import Handler, Request, Response, text
from pymirage.web.secure import SecureServer
from pymirage.web.server import Server
from tests.security import certificates
from tests.web.client.servers import serving
from tests.web.client.test_client import told


class Hello(Handler):
    def respond(self, request: Request) -> Response:
        if request.target == "/away":
            return Response(302, Fields.of(("location", "/")))
        return text(f"{request.scheme} {request.target}")


@asynccontextmanager
async def site(*hosts: str) -> AsyncIterator[tuple[int, TlsServer]]:
    """A web server with a certificate for these hosts."""
    tls = TlsServer((certificates.server(*hosts),), tcp())
    server = Server(Hello())
    port = await SecureServer(server, Hello()).listen(tls, 0)
    try:
        yield port, tls
    finally:
        await server.close()


def tcp() -> StreamTcp:
    return StreamTcp(asyncio.get_running_loop())


def asking(trust: Trust | None = None, proxy: str = "") -> Client:
    tls = TlsClient(certificates.trust() if trust is None else trust)
    return Client(tcp(), Settings(proxy=proxy), secure=tls.secure)


@told
async def test_requests_share_a_connection() -> None:
    async with site("localhost", "127.0.0.1") as (port, tls), asking() as ours:
        for host in ("localhost", "127.0.0.1"):
            for path, found in (("/a?b", "https /a?b"), ("/away", "https /")):
                response = await ours.get(f"https://{host}:{port}{path}")
                assert (response.status, await response.text()) == (200, found)
        assert ours.connections() == 2
        assert tls.counts == {"done": 2}


@told
async def test_sessions_are_resumed() -> None:
    async with site("localhost") as (port, tls), asking() as ours:
        for _ in range(3):
            # Each one on a connection of its own.
            async with await ours.get(
                f"https://localhost:{port}/", Fields.of(("connection", "close"))
            ) as got:
                assert await got.text() == "https /"
        assert tls.counts == {"done": 1, "resumed": 2}


@told
async def test_who_cannot_prove_who_he_is_is_not_asked() -> None:
    """Another name, another authority, no TLS at all."""
    stranger = Trust((certificates.root("Another").certificate,))
    async with site("elsewhere.test") as (port, _):
        for ours, wrong in ((asking(), "[Hh]ostname mismatch"), (asking(stranger), "unable to get")):
            async with ours:
                with pytest.raises(
                    NoConnection, match=f"localhost:{port}: TLS: certificate refused: .*{wrong}"
                ):
                    await ours.get(f"https://localhost:{port}/secret")
                assert ours.connections() == 0

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"secret" not in await reader.read(65536)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with serving(plain) as at, asking() as ours:
        with pytest.raises(NoConnection, match="TLS: wrong version number"):
            await ours.get(f"{at.replace('http:', 'https:')}/secret")


Serve = Callable[[TcpFlow], Awaitable[None]]


@told
async def test_an_end_that_was_cut_is_none() -> None:
    """Content that ends with the connection is whole only after close_notify."""

    def answering(cut: bool) -> Serve:
        async def serve(flow: TcpFlow) -> None:
            await flow.read()
            await flow.write(b"HTTP/1.1 200 OK\r\n\r\nall of it?")
            below = flow._below  # type: ignore[attr-defined]
            await (below if cut else flow).close()

        return serve

    tls = TlsServer((certificates.server("localhost"),), tcp())
    for cut in (False, True):
        listener = await tls.listen(0, answering(cut))
        async with asking() as ours:
            response = await ours.get(f"https://localhost:{listener.port()}/")
            if cut:
                with pytest.raises(ConnectionLost, match="cut"):
                    await response.read_all()
            else:
                assert await response.read_all() == b"all of it?"
        await listener.close()


@told
async def test_through_a_proxy() -> None:
    """It sees the name, and octets that mean nothing to it."""
    seen = b""

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += await reader.readuntil(b"\r\n\r\n")
        there, beyond = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            nonlocal seen
            while data := await source.read(65536):
                seen += data
                sink.write(data)
            sink.close()

        await asyncio.gather(copy(reader, beyond), copy(there, writer))

    async with site("localhost") as (port, _), serving(tunnel) as at, asking(proxy=at) as ours:
        response = await ours.get(f"https://localhost:{port}/through")
        assert await response.text() == "https /through"
    assert seen.startswith(f"CONNECT localhost:{port} HTTP/1.1\r\n".encode()) and b"/through" not in seen
