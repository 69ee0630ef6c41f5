"""TLS over a pair of flows in memory: the contract of every flow, and what is TLS's own."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from pymirage.device import Flow
from pymirage.device.error import Closed, ConnectionLost
from pymirage.driver.memory.flow import MemoryFlow, flow_pair
from pymirage.sched.tls import TlsClient, TlsFlow, TlsServer, Truncated
from pymirage.sched.tls.flow import Broken
from pymirage.security.tls.error import CertificateRefused, HandshakeFailed, HandshakeTimedOut
from pymirage.security.x509.trust import Trust
from tests.contract import flow as contract
from tests.contract.fixture import Check, each
from tests.security import certificates

T = TypeVar("T")
HOST = "server.test"


def a_server(**options: object) -> TlsServer:
    return TlsServer((certificates.server(HOST),), **options)  # type: ignore[arg-type]


def a_client(**options: object) -> TlsClient:
    return TlsClient(certificates.trust(), **options)  # type: ignore[arg-type]


async def join(
    server: TlsServer, client: TlsClient, host: str = HOST, below: tuple[Flow, Flow] | None = None
) -> tuple[TlsFlow, TlsFlow]:
    """The client's end and the server's."""
    ours, theirs = below or flow_pair()
    return await asyncio.gather(client.secure(ours, host), server.accept(theirs))


async def fail(server: TlsServer, client: TlsClient, host: str = HOST) -> tuple[object, object]:
    """What the client and the server got instead of a connection."""
    ours, theirs = flow_pair()

    async def first_read(made: Awaitable[TlsFlow]) -> object:
        """In TLS 1.3 a client hears of a refusal after its handshake."""
        return await (await made).read()

    return await asyncio.gather(
        first_read(client.secure(ours, host)), first_read(server.accept(theirs)), return_exceptions=True
    )


def run(main: Callable[[], Awaitable[T]]) -> T:
    async def bounded() -> T:
        # Only what hangs takes so long.
        async with asyncio.timeout(300):
            return await main()

    return asyncio.run(bounded())


def only(version: ssl.TLSVersion, side: TlsClient | TlsServer) -> None:
    side._context.minimum_version = side._context.maximum_version = version


@each(*contract.CHECKS)
@pytest.mark.parametrize("accepted", (False, True), ids=("connected", "accepted"))
def test_a_tls_flow_keeps_the_contract(check: Check, accepted: bool) -> None:
    async def make() -> tuple[Flow, Flow]:
        client, server = await join(a_server(), a_client())
        return (server, client) if accepted else (client, server)

    async def main() -> None:
        await check(make)

    run(main)


def test_facts() -> None:
    async def main() -> None:
        server = a_server(protocols=("h2", "http/1.1"))
        ours, theirs = await join(server, a_client(protocols=("http/1.1",)))
        assert ours.version == theirs.version == "TLSv1.3"
        assert ours.protocol == theirs.protocol == "http/1.1"
        assert ours.cipher.startswith("TLS_") and not ours.resumed
        assert ours.peer_certificate == certificates.server(HOST).chain[0].der
        assert theirs.peer_certificate == b""
        assert server.counts == {"done": 1}

    run(main)


@pytest.mark.parametrize("version", (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
def test_sessions_are_resumed(version: ssl.TLSVersion) -> None:
    async def main() -> None:
        server, client = a_server(), a_client()
        only(version, client)
        for resumed in (False, True, True):
            ours, theirs = await join(server, client)
            assert ours.resumed == theirs.resumed == resumed
            await theirs.write(b"with the tickets of TLS 1.3")
            await ours.read()
            await ours.close()
            await theirs.close()
        assert server.counts == {"done": 1, "resumed": 2}

    run(main)


def test_the_certificate_follows_the_name() -> None:
    async def main() -> None:
        held = [certificates.server(name) for name in ("first.test", "second.test", "*.wild.test")]
        server, client = TlsServer(held), a_client()
        for host, wanted in (("second.test", 1), ("any.wild.test", 2), ("first.test", 0)):
            ours, _ = await join(server, client, host)
            assert ours.peer_certificate == held[wanted].chain[0].der
        results = await fail(server, client, "unknown.test")
        assert isinstance(results[0], CertificateRefused)

    run(main)


def test_both_sides_show_certificates() -> None:
    async def main() -> None:
        server = a_server(clients=certificates.trust())
        ours, theirs = await join(server, a_client(credentials=certificates.client()))
        assert theirs.peer_certificate == certificates.client().chain[0].der
        await ours.write(b"x")
        assert await theirs.read() == b"x"
        # Without one: the server says no, and counts it.
        results = await fail(server, a_client())
        assert isinstance(results[1], HandshakeFailed)
        assert server.counts["peer did not return a certificate"] == 1
        # A server's certificate is no client's.
        results = await fail(server, a_client(credentials=certificates.server("other.test")))
        assert isinstance(results[1], CertificateRefused)
        relaxed = a_server(clients=certificates.trust(), optional=True)
        _, theirs = await join(relaxed, a_client())
        assert theirs.peer_certificate == b""

    run(main)


def test_a_stranger_is_refused() -> None:
    async def main() -> None:
        for client, host, why in (
            (a_client(), "other.test", "Hostname mismatch"),
            (
                TlsClient(Trust((certificates.root("Another").certificate,))),
                HOST,
                "unable to get",
            ),
        ):
            results = await fail(a_server(), client, host)
            assert isinstance(results[0], CertificateRefused) and why in str(results[0])
            assert isinstance(results[1], (HandshakeFailed, ConnectionLost))

    run(main)


def test_nothing_in_common() -> None:
    async def main() -> None:
        server, client = a_server(), a_client()
        only(ssl.TLSVersion.TLSv1_3, server)
        only(ssl.TLSVersion.TLSv1_2, client)
        results = await fail(server, client)
        assert isinstance(results[0], HandshakeFailed) and isinstance(results[1], HandshakeFailed)
        assert server.counts == {"unsupported protocol": 1}

    run(main)


def test_cut_off_and_ended_are_told_apart() -> None:
    async def main() -> None:
        (below_ours, below_theirs) = flow_pair()
        ours, theirs = await join(a_server(), a_client(), below=(below_ours, below_theirs))
        await ours.write(b"all?")
        await below_ours.close()
        assert await theirs.read() == b"all?"
        with pytest.raises(Truncated):
            await theirs.read()
        with pytest.raises(Truncated):
            await theirs.read()
        with pytest.raises(ConnectionLost):
            await theirs.write(b"nobody")

        ours, theirs = await join(a_server(), a_client())
        await ours.write(b"all.")
        await ours.close()
        assert await theirs.read() == b"all."
        assert await theirs.read() == b""

    run(main)


def test_data_that_crosses_our_end_is_read() -> None:
    """Half-closed: what the peer had sent before, and sends after, arrives."""

    async def main() -> None:
        ours, theirs = await join(a_server(), a_client())
        await theirs.write(b"before")
        await asyncio.sleep(0)
        await ours.shutdown(write=True)
        await theirs.write(b"after")
        assert await theirs.read() == b""
        await theirs.shutdown(write=True)
        assert await contract.read_all(ours) == b"beforeafter"

    run(main)


def test_tls_1_2_has_no_halves() -> None:
    async def main() -> None:
        client = a_client()
        only(ssl.TLSVersion.TLSv1_2, client)
        ours, theirs = await join(a_server(), client)
        await theirs.write(b"answer")
        await ours.shutdown(write=True)
        assert await theirs.read() == b""
        with pytest.raises(ConnectionLost):
            await theirs.write(b"too late")
        assert await contract.read_all(ours) == b"answer"

    run(main)


def test_a_changed_octet_ends_the_connection() -> None:
    async def main() -> None:
        below, theirs_below = flow_pair()
        ours, theirs = await join(a_server(), a_client(), below=(below, theirs_below))
        await below.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        with pytest.raises(Broken, match="bad record mac"):
            await theirs.read()
        with pytest.raises(Broken):
            await theirs.write(b"x")
        # The peer hears of it.
        with pytest.raises(Broken, match="alert bad record mac"):
            await ours.read()

    run(main)


def test_a_handshake_has_its_time() -> None:
    async def main() -> None:
        _, theirs = flow_pair()
        server = a_server(timeout=0.01)
        with pytest.raises(HandshakeTimedOut):
            await server.accept(theirs)
        with pytest.raises(Closed):
            await theirs.read()
        assert server.counts == {"no handshake in time": 1}

    run(main)


def test_another_certificate_while_serving() -> None:
    async def main() -> None:
        server, client = a_server(), a_client()
        old, theirs = await join(server, client)
        other = certificates.server(HOST, "also.test")
        server.replace((other,))
        new, _ = await join(server, a_client())
        assert new.peer_certificate == other.chain[0].der
        await old.write(b"still here")
        assert await theirs.read() == b"still here"

    run(main)


class Recorder(MemoryFlow):
    """Keeps what is written."""

    def __init__(self, inner: MemoryFlow) -> None:
        super().__init__(inner._incoming, inner._outgoing)
        self.sent = b""

    async def write(self, data: bytes) -> None:
        self.sent += data
        await super().write(data)


@pytest.mark.parametrize("version", (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
def test_clients_that_break_off_at_every_octet(version: ssl.TLSVersion) -> None:
    """Each flight of a client, cut at each octet: a named error, and the server takes the next client."""

    async def main() -> None:
        server, client = a_server(), a_client()
        only(version, client)
        ours, theirs = flow_pair()
        recorder = Recorder(ours)
        await join(server, client, below=(recorder, theirs))
        hello = recorder.sent[: 5 + int.from_bytes(recorder.sent[3:5], "big")]
        for size in range(len(hello)):
            ours, theirs = flow_pair()
            await ours.write(hello[:size])
            await ours.close()
            with pytest.raises(HandshakeFailed):
                await server.accept(theirs)
        # After the server's flight: the client's second one, cut.
        for size in range(len(recorder.sent) - len(hello)):
            ours, theirs = flow_pair()
            cutting = Cutting(ours, len(hello) + size)
            results = await asyncio.gather(
                a_client_of(version).secure(cutting, HOST), server.accept(theirs), return_exceptions=True
            )
            assert isinstance(results[1], HandshakeFailed), size
        await join(server, client)

    run(main)


def a_client_of(version: ssl.TLSVersion) -> TlsClient:
    made = a_client()
    only(version, made)
    return made


class Cutting(MemoryFlow):
    """Goes away after so many octets."""

    def __init__(self, inner: MemoryFlow, left: int) -> None:
        super().__init__(inner._incoming, inner._outgoing)
        self.left = left

    async def write(self, data: bytes) -> None:
        piece = data[: self.left]
        self.left -= len(piece)
        await super().write(piece)
        if len(piece) < len(data):
            await self.close()


def test_octets_that_are_no_tls() -> None:
    async def main() -> None:
        server = a_server()
        for octets in (
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\xff\xff" + bytes(1 << 16),
            b"\x80\x2e\x01\x00\x02",
        ):
            ours, theirs = flow_pair()

            async def send(octets: bytes, ours: MemoryFlow) -> None:
                with contextlib.suppress(ConnectionLost):
                    await ours.write(octets)
                await ours.close()

            results = await asyncio.gather(send(octets, ours), server.accept(theirs), return_exceptions=True)
            assert isinstance(results[1], HandshakeFailed)

    run(main)
