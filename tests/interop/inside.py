"""The stories that run inside of the namespace: `python -m tests.interop.inside STORY OPTION=VALUE …`."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from pymirage.driver.host.tap import Tap
from pymirage.driver.impairment import Impairment
from pymirage.driver.middleware.faults import FaultyNet
from pymirage.error import DeviceError
from pymirage.net.icmp import EchoListener
from pymirage.net.tcp.settings import Settings
from pymirage.sched.addresses import host_address
from pymirage.sched.dhcp import Dhcp
from pymirage.sched.host_loop import run_on_host
from tests.interop.laboratory import LINUX4, LINUX6, OURS4, OURS6, TAP, Wire, run, wire

STORIES: dict[str, Callable[..., Awaitable[None]]] = {}
PATIENCE = 1100 if os.environ.get("PYMIRAGE_LONG") else 400


def story(function: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    STORIES[function.__name__] = function
    return function


def is_six(address: str) -> bool:
    return ":" in address


@story
async def nothing() -> None:
    """Whether there can be a TAP interface in a namespace here."""
    async with wire():
        pass


@story
async def ping_us(ours: str, mtu: int, offloads: bool) -> None:
    """Linux's ping, small and in fragments."""
    async with wire(mtu=mtu, offloads=offloads):
        for size in (8, 56, 4000, 20_000):
            command = ["ping", "-c", "2", "-i", "0.2", "-W", "5", "-s", str(size), ours]
            process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            output, _ = await process.communicate()
            assert process.returncode == 0, output.decode()


class Echoes(EchoListener):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def echo_reply(self, source: bytes, identifier: int, sequence: int, data: bytes, now: int) -> None:
        del source, identifier, sequence, now
        self.heard.put_nowait(data)


@story
async def ping_linux(linux: str, mtu: int, offloads: bool) -> None:
    async with wire(mtu=mtu, offloads=offloads) as ours:
        icmp = ours.stack.host.icmp
        echoes = icmp.echo_listener = Echoes()
        for size in (0, 56, 4000, 20_000):
            data = Random(size).randbytes(size)
            assert icmp.ping(host_address(linux), 7, size & 0xFFFF, data, ours.stack.now()) is None
            assert await echoes.heard.get() == data


class Echo(asyncio.DatagramProtocol):
    """Returns every datagram."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.transport.sendto(data, addr)


class Client(asyncio.DatagramProtocol):
    """Keeps every datagram."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        del addr
        self.received.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        self.errors.put_nowait(exc)


async def echo_datagrams(server: Any, client: Any, address: str) -> None:
    """`server` and `client` make datagram endpoints: a loop, or a network."""
    await server.create_datagram_endpoint(Echo, (address, 7))
    transport, protocol = await client.create_datagram_endpoint(Client, remote_addr=(address, 7))
    for size in (1, 1000, 1472, 1473, 9000, 60_000):
        data = Random(size).randbytes(size)
        transport.sendto(data)
        assert await protocol.received.get() == data, f"a datagram of {size} octets"
    transport.close()
    transport, protocol = await client.create_datagram_endpoint(Client, remote_addr=(address, 9))
    transport.sendto(b"nobody listens")
    assert isinstance(await protocol.errors.get(), ConnectionRefusedError)


@story
async def datagrams_to_us(ours: str, mtu: int, offloads: bool) -> None:
    async with wire(mtu=mtu, offloads=offloads) as us:
        await echo_datagrams(us.network, asyncio.get_running_loop(), ours)


@story
async def datagrams_to_linux(linux: str, mtu: int, offloads: bool) -> None:
    async with wire(mtu=mtu, offloads=offloads) as us:
        await echo_datagrams(asyncio.get_running_loop(), us.network, linux)


async def connect(
    side: Any, address: str, port: int, **options: Any
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader = asyncio.StreamReader(limit=1 << 20)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await side.create_connection(lambda: protocol, address, port, **options)
    return reader, asyncio.StreamWriter(transport, protocol, reader, asyncio.get_running_loop())


async def serve(side: Any, handle: Callable[..., Awaitable[None]], address: str, port: int) -> Any:
    def make() -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(limit=1 << 20), handle)

    return await side.create_server(make, address, port)


