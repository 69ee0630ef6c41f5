"""VLANs of a trunk as interfaces: the contract of every interface, and who gets which frame."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pymirage.device import Net
from pymirage.driver.memory.clock import MockClock
from pymirage.driver.memory.net import net_pair
from pymirage.driver.memory.switched_net import SwitchedNetwork
from pymirage.driver.middleware.vlan import UNTAGGED, Trunk, VlanNet
from pymirage.error import UsageError
from pymirage.sched.direct_stack import DirectStack
from pymirage.sched.virtual import run_virtual
from pymirage.wire import vlan
from tests.contract import net
from tests.contract.net import Inbox, frame


def run(story: Callable[[], Awaitable[None]]) -> None:
    run_virtual(story(), MockClock())  # type: ignore[arg-type]


def test_contract() -> None:
    async def story() -> None:
        for check in net.CHECKS:

            async def make() -> tuple[Net, Net]:
                one, other = net_pair()
                return VlanNet(Trunk(one), 42), VlanNet(Trunk(other), 42)

            await check(make)

    run(story)


def test_each_vlan_has_its_own_frames() -> None:
    async def story() -> None:
        one, other = net_pair()
        trunk, theirs = Trunk(one), Trunk(other)
        numbers = (7, 4094, UNTAGGED)
        here = {number: VlanNet(trunk, number, 3 if number == 7 else 0) for number in numbers}
        there = {number: VlanNet(theirs, number) for number in numbers}
        inboxes = {number: Inbox() for number in numbers}
        for number, inbox in inboxes.items():
            there[number].set_receiver(inbox)
        for number in numbers:
            here[number].send(frame(here[number], there[number], b"%04d" % number + bytes(60)))
        for number, inbox in inboxes.items():
            (got,) = await inbox.wait_for(1)
            assert got[14:18] == b"%04d" % number

    run(story)


def test_what_the_wire_carries() -> None:
    async def story() -> None:
        one, other = net_pair()
        tagged = VlanNet(Trunk(one), 7, 3)
        inbox = Inbox()
        other.set_receiver(inbox)
        sent = frame(tagged, other, bytes(100))
        tagged.send(sent)
        (got,) = await inbox.wait_for(1)
        assert got[12:16] == b"\x81\x00\x60\x07"
        assert vlan.untag_frame(got, 7) == sent

    run(story)


def test_frames_of_others_are_dropped_and_counted() -> None:
    async def story() -> None:
        one, other = net_pair()
        mine, inbox, plain = VlanNet(Trunk(one), 7), Inbox(), Inbox()
        mine.set_receiver(inbox)
        good = frame(other, mine, bytes(60))
        bad = [good, vlan.tag_frame(good, 8), vlan.tag_frame(good, 0xFFF), good[:12] + b"\x81\x00\x00"]
        for each_frame in [*bad, vlan.tag_frame(good, 7)]:
            other.send(each_frame)
        assert await inbox.wait_for(1) == [good]
        assert one.stats().received_dropped == len(bad)
        # A tag with a priority only belongs to what is not tagged (802.1Q §6.9).
        untagged = VlanNet(mine._trunk, UNTAGGED)
        untagged.set_receiver(plain)
        other.send(vlan.tag_frame(good, 0, 5))
        assert await plain.wait_for(1) == [good]
        # A tag in a tag stays inside: not ours to unpack.
        other.send(vlan.tag_frame(vlan.tag_frame(good, 9), 7))
        assert (await inbox.wait_for(2))[1] == vlan.tag_frame(good, 9)

    run(story)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((4095,), "no number of a VLAN"), ((-1,), "no number"), ((7, 8), "no priority"), ((42,), "already")],
)
def test_mistakes(arguments: tuple[int, ...], message: str) -> None:
    trunk = Trunk(net_pair()[0])
    VlanNet(trunk, 42)
    with pytest.raises(UsageError, match=message):
        VlanNet(trunk, *arguments)


async def stack(net: Net, address: str) -> DirectStack:
    from ipaddress import IPv4Interface

    return await DirectStack.connect(net, ipv4=IPv4Interface(address))


def test_stacks_on_vlans() -> None:
    """Two VLANs and the untagged network with the same addresses, on one wire, and nothing leaks."""

    async def story() -> None:
        switched = SwitchedNetwork()
        trunks = [Trunk(switched.station()) for _ in range(2)]
        servers: list[Any] = []
        for number in (0, 7, 8):
            server = await stack(VlanNet(trunks[0], number), "10.0.0.1/24")

            async def serve(flow: Any, number: int = number) -> None:
                await flow.write(b"VLAN %d" % number)

            servers.append(await server.tcp.listen(80, serve))
        for number in (0, 7, 8):
            client = await stack(VlanNet(trunks[1], number), "10.0.0.2/24")
            flow = await client.tcp.connect("10.0.0.1", 80)
            assert await flow.read() == b"VLAN %d" % number
            await flow.close()
        await asyncio.sleep(1)

    run(story)
