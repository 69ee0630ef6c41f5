"""The stack in images against Linux: much data, many connections, and peers that misbehave.

`BULK_MIB=100` in the environment makes each transfer that long.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot_images.harness import Lab
from tests.boot_images.linux_side import TRUNK
from tests.boot_images.network import STATIC, of_image, require_network, tell
from tests.interop.laboratory import TAP

APP = Path(__file__).parents[2] / "bench" / "apps" / "network"


@pytest.mark.parametrize("story", ["bulk", "many", "rude"])
def test_against_linux(story: str, lab: Lab) -> None:
    require_network()
    tell(story, of_image(lab, lab.build(APP), *STATIC))


MISTAKES = {
    "--ipv4=10.0.0.2": "expected an IPv4 address with its prefix",
    "--ipv4=10.0.0.2/33": "expected an IPv4 address with its prefix",
    "--ipv4-gateway=10.7.0.1": "is outside of 10.0.0.0/24",
    "--ipv6=fd00::2": "expected an IPv6 address with its prefix",
    "--dns=somewhere": "expected an IPv4 or IPv6 address",
    "--mac=01:00:00:00:00:01": "expected the MAC address of a station",
}


def test_mistakes_in_keys(lab: Lab) -> None:
    require_network()
    image = lab.build(APP)
    for mistake, reason in MISTAKES.items():
        console = tell("refuses", of_image(lab, image, mistake))
        line = console.strip().splitlines()[-1]
        assert mistake.partition("=")[0] in line and reason in line, console


NETWORKS = ("--lan-ipv4=10.9.0.2/24", "--plain-ipv4=10.10.0.2/24", "--guest-ipv4=10.42.0.2/24")


def test_several_networks(lab: Lab) -> None:
    """Two interfaces, three stacks: one is a VLAN's."""
    require_network()
    image = lab.build(Path(__file__).parent / "apps" / "networks")
    attached = {"lan": TAP, "trunk": TRUNK}
    tell("networks", of_image(lab, image, *NETWORKS, attached=attached))


PORTS = """\
import asyncio

from pymirage.device import Stack


async def main(stack: Stack) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(4):
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("0.0.0.0", 0))
        print("port", transport.get_extra_info("sockname")[1])
        server = await asyncio.start_server(lambda *_: None, "0.0.0.0", 0)
        print("port", server.sockets[0].getsockname()[1])
"""
STACK = 'from pymirage.config import stack, unikernel\n\napp = unikernel("unikernel:main", stack.direct())\n'


def test_ports_differ_from_boot_to_boot(lab: Lab) -> None:
    """An image that was initialised when it was built chooses others each time."""
    require_network()
    image = lab.build({"config.py": STACK, "unikernel.py": PORTS})
    one, other = (tell("ends", of_image(lab, image, *STATIC)).split()[1::2] for _ in range(2))
    assert len(one) == len(other) == 8
    # Four of UDP's and of TCP's, in turn: one may be drawn twice, but not all.
    assert one[::2] != other[::2] and one[1::2] != other[1::2]
