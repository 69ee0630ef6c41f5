"""Where servers listen and datagram endpoints are bound: an address, a port, and the stacks that have them.

As asyncio on Linux has it: "0.0.0.0" is any address of IPv4, "::" of IPv6, and no host is both.
"""

from __future__ import annotations

import errno

from pymirage.sched.names import AF_INET, AF_INET6
from pymirage.sched.sockets import socket_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymirage.sched.lookup import Lookup
    from pymirage.sched.sides import Sides
    from pymirage.sched.stack import NetStack

ANY = {4: bytes(4), 6: bytes(16)}
FIRST_FREE = 49_152


class Place:
    """`stacks`: on which; `address`: one of ours, or empty for any of IP `version` (0: of both)."""

    def __init__(self, stacks: list[NetStack], address: bytes, version: int, port: int) -> None:
        self.stacks = stacks
        self.address = address
        self.version = version
        self.port = port

    def name(self) -> tuple[Any, ...]:
        """As `getsockname` gives it."""
        return socket_name(self.address or ANY[self.version or 6], self.port)


async def places(sides: Sides, lookup: Lookup, hosts: list[Any], port: int, family: int) -> list[Place]:
    """Of a server. Raises OSError when none of the addresses is ours."""
    found: dict[tuple[bytes, int], Place] = {}
    wanted: list[bytes] = []
    for host in hosts:
        for address in await lookup.addresses(host, family):
            wanted.append(address)
            place = _place(sides, address, port)
            if place is not None:
                found.setdefault((place.address, place.version), place)
    if not found:
        names = ", ".join(str(socket_name(address, port)[:2]) for address in wanted)
        raise not_ours(f"none of these addresses is one of ours: {names}")
    return list(found.values())


async def datagram_place(sides: Sides, lookup: Lookup, local_addr: Any, port: int, family: int) -> Place:
    """Of a datagram endpoint, which "::" opens for both versions of IP, as on Linux. Raises OSError."""
    host = None if local_addr is None else local_addr[0]
    if host in (None, ""):
        return Place(sides.stacks, b"", {AF_INET: 4, AF_INET6: 6}.get(family, 0), port)
    address = (await lookup.addresses(host, family))[0]
    if address == ANY[6]:
        return Place(sides.stacks, b"", 0, port)
    place = _place(sides, address, port)
    if place is None:
        raise not_ours(f"{socket_name(address, port)[0]} is not one of our addresses")
    return place


def _place(sides: Sides, address: bytes, port: int) -> Place | None:
    version = 4 if len(address) == 4 else 6
    if address == ANY[version]:
        return Place(sides.stacks, b"", version, port)
    owner = sides.owner(address)
    return None if owner is None else Place([owner], address, version, port)


def not_ours(text: str) -> OSError:
    return OSError(errno.EADDRNOTAVAIL, text)


def free_port(sides: Sides) -> int:
    """A port on which nobody listens."""
    random = sides.stacks[0].random
    while True:
        port = FIRST_FREE + random(0x10000 - FIRST_FREE)
        if all(port not in stack.host.tcp.listeners for stack in sides.stacks):
            return port
