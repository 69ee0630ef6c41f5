"""The Stack device over the host's sockets keeps its contract, over the loop-back interface."""

from __future__ import annotations

import asyncio

from pymirage.device import Flow, Peer
from pymirage.driver.host.stack import SocketStack
from tests.contract import flow, stack
from tests.contract.fixture import Check, each


@each(*stack.CHECKS)
def test_stack(check: Check) -> None:
    async def made() -> tuple[SocketStack, SocketStack, str]:
        return SocketStack(), SocketStack(), "127.0.0.1"

    asyncio.run(check(made))  # type: ignore[arg-type]


@each(*flow.CHECKS)
def test_flow(check: Check) -> None:
    async def made() -> tuple[Flow, Flow]:
        host = SocketStack()
        arrived: asyncio.Future[Flow] = asyncio.get_running_loop().create_future()

        async def keep(end: Flow, peer: Peer) -> None:
            del peer
            arrived.set_result(end)
            await asyncio.get_running_loop().create_future()

        listener = await host.listen(0, keep)
        ours = await host.open("127.0.0.1", listener.port())
        return ours, await arrived

    asyncio.run(check(made))  # type: ignore[arg-type]
