"""asyncio over our stack: two stacks on an in-memory switch, in simulated time."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Network, ip_address
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pymirage.driver.impairment import MILLISECOND, NONE, Impairment
from pymirage.driver.memory.clock import MockClock
from pymirage.driver.memory.switched_net import SwitchedNetwork
from pymirage.error import UsageError
from pymirage.net.dhcp.server import Server, Settings
from pymirage.net.udp import UdpHandler, UdpSocket
from pymirage.sched.dhcp import Dhcp
from pymirage.sched.network import Network
from pymirage.sched.resolving import Resolving
from pymirage.sched.stack import NetStack
from pymirage.sched.tcp_transport import TcpTransport
from pymirage.sched.virtual import run_virtual
from pymirage.wire import dns

BAD = Impairment(loss=0.02, duplicate=0.01, corrupt=0.01, reorder=0.03, delay=5 * MILLISECOND)


class Place:
    """One stack and its network functions."""

    def __init__(
        self,
        switched: SwitchedNetwork,
        number: int,
        impairment: Impairment = NONE,
        *,
        static: bool = True,
        addresses: tuple[str, ...] = (),
    ) -> None:
        random = Random(number)
        self.stack = NetStack(random.randbytes)
        self.port = self.stack.attach(switched.station(impairment))
        if static:
            ipv4, *ipv6 = addresses or (f"10.0.0.{number}/24", f"fd00::{number}/64")
            self.stack.configure(self.port, ipv4=ipv4, ipv6=ipv6)
        self.resolving = Resolving(self.stack)
        self.network = Network(self.stack, self.resolving)


def run(story: Callable[[Place, Place], Awaitable[None]], impairment: Impairment = NONE) -> None:
    async def main() -> None:
        switched = SwitchedNetwork()
        places = [Place(switched, number, impairment) for number in (1, 2)]
        await story(*places)
        for place in places:
            await place.stack.close()

    run_virtual(main(), MockClock())


async def streams(
    place: Place, host: str, port: int, **options: Any
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """As asyncio.open_connection, over one of several stacks."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await place.network.create_connection(lambda: protocol, host, port, **options)
    return reader, asyncio.StreamWriter(transport, protocol, reader, asyncio.get_running_loop())


async def serve(
    place: Place, handle: Callable[..., Awaitable[None]], host: Any = None, port: int = 80
) -> Any:
    """As asyncio.start_server."""

    def make() -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), handle)

    return await place.network.create_server(make, host, port)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


PEERS = pytest.mark.parametrize("peer", ["10.0.0.2", "fd00::2"])


@PEERS
@pytest.mark.parametrize("impairment", [NONE, BAD], ids=["good", "bad"])
def test_streams(peer: str, impairment: Impairment) -> None:
    async def story(one: Place, other: Place) -> None:
        server = await serve(other, echo)
        reader, writer = await streams(one, peer, 80)
        data = Random(1).randbytes(300_000)

        async def write() -> None:
            for at in range(0, len(data), 7000):
                writer.write(data[at : at + 7000])
                await writer.drain()
            writer.write_eof()

        task = asyncio.create_task(write())
        assert await reader.read() == data
        await task
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(200)
        assert one.stack.host.tcp.count() == other.stack.host.tcp.count() == 0

    run(story, impairment)


def test_names_of_sockets() -> None:
    async def story(one: Place, other: Place) -> None:
        seen: list[Any] = []

        async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            del reader
            seen.extend([writer.get_extra_info("peername"), writer.get_extra_info("sockname")])
            writer.close()

        server = await serve(other, note)
        assert server.sockets[0].getsockname()[1] == 80
        reader, writer = await streams(one, "10.0.0.2", 80)
        await reader.read()
        assert writer.get_extra_info("peername") == ("10.0.0.2", 80)
        assert seen == [writer.get_extra_info("sockname"), ("10.0.0.2", 80)]
        assert seen[0][0] == "10.0.0.1"

    run(story)


@PEERS
def test_refused(peer: str) -> None:
    async def story(one: Place, other: Place) -> None:
        del other
        with pytest.raises(ConnectionRefusedError, match="port 81"):
            await streams(one, peer, 81)

    run(story)


def test_unreachable() -> None:
    async def story(one: Place, other: Place) -> None:
        del other
        with pytest.raises(OSError, match="no route"):
            await streams(one, "192.0.2.1", 80)
        with pytest.raises(OSError, match=r"10\.0\.0\.9"):
            await streams(one, "10.0.0.9", 80)

    run(story)


