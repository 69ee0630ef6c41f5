"""The Stack device over our own stack, in simulated time, and over the host's sockets: one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface
from typing import Any

import pytest

from pymirage.device import Flow, Stack, TcpFlow
from pymirage.driver.memory.clock import MockClock
from pymirage.driver.memory.switched_net import SwitchedNetwork
from pymirage.error import ArgumentError
from pymirage.sched.direct_stack import DirectStack
from pymirage.sched.host_loop import run_on_host
from pymirage.sched.host_stack import HostStack
from pymirage.sched.virtual import run_virtual
from tests.contract import flow, tcp, udp
from tests.contract.fixture import each


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
    with_sockets(check, address)


@asynccontextmanager
async def joined(client: Stack, server: Stack, address: str) -> AsyncIterator[tuple[Flow, Flow]]:
    """Both ends of one connection."""
    import asyncio

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
        ({"ipv4": IPv4Interface("10.0.0.2/24"), "dhcp": True}, "give it or --lan-dhcp, not both"),
    ],
)
def test_keys_that_do_not_fit(keys: dict[str, Any], message: str) -> None:
    async def main() -> None:
        await DirectStack.connect(SwitchedNetwork().station(), group="lan", **keys)

    with pytest.raises(ArgumentError, match=message.replace("(", "\\(")):
        run_virtual(main(), MockClock())