async def pump(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Write everything at the pace of the reader, then end the stream."""
    for at in range(0, len(data), 65536):
        writer.write(data[at : at + 65536])
        await writer.drain()
    writer.write_eof()


async def digest_of(reader: asyncio.StreamReader) -> str:
    digest = sha256()
    while data := await reader.read(1 << 18):
        digest.update(data)
    return digest.hexdigest()


async def exchange(server: Any, client: Any, address: str, size: int) -> None:
    """Streams of `size` octets both ways at once arrive intact."""
    there, back = Random(1).randbytes(size), Random(2).randbytes(size)
    at_server: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, found = await asyncio.gather(pump(writer, back), digest_of(reader))
        writer.close()
        at_server.set_result(found)

    listening = await serve(server, handle, address, 8000)
    reader, writer = await connect(client, address, 8000)
    _, found = await asyncio.gather(pump(writer, there), digest_of(reader))
    assert found == sha256(back).hexdigest()
    assert await at_server == sha256(there).hexdigest()
    writer.close()
    listening.close()


@story
async def streams_to_us(ours: str, mtu: int, offloads: bool, size: int) -> None:
    async with wire(mtu=mtu, offloads=offloads) as us:
        await exchange(us.network, asyncio.get_running_loop(), ours, size)
        check_counters(us)


@story
async def streams_to_linux(linux: str, mtu: int, offloads: bool, size: int) -> None:
    async with wire(mtu=mtu, offloads=offloads) as us:
        await exchange(asyncio.get_running_loop(), us.network, linux, size)
        check_counters(us)


EXPECTED = {
    "ETHERTYPE",
    "ICMP_TYPE",
    "NEIGHBOUR_FAILED",
    "NOT_OURS",
    "NO_PORT",
    "OTHER_STATION",
    # A tail loss probe (RFC 8985 §7), where our delayed acknowledgment was slower than two round trips.
    "TCP_SEQUENCE",
    # A FIN that such a probe sent again is acknowledged twice; by the second time Linux has forgotten.
    "TCP_TIME_WAIT",
}


def check_counters(us: Wire) -> None:
    """Linux sends nothing that is wrong."""
    names = {reason.name for reason in us.port.attachment.interface.counters.drops}
    assert names <= EXPECTED, names - EXPECTED


@story
async def lossy_streams(size: int, offloads: bool) -> None:
    """Linux's firewall drops one packet in fifty, at random, each way."""
    async with wire(offloads=offloads) as us:
        run("nft add table netdev bad")
        run(f"nft add chain netdev bad in {{ type filter hook ingress device {TAP} priority 0 ; }}")
        run("nft add rule netdev bad in numgen random mod 50 == 0 drop")
        run(f"nft add chain netdev bad out {{ type filter hook egress device {TAP} priority 0 ; }}")
        run("nft add rule netdev bad out numgen random mod 50 == 0 drop")
        loop = asyncio.get_running_loop()
        await exchange(us.network, loop, OURS4, size)


@story
async def impaired_streams(ours: str, linux: str, size: int) -> None:
    """Both ways through a link that is bad in every way."""
    bad = Impairment(
        loss=0.05, duplicate=0.02, corrupt=0.01, reorder=0.05, reorder_by=5_000_000, delay=25_000_000
    )
    async with wire(impairment=bad) as us:
        loop = asyncio.get_running_loop()
        await exchange(us.network, loop, ours, size)
        await exchange(loop, us.network, linux, size)
        faulty = us.net
        assert isinstance(faulty, FaultyNet)
        assert min(faulty.outgoing.lost, faulty.incoming.lost, faulty.incoming.damaged) > 0


MILLISECOND = 1_000_000
IMPAIRMENTS = {
    "loss": Impairment(loss=0.05),
    "reorder": Impairment(reorder=0.05, reorder_by=5 * MILLISECOND),
    "duplicate": Impairment(duplicate=0.05),
    "corrupt": Impairment(corrupt=0.02),
    "delay": Impairment(delay=50 * MILLISECOND),
}


@story
async def spoiled_streams(kind: str, ours: str, mtu: int, size: int) -> None:
    """Both ways at once through one kind of damage."""
    async with wire(mtu=mtu, impairment=IMPAIRMENTS[kind]) as us:
        await exchange(us.network, asyncio.get_running_loop(), ours, size)
        assert isinstance(us.net, FaultyNet)
        for link in (us.net.outgoing, us.net.incoming):
            done = {"loss": link.lost, "duplicate": link.doubled, "corrupt": link.damaged}
            assert done.get(kind, 1) > 0, "the link did no harm"


@story
async def recorded(file: str, size: int) -> None:
    """A bit of everything, recorded: tshark then looks for mistakes in what we sent."""
    async with wire(capture=Path(file)) as us:
        loop = asyncio.get_running_loop()
        await exchange(us.network, loop, OURS4, size)
        await exchange(loop, us.network, LINUX6, size)
        await echo_datagrams(us.network, loop, OURS6)
        icmp = us.stack.host.icmp
        echoes = icmp.echo_listener = Echoes()
        assert icmp.ping(host_address(LINUX4), 7, 1, bytes(3000), us.stack.now()) is None
        await echoes.heard.get()
        membership = us.port.attachment.membership
        for group in ("239.1.2.3", "ff02::1:2"):
            membership.join(host_address(group), us.stack.now())
            membership.leave(host_address(group), us.stack.now())


@story
async def recorded_in_trouble(file: str, size: int) -> None:
    """Streams both ways over a link that loses, doubles and reorders, recorded next to Linux."""
    bad = Impairment(loss=0.03, duplicate=0.03, reorder=0.03, reorder_by=2 * MILLISECOND)
    async with wire(capture=Path(file), impairment=bad) as us:
        loop = asyncio.get_running_loop()
        await exchange(us.network, loop, OURS4, size)
        await exchange(loop, us.network, LINUX6, size)


@story
async def served_by_dnsmasq(directory: str) -> None:
    """Lease, router advertisement and names from a server that most home routers run."""
    async with wire(configured=False) as us:
        command = [
            *("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--pid-file="),
            *("--user=root", "--group=root", f"--interface={TAP}", "--bind-interfaces", "--domain=test"),
            *(f"--dhcp-leasefile={directory}/leases", "--dhcp-range=10.9.0.50,10.9.0.60,120"),
            *("--enable-ra", "--dhcp-range=fd09::,ra-only,64,600", "--dhcp-authoritative"),
            *(f"--address=/www.test/{LINUX4}", f"--address=/www.test/{LINUX6}"),
            "--ptr-record=1.0.9.10.in-addr.arpa,router.test",
        ]
        server = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
        try:
            assert server.returncode is None, "dnsmasq ended"
            us.stack.configure(us.port, autoconfigure=True)
            dhcp = Dhcp(us.port, us.resolving, "image")
            dhcp.start()
            await dhcp.configured.wait()
            lease = dhcp.client.lease
            assert lease is not None
            assert lease.address[:3] == host_address(LINUX4)[:3]
            assert lease.routes == ((bytes(4), 0, host_address(LINUX4)),)
            assert host_address(LINUX4) in us.resolving.core.servers.all()
            await ask_dnsmasq(us)
            while not any(address.startswith("fd09:") for address in us.stack.addresses()):
                await asyncio.sleep(0.1)
            dhcp.release()
            assert not any(address.startswith("10.9.") for address in us.stack.addresses())
        finally:
            if server.returncode is None:
                server.terminate()
            await server.wait()


async def ask_dnsmasq(us: Wire) -> None:
    found = await us.network.getaddrinfo("www.test", 80, type=1)
    assert {entry[4][0] for entry in found} == {LINUX4, LINUX6}
    assert await us.network.getnameinfo((LINUX4, 80)) == ("router.test", "80")
    try:
        await us.network.getaddrinfo("nowhere.test", 80)
    except OSError:
        return
    raise AssertionError("a name that is not there was found")


@story
async def refusals(ours: str, linux: str) -> None:
    """Nobody listens, either way."""
    async with wire() as us:
        for side, address in ((asyncio.get_running_loop(), ours), (us.network, linux)):
            try:
                await connect(side, address, 4444)
            except ConnectionRefusedError:
                continue
            raise AssertionError(f"{address} took a connection")


@story
async def conflict() -> None:
    """Linux has our address: it is reported and not used."""
    async with wire(configured=False) as us:
        lost: list[bytes] = []
        us.stack.watcher.on_conflict.append(lambda address: lost.append(address.address))
        us.stack.configure(us.port, ipv4=f"{LINUX4}/24", ipv6=[f"{LINUX6}/64"])
        while len(lost) < 2:
            await asyncio.sleep(0.05)
        assert sorted(lost) == sorted([host_address(LINUX4), host_address(LINUX6)])
        assert LINUX4 not in us.stack.addresses()


@story
async def gone(count: int) -> None:
    """Many connections opened and closed leave no state."""
    async with wire() as us:
        core = us.stack.host.tcp

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read())
            writer.close()

        await serve(us.network, handle, OURS4, 8000)
        for _ in range(count):
            reader, writer = await connect(asyncio.get_running_loop(), OURS4, 8000)
            writer.write(b"hello")
            writer.write_eof()
            assert await reader.read() == b"hello"
            writer.close()
        # The last one's last acknowledgment is on its way; that it comes at all is what is tested.
        while core.count() > 0:
            await asyncio.sleep(0.01)
        assert (core.half_open, core.memory.used) == (0, 0)