def test_slow_reader_pauses_the_writer() -> None:
    async def story(one: Place, other: Place) -> None:
        arrived: list[asyncio.StreamReader] = []
        go_on = asyncio.Event()

        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.append(reader)
            await go_on.wait()
            total = 0
            while data := await reader.read(65536):
                total += len(data)
            writer.write(str(total).encode())
            writer.close()

        await serve(other, slow)
        reader, writer = await streams(one, "10.0.0.2", 80)
        sent = 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                while True:
                    writer.write(bytes(100_000))
                    sent += 100_000
                    await writer.drain()
        assert sent < 20_000_000
        go_on.set()
        writer.write_eof()
        assert int(await reader.read()) == sent

    run(story)


@pytest.mark.parametrize("size", (30_000, 10_000_000), ids=("taken by TCP", "kept by the transport"))
def test_who_takes_nothing_is_cut_off_after_close(size: int) -> None:
    """Also with a window that stays closed, and every probe answered."""

    async def story(one: Place, other: Place) -> None:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(bytes(size))
            writer.close()

        one.stack.host.tcp.settings.receive_initial = 4096
        one.stack.host.tcp.settings.receive_maximum = 4096
        await serve(other, answer)
        _, writer = await streams(one, "10.0.0.2", 80)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(99)
        assert other.stack.host.tcp.count() == 1
        await asyncio.sleep(400)
        assert other.stack.host.tcp.count() == 0 == one.stack.host.tcp.count()

    run(story)


def test_half_close_and_reset() -> None:
    async def story(one: Place, other: Place) -> None:
        async def answer_at_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            question = await reader.read()
            writer.write(question[::-1])
            writer.close()

        await serve(other, answer_at_end)
        reader, writer = await streams(one, "fd00::2", 80)
        writer.write(b"abc")
        writer.write_eof()
        assert await reader.read() == b"cba"

        async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.transport.abort()

        await serve(other, reset, port=81)
        reader, writer = await streams(one, "10.0.0.2", 81)
        writer.write(b"x")
        with pytest.raises(ConnectionResetError):
            await reader.read()

    run(story)


def test_protocol_that_fails_loses_only_its_connection() -> None:
    class Failing(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            raise ZeroDivisionError(data)

    async def story(one: Place, other: Place) -> None:
        errors: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: errors.append(context["exception"])
        )
        await other.network.create_server(Failing, None, 80)
        await serve(other, echo, port=81)
        reader, writer = await streams(one, "10.0.0.2", 80)
        writer.write(b"x")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert isinstance(errors[0], ZeroDivisionError)
        reader, writer = await streams(one, "10.0.0.2", 81)
        writer.write(b"still here")
        assert await reader.readexactly(10) == b"still here"

    run(story)


def test_buffered_protocol() -> None:
    class Buffered(asyncio.BufferedProtocol):
        def __init__(self) -> None:
            self.buffer = bytearray(1000)
            self.received = bytearray()

        def get_buffer(self, sizehint: int) -> bytearray:
            del sizehint
            return self.buffer

        def buffer_updated(self, nbytes: int) -> None:
            self.received += self.buffer[:nbytes]

    async def story(one: Place, other: Place) -> None:
        protocol = Buffered()
        await other.network.create_server(lambda: protocol, None, 80)
        _, writer = await streams(one, "10.0.0.2", 80)
        data = Random(2).randbytes(50_000)
        writer.write(data)
        await asyncio.sleep(5)
        assert bytes(protocol.received) == data

    run(story)


def test_port_in_use_and_any_port() -> None:
    async def story(one: Place, other: Place) -> None:
        del one
        server = await serve(other, echo)
        with pytest.raises(OSError, match="in use"):
            await serve(other, echo)
        server.close()
        again = await serve(other, echo)
        assert again.is_serving()
        anywhere = await serve(other, echo, port=0)
        assert anywhere.sockets[0].getsockname()[1] >= 49152

    run(story)


class Echo(asyncio.DatagramProtocol):
    """Returns every datagram, and keeps it."""

    def __init__(self, *, answer: bool) -> None:
        self.answer = answer
        self.received: list[bytes] = []
        self.errors: list[Exception] = []
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received.append(data)
        if self.answer:
            self.transport.sendto(data, addr)

    def error_received(self, exc: Exception) -> None:
        self.errors.append(exc)


