"""What programs ask sockets for, without sockets: options, names, groups, ports of one IP version."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from typing import Any

import pytest

from pymirage.driver.memory.switched_net import SwitchedNetwork
from pymirage.sched import socket_options
from tests.sched.test_network import Echo, Place, echo, run, serve, streams

MINUTE = 60


def test_numbers_are_linuxs() -> None:
    names = [name for name in vars(socket_options) if name.isupper() and name != "HINTS"]
    assert len(names) > 25
    for name in names:
        assert getattr(socket, name) == getattr(socket_options, name), name


def test_what_libraries_do_with_the_socket_of_a_transport() -> None:
    """aiohttp, uvicorn and redis ask these."""

    async def story(one: Place, other: Place) -> None:
        await serve(other, echo)
        _, writer = await streams(one, "10.0.0.2", 80)
        sock = writer.get_extra_info("socket")
        assert sock.family == socket.AF_INET
        assert (sock.type, sock.proto) == (socket.SOCK_STREAM, socket.IPPROTO_TCP)
        assert sock.getsockname() == writer.get_extra_info("sockname")
        assert sock.getpeername() == ("10.0.0.2", 80)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1, "as asyncio has it"
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, False)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, b"\1\0\0\0")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 4) == b"\1\0\0\0"
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        assert sock.fileno() == -1
        sock.setblocking(False)
        with pytest.raises(ValueError, match="cannot be blocking"):
            sock.setblocking(True)
        with pytest.raises(OSError, match="not available") as refused:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        assert refused.value.errno == errno.ENOPROTOOPT
        with pytest.raises(OSError, match="not from 1 to 127"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 0)

    run(story)


def keepalive(sock: Any) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)


def test_keepalive_finds_a_peer_that_vanished() -> None:
    async def story(one: Place, other: Place) -> None:
        await serve(other, echo)
        reader, writer = await streams(one, "fd00::2", 80)
        keepalive(writer.get_extra_info("socket"))
        await asyncio.sleep(10 * MINUTE)
        await other.stack.close()
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await reader.read()
        assert asyncio.get_running_loop().time() - began < 3 * MINUTE

    run(story)


def test_user_time_out() -> None:
    async def story(one: Place, other: Place) -> None:
        await serve(other, echo)
        reader, writer = await streams(one, "10.0.0.2", 80)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 20_000)
        await other.stack.close()
        writer.write(b"x")
        began = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await reader.read()
        assert 19.9 < asyncio.get_running_loop().time() - began < 20.1

    run(story)


def test_a_servers_options_are_its_connections() -> None:
    async def story(one: Place, other: Place) -> None:
        gone = asyncio.get_running_loop().create_future()

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sock = writer.get_extra_info("socket")
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
            try:
                await reader.read()
            except OSError as error:
                gone.set_result(error)
            writer.close()

        server = await serve(other, wait)
        for listening in server.sockets:
            keepalive(listening)
        held = await streams(one, "10.0.0.2", 80)
        await asyncio.sleep(1)
        await one.stack.close()
        assert isinstance(await gone, TimeoutError)
        assert held

    run(story)


def test_any_address_of_one_ip_version() -> None:
    """As asyncio has it on Linux, where IPV6_V6ONLY is set for servers."""

    async def story(one: Place, other: Place) -> None:
        four = await serve(other, echo, "0.0.0.0")
        assert [each.getsockname() for each in four.sockets] == [("0.0.0.0", 80)]
        await streams(one, "10.0.0.2", 80)
        with pytest.raises(ConnectionRefusedError):
            await streams(one, "fd00::2", 80)
        six = await serve(other, echo, "::")
        assert [each.getsockname() for each in six.sockets] == [("::", 80, 0, 0)]
        await streams(one, "fd00::2", 80)
        with pytest.raises(OSError, match="in use"):
            await serve(other, echo)
        both = await serve(other, echo, port=81)
        assert sorted(each.family for each in both.sockets) == [socket.AF_INET, socket.AF_INET6]
        for peer in ("10.0.0.2", "fd00::2"):
            await streams(one, peer, 81)

    run(story)


def test_addresses_that_are_not_ours() -> None:
    async def story(one: Place, other: Place) -> None:
        del other
        with pytest.raises(OSError, match=r"none of these .* ours: \('10\.9\.9\.9', 80\)") as refused:
            await serve(one, echo, "10.9.9.9")
        assert refused.value.errno == errno.EADDRNOTAVAIL
        with pytest.raises(OSError, match="not one of our"):
            await one.network.create_datagram_endpoint(lambda: Echo(answer=False), ("10.9.9.9", 7))
        assert (await serve(one, echo, ["10.0.0.1", "fd00::1"])).is_serving()
        with pytest.raises(OSError, match="another IP version"):
            await one.network.getaddrinfo("10.0.0.1", 80, family=socket.AF_INET6)

    run(story)


@pytest.mark.parametrize("version", [4, 6])
def test_groups(version: int) -> None:
    async def story(one: Place, other: Place) -> None:
        transport, member = await other.network.create_datagram_endpoint(
            lambda: Echo(answer=False), ("0.0.0.0" if version == 4 else "::", 5000)
        )
        sock = transport.get_extra_info("socket")
        if version == 4:
            group, level, add, drop = "239.1.2.3", socket.IPPROTO_IP, 35, 36
            request = socket.inet_aton(group) + socket.inet_aton("0.0.0.0")
        else:
            group, level, add, drop = "ff05::1:2", socket.IPPROTO_IPV6, 20, 21
            request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("=I", 0)
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        sender, _ = await one.network.create_datagram_endpoint(lambda: Echo(answer=False), family=family)
        sender.sendto(b"too early", (group, 5000))
        await asyncio.sleep(1)
        sock.setsockopt(level, add, request)
        with pytest.raises(OSError, match="already"):
            sock.setsockopt(level, add, request)
        sender.sendto(b"heard", (group, 5000))
        await asyncio.sleep(1)
        sock.setsockopt(level, drop, request)
        sender.sendto(b"too late", (group, 5000))
        await asyncio.sleep(1)
        assert member.received == [b"heard"]
        sock.setsockopt(level, add, request)
        count = len(other.stack.host.addresses.groups)
        transport.close()
        assert len(other.stack.host.addresses.groups) == count - 1
        hops = sender.get_extra_info("socket")
        hops.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, b"\x20\0\0\0")
        assert hops.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 32
        with pytest.raises(OSError, match="mreq"):
            sock.setsockopt(level, add, b"short")
        with pytest.raises(OSError, match="not the address of a group"):
            sock.setsockopt(level, add, bytes(8 if version == 4 else 20))

    run(story)


def two_networks(story: Any) -> None:
    """One host with an interface on each of two networks; a neighbour on either."""

    async def main() -> None:
        left, right = SwitchedNetwork(), SwitchedNetwork()
        host = Place(left, 1, addresses=("10.1.0.1/24", "fd01::1/64"))
        second = Place(right, 2, addresses=("10.2.0.1/24", "fd02::1/64"))
        host.network.sides.add(second.stack, second.resolving)
        neighbours = Place(left, 3, addresses=("10.1.0.9/24",)), Place(right, 4, addresses=("10.2.0.9/24",))
        await story(host, *neighbours)
        for place in (host, second, *neighbours):
            await place.stack.close()

    from pymirage.driver.memory.clock import MockClock
    from pymirage.sched.virtual import run_virtual

    run_virtual(main(), MockClock())


def test_any_address_means_every_stack() -> None:
    async def story(host: Place, left: Place, right: Place) -> None:
        await serve(host, echo)
        await host.network.create_datagram_endpoint(lambda: Echo(answer=True), ("0.0.0.0", 7))
        for neighbour, address in ((left, "10.1.0.1"), (right, "10.2.0.1")):
            reader, writer = await streams(neighbour, address, 80)
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            transport, client = await neighbour.network.create_datagram_endpoint(
                lambda: Echo(answer=False), remote_addr=(address, 7)
            )
            transport.sendto(b"datagram")
            await asyncio.sleep(1)
            assert client.received == [b"datagram"]

    two_networks(story)


def test_an_address_means_the_stack_that_has_it() -> None:
    async def story(host: Place, left: Place, right: Place) -> None:
        await serve(host, echo, "10.2.0.1")
        await streams(right, "10.2.0.1", 80)
        with pytest.raises(ConnectionRefusedError):
            await streams(left, "10.1.0.1", 80)

    two_networks(story)


def test_connections_leave_by_the_best_route() -> None:
    async def story(host: Place, left: Place, right: Place) -> None:
        for neighbour, address, ours in ((left, "10.1.0.9", "10.1.0.1"), (right, "10.2.0.9", "10.2.0.1")):
            await serve(neighbour, echo)
            _, writer = await streams(host, address, 80)
            assert writer.get_extra_info("sockname")[0] == ours
        with pytest.raises(OSError, match="no route"):
            await streams(host, "10.2.0.9", 80, local_addr=("10.1.0.1", 0))

    two_networks(story)


@pytest.mark.parametrize("address", ["10.0.0.1", "fd00::1", "127.0.0.1", "::1", "127.1.2.3"])
def test_talking_to_ourselves(address: str) -> None:
    """On loopback and on our own addresses, without a frame on the wire."""

    async def story(one: Place, other: Place) -> None:
        del other
        await asyncio.sleep(10)
        sent = one.port.net.stats().sent_frames
        with pytest.raises(ConnectionRefusedError):
            await streams(one, address, 80)
        await serve(one, echo, None if address == "127.1.2.3" else address)
        reader, writer = await streams(one, address, 80)
        data = bytes(range(256)) * 20_000
        reading = asyncio.create_task(reader.readexactly(len(data)))
        writer.write(data)
        assert await reading == data
        assert writer.get_extra_info("sockname")[0] == writer.get_extra_info("peername")[0] == address
        await one.network.create_datagram_endpoint(lambda: Echo(answer=True), (address, 7))
        transport, client = await one.network.create_datagram_endpoint(
            lambda: Echo(answer=False), remote_addr=(address, 7)
        )
        transport.sendto(bytes(60_000))
        await asyncio.sleep(1)
        assert client.received == [bytes(60_000)]
        transport.close()
        transport, client = await one.network.create_datagram_endpoint(
            lambda: Echo(answer=False), remote_addr=(address, 9)
        )
        transport.sendto(b"nobody")
        await asyncio.sleep(1)
        assert isinstance(client.errors[0], ConnectionRefusedError)
        assert one.port.net.stats().sent_frames == sent
        writer.close()
        await asyncio.sleep(200)
        assert one.stack.host.tcp.count() == 0

    run(story)


def test_localhost() -> None:
    async def story(one: Place, other: Place) -> None:
        await serve(other, echo, "127.0.0.1")
        _, writer = await streams(other, "localhost", 80)
        assert writer.get_extra_info("peername") == ("127.0.0.1", 80)
        with pytest.raises(ConnectionRefusedError):
            await streams(one, "10.0.0.2", 80)

    run(story)
