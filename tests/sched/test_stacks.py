"""The Stack device over our own stack, in simulated time, and over the host's sockets: one contract."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from typing import Any

import pytest

from pymirage.device import Endpoint, Flow, Stack, TcpFlow, TcpOptions, UdpPort
from pymirage.device.error import ConnectionLost
from pymirage.driver.memory.clock import MockClock
from pymirage.driver.memory.switched_net import SwitchedNetwork
from pymirage.error import ArgumentError, UsageError
from pymirage.sched.direct_stack import DirectStack
from pymirage.sched.host_loop import run_on_host
from pymirage.sched.host_stack import HostStack
from pymirage.sched.stream_flow import StreamFlow
from pymirage.sched.virtual import run_virtual
from tests.contract import flow, tcp, udp
from tests.contract.fixture import each
from tests.port import has_ipv6

SECOND = 1_000_000_000


async def direct(switched: SwitchedNetwork, number: int) -> DirectStack:
    addresses = IPv4Interface(f"10.0.0.{number}/24"), (IPv6Interface(f"fd00::{number}/64"),)
    return await DirectStack.connect(switched.station(), ipv4=addresses[0], ipv6=addresses[1])


def with_direct(check: Callable[[Any], Awaitable[None]], address: str) -> None:
    async def main() -> None:
        switched = SwitchedNetwork()

        async def make() -> tuple[Stack, Stack, str]:
            return await direct(switched, 1), await direct(switched, 2), address

        await check(make)

    run_virtual(main(), MockClock())


def with_sockets(check: Callable[[Any], Awaitable[None]], address: str) -> None:
    async def make() -> tuple[Stack, Stack, str]:
        return await HostStack.connect(), await HostStack.connect(), address

    async def main() -> None:
        await check(make)

    run_on_host(main())


CHECKS = each(*tcp.CHECKS, *udp.CHECKS)


@CHECKS
@pytest.mark.parametrize("address", ["10.0.0.2", "fd00::2"])
def test_direct(check: Any, address: str) -> None:
    with_direct(check, address)


@CHECKS
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_sockets(check: Any, address: str) -> None:
    if address == "::1" and not has_ipv6():
        pytest.skip("this host has no IPv6")
    with_sockets(check, address)


@asynccontextmanager
async def joined(client: Stack, server: Stack, address: str) -> AsyncIterator[tuple[Flow, Flow]]:
    """Both ends of one connection."""
    accepted: asyncio.Queue[TcpFlow] = asyncio.Queue()
    done = asyncio.Event()

    async def serve(flow: TcpFlow) -> None:
        accepted.put_nowait(flow)
        await done.wait()

    listener = await server.tcp.listen(0, serve)
    ours = await client.tcp.connect(address, listener.port())
    yield ours, await accepted.get()
    done.set()
    await ours.close()
    await listener.close()


def of_flows(check: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    async def checked(make: Any) -> None:
        async with joined(*await make()) as pair:

            async def give() -> tuple[Flow, Flow]:
                return pair

            await check(give)

    return checked


FLOWS = each(*flow.CHECKS)


@FLOWS
def test_direct_flows(check: Any) -> None:
    with_direct(of_flows(check), "fd00::2")


@FLOWS
def test_flows_of_sockets(check: Any) -> None:
    with_sockets(of_flows(check), "127.0.0.1")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"ipv4_gateway": IPv4Address("10.7.0.1")}, "--lan-ipv4-gateway: gateway 10.7.0.1 is outside of"),
        ({"ipv4": IPv4Interface("10.0.0.0/24")}, "--lan-ipv4: .* is the network 10.0.0.0/24 itself"),
        ({"ipv4": IPv4Interface("10.0.0.255/24")}, "--lan-ipv4: .* is everybody's in 10.0.0.0/24"),
        ({"ipv4": IPv4Interface("127.0.0.1/8")}, "--lan-ipv4: .* loopback"),
        ({"ipv6": [IPv6Interface("ff02::1/64")]}, "--lan-ipv6: .* is a group's"),
        ({"ipv6": [IPv6Interface("::/0")]}, "--lan-ipv6: .* no address at all"),
        ({"ipv6_gateway": IPv6Address("fd00::1")}, "--lan-ipv6-gateway: gateway fd00::1 is outside of"),
        ({"route": ["10.8.0.0/16"]}, "--lan-route: '10.8.0.0/16': write PREFIX,ROUTER"),
        ({"route": ["10.8.0.1/16,10.0.0.3"]}, "--lan-route: '10.8.0.1/16' is no prefix"),
        ({"route": ["10.8.0.0/16,there"]}, "--lan-route: 'there' is no address"),
        ({"route": ["10.8.0.0/16,fd00::1"]}, "--lan-route: .* different IP versions"),
        ({"route": ["10.8.0.0/16,10.9.0.1"]}, "--lan-route: gateway 10.9.0.1 is outside of 10.0.0.0/24"),
        ({"ipv4": IPv4Interface("10.0.0.2/24"), "dhcp": True}, "give it or --lan-dhcp, not both"),
    ],
)
def test_keys_that_do_not_fit(keys: dict[str, Any], message: str) -> None:
    async def main() -> None:
        await DirectStack.connect(SwitchedNetwork().station(), group="lan", **keys)

    with pytest.raises(ArgumentError, match=message.replace("(", "\\(")):
        run_virtual(main(), MockClock())


def test_keepalive_of_flows() -> None:
    """A peer that vanished is noticed on both sides, long before anybody writes."""

    async def main() -> None:
        switched = SwitchedNetwork()
        one, other = await direct(switched, 1), await direct(switched, 2)
        options = TcpOptions(keepalive=20 * SECOND, keepalive_interval=5 * SECOND, keepalive_probes=2)

        async def serve(flow: TcpFlow) -> None:
            await flow.read()

        listener = await other.tcp.listen(0, serve)
        flow = await one.tcp.connect("10.0.0.2", listener.port(), options=options)
        await asyncio.sleep(100)
        await other.close()
        began = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionLost, match="did not answer"):
            await flow.read()
        assert asyncio.get_running_loop().time() - began < 31

    run_virtual(main(), MockClock())


def test_options_of_flows_on_the_hosts_sockets() -> None:
    async def main() -> None:
        stack = await HostStack.connect()
        options = TcpOptions(keepalive=SECOND + 1, keepalive_probes=4, user_time_out=1, no_delay=False)
        accepted: asyncio.Future[TcpFlow] = asyncio.get_running_loop().create_future()

        async def serve(flow: TcpFlow) -> None:
            accepted.set_result(flow)
            await flow.read()

        listener = await stack.tcp.listen(0, serve, options=options)
        ours = await stack.tcp.connect("127.0.0.1", listener.port(), options=options)
        for one in (ours, await accepted):
            assert isinstance(one, StreamFlow)
            made = one._transport.get_extra_info("socket")
            assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
            assert [made.getsockopt(socket.IPPROTO_TCP, name) for name in names] == [2, 75, 4, 1]
            assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
        await ours.close()
        await listener.close()

    run_on_host(main())


def test_options_that_make_no_sense() -> None:
    with pytest.raises(UsageError, match="nanoseconds"):
        TcpOptions(keepalive=-1)
    assert repr(TcpOptions()) == "TcpOptions()"
    assert repr(TcpOptions(keepalive=5, no_delay=False)) == "TcpOptions(keepalive=5, no_delay=False)"


@pytest.mark.parametrize("group", ["239.1.2.3", "ff05::1:2"])
def test_groups_of_ports(group: str) -> None:
    async def main() -> None:
        switched = SwitchedNetwork()
        one, other = await direct(switched, 1), await direct(switched, 2)
        heard: list[tuple[bytes, str]] = []

        def receive(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
            del port, source
            heard.append((data, destination.address))

        member = await other.udp.listen(5000, receive)
        sender = await one.udp.listen(0, receive)
        for text, change in ((b"early", member.join), (b"now", member.leave), (b"late", member.join)):
            sender.send(text, Endpoint(group, 5000))
            await asyncio.sleep(1)
            change(group)
            change(group)
            await asyncio.sleep(1)
        assert heard == [(b"now", group)]
        count = len(other.core.host.addresses.groups)
        await member.close()
        assert len(other.core.host.addresses.groups) == count - 1

    run_virtual(main(), MockClock())


def test_groups_on_the_hosts_sockets() -> None:
    async def main() -> None:
        stack = await HostStack.connect()
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        def receive(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
            del port, source
            assert destination.address == "239.1.2.3"
            heard.put_nowait(data)

        member = await stack.udp.listen(0, receive)
        try:
            member.join("239.1.2.3")
        except OSError as error:
            pytest.skip(f"this host has no interface for groups: {error}")
        member.join("239.1.2.3")
        sender = await stack.udp.listen(0, receive)
        sender.send(b"hello", Endpoint("239.1.2.3", member.port()))
        async with asyncio.timeout(300):
            assert await heard.get() == b"hello"
        await member.close()
        await sender.close()

    run_on_host(main())


def test_routes() -> None:
    """Two routers for everything and one for a prefix; whoever does not answer is passed over."""

    async def main() -> None:
        switched = SwitchedNetwork()
        far = "10.8.0.1"
        # A router that is the destination itself: forwarding is no part of the stack.
        router = await DirectStack.connect(switched.station(), ipv4=IPv4Interface("10.0.0.3/24"))
        router.core.configure(router.core.ports[0], ipv4=f"{far}/32")
        routes = ["0.0.0.0/0,10.0.0.66", "0.0.0.0/0,10.0.0.3"]
        ours = await DirectStack.connect(switched.station(), ipv4=IPv4Interface("10.0.0.2/24"), route=routes)
        back = await DirectStack.connect(
            switched.station(), ipv4=IPv4Interface("10.0.0.4/24"), route=["10.8.0.0/16,10.0.0.3"]
        )

        async def serve(flow: TcpFlow) -> None:
            await flow.write(flow.remote().address.encode())

        listener = await router.tcp.listen(80, serve)
        for stack in (ours, back):
            flow = await stack.tcp.connect(far, 80)
            assert await flow.read() == stack.addresses()[0].encode()
            await flow.close()
        await listener.close()

    run_virtual(main(), MockClock())