@PEERS
def test_datagrams(peer: str) -> None:
    async def story(one: Place, other: Place) -> None:
        await other.network.create_datagram_endpoint(lambda: Echo(answer=True), ("::", 7))
        transport, client = await one.network.create_datagram_endpoint(
            lambda: Echo(answer=False), remote_addr=(peer, 7)
        )
        transport.sendto(b"short")
        transport.sendto(bytes(20_000))
        await asyncio.sleep(1)
        assert client.received == [b"short", bytes(20_000)]
        transport.close()
        transport, client = await one.network.create_datagram_endpoint(
            lambda: Echo(answer=False), remote_addr=(peer, 9)
        )
        transport.sendto(b"nobody")
        await asyncio.sleep(1)
        assert isinstance(client.errors[0], ConnectionRefusedError)

    run(story)


class NameServer(asyncio.DatagramProtocol):
    """Answers for one name."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        asked = dns.parse(data)
        assert isinstance(asked, dns.Message)
        assert asked.question is not None
        records = {dns.A: "10.0.0.2", dns.AAAA: "fd00::2"}
        answers: tuple[dns.Record, ...] = ()
        code = dns.NAME_ERROR
        if asked.question.name == (b"www", b"test"):
            code = dns.NO_ERROR
            address = ip_address(records[asked.question.kind]).packed
            answers = (dns.Record(asked.question.name, asked.question.kind, 60, address),)
        if asked.question.kind == dns.PTR:
            code = dns.NO_ERROR
            answers = (dns.Record(asked.question.name, dns.PTR, 60, b"", (b"www", b"test")),)
        reply = dns.Message(asked.identifier, dns.RESPONSE | code, asked.question, answers)
        self.transport.sendto(dns.emit(reply), addr)


def test_names() -> None:
    async def story(one: Place, other: Place) -> None:
        await other.network.create_datagram_endpoint(NameServer, ("0.0.0.0", 53))
        await serve(other, echo)
        one.resolving.core.servers.set("test", (ip_address("10.0.0.2").packed,))
        found = await one.network.getaddrinfo("www.test", 80, type=1)
        assert [entry[4][:2] for entry in found] == [("10.0.0.2", 80), ("fd00::2", 80)]
        reader, writer = await streams(one, "www.test", 80)
        # Local IPv6 addresses come after IPv4 ones: RFC 6724 §2.1.
        assert writer.get_extra_info("peername")[0] == "10.0.0.2"
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        assert await one.network.getnameinfo(("10.0.0.2", 80)) == ("www.test", "80")
        with pytest.raises(OSError, match=r"nowhere\.test"):
            await streams(one, "nowhere.test", 80)

    run(story)


class DhcpServer(UdpHandler):
    """Our small server on a stack."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def on_datagram(
        self,
        socket: UdpSocket,
        data: bytes,
        source: bytes,
        source_port: int,
        destination: bytes,
        destination_port: int,
        now: int,
    ) -> None:
        del source, source_port, destination, destination_port
        reply = self.server.receive(data, now)
        if reply is not None:
            socket.send(reply.payload, reply.destination, reply.port, now)

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        del socket, kind, remote, remote_port, now


def test_dhcp() -> None:
    async def main() -> None:
        switched = SwitchedNetwork()
        server, client = Place(switched, 1, NONE), Place(switched, 2, NONE, static=False)
        us = ip_address("10.0.0.1").packed
        settings = Settings(
            us,
            IPv4Network("10.0.0.0/24"),
            ip_address("10.0.0.50").packed,
            ip_address("10.0.0.60").packed,
            600,
            (us,),
            (us,),
        )
        handler = DhcpServer(Server(settings))
        socket = server.stack.host.udp.bind(handler, 67)
        assert socket is not None
        dhcp = Dhcp(client.port, client.resolving)
        dhcp.start()
        await dhcp.configured.wait()
        assert client.stack.addresses() == ["10.0.0.50"]
        assert client.resolving.core.servers.all() == (us,)
        await serve(server, echo)
        reader, writer = await streams(client, "10.0.0.1", 80)
        await asyncio.sleep(3600)
        assert client.stack.addresses() == ["10.0.0.50"]
        writer.write(b"renewed five times meanwhile")
        assert await reader.read(5) == b"renew"
        socket.close()
        await asyncio.sleep(700)
        assert client.stack.addresses() == []

    run_virtual(main(), MockClock())