async def from_port(
    side: Any, address: str, port: int, local: tuple[str, int]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection from one port of ours, as soon as that is free."""
    while True:
        try:
            return await connect(side, address, port, local_addr=local)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        await asyncio.sleep(0.01)


@story
async def time_wait(ours: str, linux: str) -> None:
    """The side that closes first waits; a new connection between the same ports need not (RFC 6191)."""
    settings = Settings()
    settings.time_wait = 2_000_000_000
    async with wire(settings=settings) as us:
        core, loop = us.stack.host.tcp, asyncio.get_running_loop()

        async def closes_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readexactly(5))
            writer.close()

        async def closes_after(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read())
            writer.close()

        # Linux comes again from one port while we still wait.
        await serve(us.network, closes_first, ours, 8000)
        for _ in range(20):
            reader, writer = await from_port(loop, ours, 8000, (linux, 40_000))
            writer.write(b"hello")
            assert await reader.read() == b"hello"
            writer.close()
            await writer.wait_closed()
        assert core.count() == 1, "one pair of ports, one connection"
        # We come again from one port: once our clock of timestamps has moved on, and not before.
        await serve(loop, closes_after, linux, 8001)
        ended = loop.time()
        for least in (0, 0.9):
            reader, writer = await from_port(us.network, linux, 8001, (ours, 40_001))
            assert loop.time() - ended >= least
            writer.write(b"hello")
            # Not after TIME-WAIT began, however late we hear of that.
            ended = loop.time()
            writer.write_eof()
            assert await reader.read() == b"hello"
            writer.close()
        while core.count() > 0:
            await asyncio.sleep(0.01)
        assert loop.time() - ended > 1.9


@story
async def unusable_interfaces() -> None:
    """Each is one line with the command that helps."""
    run("ip tuntap add dev tap-down mode tap")
    run(f"ip tuntap add dev {TAP} mode tap")
    run(f"ip link set dev {TAP} up")
    first = await Tap.connect(TAP)
    for name, said in (
        ("tap-down", "is down: `sudo ip link set dev tap-down up`"),
        (TAP, "another program has it: end that, or make another one with `sudo ip tuntap add dev NAME"),
        ("tap-nowhere", "make it with `sudo ip tuntap add dev tap-nowhere mode tap user $USER"),
    ):
        try:
            await Tap.connect(name)
        except DeviceError as error:
            assert said in str(error), error
        else:
            raise AssertionError(f"{name} was attached")
    await first.close()


def value_of(text: str) -> Any:
    if text in ("True", "False"):
        return text == "True"
    return int(text) if text.isdecimal() else text


def main() -> None:
    name, *options = sys.argv[1:]
    given = dict(option.split("=", 1) for option in options)
    named = {"linux4": LINUX4, "linux6": LINUX6, "ours4": OURS4, "ours6": OURS6}
    values = {key: value_of(named.get(text, text)) for key, text in given.items()}

    async def told() -> None:
        async with asyncio.timeout(PATIENCE):
            await STORIES[name](**values)

    run_on_host(told())


if __name__ == "__main__":
    main()
