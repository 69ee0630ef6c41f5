"""The Stack device over our own stack keeps its contract, and so do its flows."""

from __future__ import annotations

import pytest

from pymirage.device import Flow, Peer
from pymirage.driver.impairment import MILLISECOND, Impairment
from pymirage.driver.memory.clock import MockClock
from pymirage.driver.memory.random import SeededRandom
from pymirage.driver.memory.switched_net import SwitchedNetwork
from pymirage.sched.direct import DirectStack
from pymirage.sched.virtual import run_virtual
from tests.contract import flow, stack
from tests.contract.fixture import Check, each

SLOW = Impairment(delay=2 * MILLISECOND)


async def two() -> tuple[DirectStack, DirectStack]:
    network = SwitchedNetwork()
    stacks = [
        await DirectStack.connect(
            network.station(SLOW),
            SeededRandom(number),
            ipv4=f"10.0.0.{number}/24",
            ipv6=f"fd00::{number}/64",
            accept_router_advertisements=False,
        )
        for number in (1, 2)
    ]
    return stacks[0], stacks[1]


@each(*stack.CHECKS)
@pytest.mark.parametrize("address", ["10.0.0.1", "fd00::1"])
def test_stack(check: Check, address: str) -> None:
    async def made() -> tuple[DirectStack, DirectStack, str]:
        return *await two(), address

    run_virtual(check(made), MockClock())  # type: ignore[arg-type]


@each(*flow.CHECKS)
def test_flow(check: Check) -> None:
    async def made() -> tuple[Flow, Flow]:
        server, client = await two()
        ends: list[Flow] = []
        forever = server.stack.loop.create_future()

        async def keep(end: Flow, peer: Peer) -> None:
            del peer
            ends.append(end)
            await forever

        listener = await server.listen(0, keep)
        ours = await client.open("10.0.0.1", listener.port())
        while not ends:
            await MockSleep.sleep()
        return ours, ends[0]

    run_virtual(check(made), MockClock())  # type: ignore[arg-type]


class MockSleep:
    """A moment for the other end."""

    @staticmethod
    async def sleep() -> None:
        import asyncio

        await asyncio.sleep(0.001)
