"""Stories of raw packet sockets on veth pairs: `python -m tests.interop.packet STORY`, in a namespace."""

from __future__ import annotations

import asyncio

from pymirage.device import Net
from pymirage.driver.host.packet import PacketNet
from pymirage.sched.network import Network
from pymirage.sched.resolving import Resolving
from pymirage.sched.stack import NetStack
from tests.contract import net
from tests.interop.inside import exchange, main, story
from tests.interop.laboratory import LINUX4, OURS4, patient_neighbours, run, wait_for_carrier

NAMES = "veth-one", "veth-other"


async def make_pair() -> None:
    one, other = NAMES
    run(f"ip link add {one} type veth peer name {other}")
    for name in NAMES:
        # Nothing but the test's frames.
        run(f"ip link set dev {name} addrgenmode none")
        patient_neighbours(name)
        run(f"ip link set dev {name} up")
    for name in NAMES:
        await wait_for_carrier(name)


@story
async def contract() -> None:
    """What every Net keeps."""
    await make_pair()
    made: list[Net] = []

    async def make() -> tuple[Net, Net]:
        made[:] = [await PacketNet.connect(name) for name in NAMES]
        return made[0], made[1]

    for check in net.CHECKS:
        await check(make)
        for each in made:
            await each.close()


@story
async def streams(size: int) -> None:
    """Our stack at one end of the pair, Linux's at the other: long frames and open checksums cross it."""
    await make_pair()
    run(f"ip address add {LINUX4}/24 dev {NAMES[0]}")
    device = await PacketNet.connect(NAMES[1])
    stack = NetStack()
    stack.configure(stack.attach(device), ipv4=f"{OURS4}/24")
    ours = Network(stack, Resolving(stack))
    loop = asyncio.get_running_loop()
    await exchange(ours, loop, OURS4, size)
    await exchange(loop, ours, LINUX4, size)
    await stack.close()
    await device.close()


if __name__ == "__main__":
    main()