def test_changed_lease() -> None:
    """Another server refuses the renewal; its own address and router are used from then on."""

    async def main() -> None:
        switched = SwitchedNetwork()
        server, client = Place(switched, 1, NONE), Place(switched, 2, NONE, static=False)
        us = ip_address("10.0.0.1").packed

        def leasing(last: str, router: str) -> DhcpServer:
            only = ip_address(last).packed
            routers = (ip_address(router).packed,)
            return DhcpServer(
                Server(Settings(us, IPv4Network("10.0.0.0/24"), only, only, 600, routers, (us,)))
            )

        socket = server.stack.host.udp.bind(leasing("10.0.0.50", "10.0.0.1"), 67)
        assert socket is not None
        dhcp = Dhcp(client.port, client.resolving)
        dhcp.start()
        await dhcp.configured.wait()
        await serve(server, echo)
        _, writer = await streams(client, "10.0.0.1", 80)
        assert writer.get_extra_info("sockname")[0] == "10.0.0.50"
        socket.close()
        # It answers the renewal of an address that it never gave with a refusal (RFC 2131 §4.3.2).
        assert server.stack.host.udp.bind(leasing("10.0.0.60", "10.0.0.254"), 67) is not None
        await asyncio.sleep(700)
        assert client.stack.addresses() == ["10.0.0.60"]
        routes = [route for route in client.stack.host.routing.table.routes if route.length == 0]
        assert [route.gateway for route in routes] == [ip_address("10.0.0.254").packed]
        _, writer = await streams(client, "10.0.0.1", 80)
        assert writer.get_extra_info("sockname")[0] == "10.0.0.60"

    run_virtual(main(), MockClock())


def test_no_dhcp_server(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        client = Place(SwitchedNetwork(), 2, NONE, static=False)
        Dhcp(client.port, client.resolving).start()
        await asyncio.sleep(100)
        await client.stack.close()

    run_virtual(main(), MockClock())
    assert "no DHCP server answered" in caplog.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ipv4": "10.0.0.2"}, "write the prefix too"),
        ({"ipv4": "10.0.0.256/24"}, "no address"),
        ({"ipv4": "10.0.0.2/24", "ipv4_gateway": "10.0.1.1"}, "outside of 10.0.0.0/24"),
        ({"ipv4": "10.0.0.2/24", "ipv4_gateway": "10.0.0.2"}, "own address"),
        ({"ipv4": "10.0.0.2/24", "ipv4_gateway": "fd00::1"}, "another IP version"),
    ],
)
def test_mistakes_are_named(options: dict[str, str], message: str) -> None:
    async def main() -> None:
        place = Place(SwitchedNetwork(), 2, NONE, static=False)
        with pytest.raises(UsageError, match=message):
            place.stack.configure(place.port, **options)  # type: ignore[arg-type]

    run_virtual(main(), MockClock())


def test_installed_network_is_asyncios_own() -> None:
    """A program that knows nothing of us: asyncio.start_server and open_connection."""

    async def main() -> None:
        place = Place(SwitchedNetwork(), 1, NONE)
        place.network.install()
        server = await asyncio.start_server(echo, "0.0.0.0", 80)
        place.stack.host.addresses.local[0].state = 1
        assert isinstance(server, asyncio.AbstractServer)
        with pytest.raises(OSError, match=r"."):
            await asyncio.open_connection("192.0.2.1", 80)
        server.close()

    run_virtual(main(), MockClock())


def test_transport_is_a_transport() -> None:
    assert issubclass(TcpTransport, asyncio.Transport)


def certificate(directory: Path) -> Path:
    """A key and its own signature in one file; skipped without the tool that makes them."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    file = directory / "server.pem"
    make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=server.test", "-addext", "subjectAltName=DNS:server.test"]
    places = ["-keyout", str(file), "-out", str(file) + ".crt"]
    subprocess.run([openssl, *make, *names, *places], check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


def test_tls(tmp_path: Path) -> None:
    """asyncio's own TLS over our transports, both ends."""
    file = certificate(tmp_path)

    async def story(one: Place, other: Place) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        trusting = ssl.create_default_context(cafile=str(file))

        def make() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(asyncio.StreamReader(), echo)

        server = await other.network.create_server(make, None, 443, ssl=context)
        reader, writer = await streams(one, "10.0.0.2", 443, ssl=trusting, server_hostname="server.test")
        data = Random(5).randbytes(100_000)
        writer.write(data)
        assert await reader.readexactly(len(data)) == data
        assert writer.get_extra_info("peername") == ("10.0.0.2", 443)
        assert writer.get_extra_info("cipher") is not None
        writer.close()
        server.close()

    run(story)
