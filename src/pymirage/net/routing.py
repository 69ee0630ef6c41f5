# pymirage: hot
"""Choosing paths: route table, source address, neighbour and path MTU joined into what a connection holds.

RFC 4861 §5.2's conceptual sending algorithm, for both IP versions. Paths are kept in a bounded destination
cache; whatever changes a decision (a route, an address, a silent gateway) marks them invalid.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.address import high_of, low_of
from pymirage.net.addresses import Addresses, LocalAddress, is_multicast
from pymirage.net.deadline import FOREVER
from pymirage.net.interface import Interface
from pymirage.net.loopback import MTU_V4, MTU_V6, is_loopback
from pymirage.net.neighbour.solicitor import NeighbourWatcher
from pymirage.net.next_hop import UNRESOLVED, Neighbours, NextHop
from pymirage.net.path import Path, Routes
from pymirage.net.pmtu import PathMtus
from pymirage.net.route import RouteTable
from pymirage.net.selection import select_source
from pymirage.octets import u32
from pymirage.wire import ethernet
from pymirage.wire.drop import Drop

MAXIMUM_PATHS: Final = 4096
LIMITED_BROADCAST: Final = b"\xff\xff\xff\xff"


@final
class NoNeighbours(Neighbours):
    """Stands behind hops that need no resolution: multicast and broadcast."""

    def next_hop(self, address: bytes, now: i64) -> NextHop | Drop:  # noqa: ARG002
        """There are none."""
        return Drop.NEIGHBOUR_LIMIT

    def usable(self, hop: NextHop, now: i64) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def hold(
        self,
        hop: NextHop,  # noqa: ARG002
        frame: bytes,  # noqa: ARG002
        checksum_start: i64,  # noqa: ARG002
        checksum_offset: i64,  # noqa: ARG002
        segment_size: i64,  # noqa: ARG002
        now: i64,  # noqa: ARG002
    ) -> Drop | None:
        """Never asked for."""
        return Drop.NEIGHBOUR_LIMIT

    def confirm(self, hop: NextHop, now: i64) -> None:
        """Nothing to confirm."""


def group_mac(destination: bytes) -> i64:
    """The MAC address of a multicast or broadcast address."""
    if len(destination) == 16:
        return ethernet.multicast_v6(destination)
    if destination[0] & 0xF0 == 0xE0:
        return ethernet.multicast_v4(u32(destination, 0))
    return ethernet.BROADCAST


def is_link_local(address: bytes) -> bool:
    """fe80::/10."""
    return len(address) == 16 and address[0] == 0xFE and address[1] & 0xC0 == 0x80


@mypyc_attr(allow_interpreted_subclasses=True)
class FailureWatcher:
    """Hears of frames that were given up because no neighbour took them; does nothing by itself."""

    def frames_failed(self, frames: list[bytes], now: i64) -> None:
        """ICMP tells the local senders (RFC 1122 §2.3.2.2)."""


@final
class Routing(Routes):
    """One per stack. Interfaces are added with their neighbour caches in place."""

    def __init__(self, addresses: Addresses, table: RouteTable) -> None:
        self.addresses: Final = addresses
        self.table: Final = table
        self.mtus: Final = PathMtus()
        self.interfaces: list[Interface] = []
        self.loop: Interface | None = None
        """Leads to ourselves."""
        self.paths: dict[tuple[bytes, bytes], Path] = {}
        self.failures: FailureWatcher = FailureWatcher()

    def add_interface(self, interface: Interface) -> i64:
        """The number by which routes name the interface."""
        self.interfaces.append(interface)
        return len(self.interfaces) - 1

    def path(self, destination: bytes, source: bytes, now: i64) -> Path | Drop:
        """Path to `destination` from `source`, or from the best address of ours when `source` is empty."""
        key = (destination, source)
        known = self.paths.get(key)
        if known is not None and known.valid:
            return known
        path = self.find(destination, source, now)
        if isinstance(path, Drop):
            return path
        if len(self.paths) >= MAXIMUM_PATHS:
            # Whoever holds one goes on with it; only finding it again costs a search.
            self.paths.clear()
        self.paths[key] = path
        return path

    def find(self, destination: bytes, source: bytes, now: i64) -> Path | Drop:
        """§5.2: next-hop determination."""
        if self.loop is not None and (
            is_loopback(destination) or self.addresses.owner(destination) is not None
        ):
            return self.loop_path(self.loop, destination, source)
        if self.is_group(destination):
            return self.group_path(destination, source)
        if is_link_local(destination):
            return self.link_local_path(destination, source, now)
        route = self.table.lookup(destination)
        if route is None:
            return Drop.NO_ROUTE
        interface = self.interfaces[route.interface]
        ours = source or route.source or self.source_for(interface, destination)
        if not ours:
            return Drop.NO_ROUTE
        neighbours = interface.neighbours4 if len(destination) == 4 else interface.neighbours6
        if neighbours is None:
            return Drop.NO_ROUTE
        hop = neighbours.next_hop(route.next_hop(destination), now)
        if isinstance(hop, Drop):
            return hop
        link_mtu = min(interface.mtu, route.mtu) if route.mtu > 0 else interface.mtu
        return Path(ours, destination, hop, self.mtus.get(destination, link_mtu, now))

    def loop_path(self, loop: Interface, destination: bytes, source: bytes) -> Path:
        """To ourselves."""
        hop = NextHop(loop, NO_NEIGHBOURS, destination)
        hop.mac = loop.mac
        hop.fresh_until = FOREVER
        return Path(source or destination, destination, hop, MTU_V4 if len(destination) == 4 else MTU_V6)

    def link_local_path(self, destination: bytes, source: bytes, now: i64) -> Path | Drop:
        """They mean something on one link only (RFC 4007): the source's, or the first that has any."""
        interface = self.link_of(source)
        if interface is None or interface.neighbours6 is None:
            return Drop.NO_ROUTE
        ours = source or self.source_for(interface, destination)
        hop = interface.neighbours6.next_hop(destination, now)
        if isinstance(hop, Drop):
            return hop
        return Path(ours, destination, hop, interface.mtu)

    def link_of(self, source: bytes) -> Interface | None:
        """The interface that has an address, or for an empty one the first with a link-local address."""
        for one in self.addresses.local:
            if one.usable() and (one.address == source if source else is_link_local(one.address)):
                return one.interface
        return None

    def is_group(self, destination: bytes) -> bool:
        """Multicast, or broadcast on one of our links."""
        if is_multicast(high_of(destination), low_of(destination)) or destination == LIMITED_BROADCAST:
            return True
        if len(destination) == 16:
            return False
        return self.broadcast_owner(destination) is not None

    def broadcast_owner(self, destination: bytes) -> LocalAddress | None:
        """The address of ours whose prefix has this broadcast address."""
        low = low_of(destination)
        for one in self.addresses.local:
            if one.broadcast == low and one.usable():
                return one
        return None

    def group_path(self, destination: bytes, source: bytes) -> Path | Drop:
        """No neighbour is asked; the interface is the source's, the route's, or the first."""
        interface = self.group_interface(destination, source)
        if interface is None:
            return Drop.NO_ROUTE
        ours = source or self.source_for(interface, destination)
        if not ours:
            return Drop.NO_ROUTE
        hop = NextHop(interface, NO_NEIGHBOURS, destination)
        hop.mac = group_mac(destination)
        hop.fresh_until = FOREVER
        return Path(ours, destination, hop, interface.mtu)

    def group_interface(self, destination: bytes, source: bytes) -> Interface | None:
        """Where a multicast or broadcast packet leaves."""
        if source:
            owner = self.addresses.owner(source)
            if owner is not None:
                return owner.interface
        link = self.broadcast_owner(destination) if len(destination) == 4 else None
        if link is not None:
            return link.interface
        route = self.table.lookup(destination)
        if route is not None:
            return self.interfaces[route.interface]
        return self.interfaces[0] if self.interfaces else None

    def source_for(self, interface: Interface, destination: bytes) -> bytes:
        """Our best address there for a destination; empty when there is none."""
        chosen = select_source(self.addresses, interface, destination)
        return b"" if chosen is None else chosen.address

    # -- what changes paths --

    def too_big(self, path: Path, mtu: i64, now: i64) -> None:
        """A transport, or a router by ICMP, found a smaller path MTU: it holds for all paths there."""
        self.reduce(path.destination, mtu, path.mtu, now)
        path.mtu = min(path.mtu, self.mtus.get(path.destination, path.mtu, now))

    def reduce(self, destination: bytes, mtu: i64, current: i64, now: i64) -> i64:
        """Remember a smaller MTU for a destination and apply it to the paths that are in use."""
        smaller = self.mtus.reduce(destination, mtu, current, now)
        for path in self.paths.values():
            if path.destination == destination and path.mtu > smaller:
                path.mtu = smaller
        return smaller

    def invalidate(self) -> None:
        """A route or an address changed: every path is chosen anew before its next use."""
        for path in self.paths.values():
            path.valid = False
        self.paths.clear()

    def gateway_failed(self, hop: NextHop, held: list[bytes], now: i64) -> None:
        """A neighbour does not answer: other gateways are preferred over it (RFC 1122 §3.3.1.4)."""
        for route in self.table.routes:
            if route.gateway == hop.address:
                self.table.gateway_silent(hop.address)
                self.invalidate()
                break
        if held:
            self.failures.frames_failed(held, now)

    def gateway_answers(self, hop: NextHop) -> None:
        """A neighbour was heard again."""
        if hop.address in self.table.silent:
            self.table.gateway_answers(hop.address)
            self.invalidate()

    # -- time --

    def deadline(self) -> i64:
        """When `expire` wants to be called."""
        return min(min(self.table.deadline(), self.mtus.deadline()), self.addresses.deadline())

    def expire(self, now: i64) -> list[LocalAddress]:
        """Forget routes, estimates and addresses whose time is over; the addresses that went."""
        changed = self.table.expire(now)
        if self.mtus.expire(now):
            changed = True
        gone = self.addresses.expire(now)
        if changed or gone:
            self.invalidate()
        return gone


NO_NEIGHBOURS: Final = NoNeighbours()


@final
class RoutingWatcher(NeighbourWatcher):
    """Tells routing what becomes of neighbours."""

    def __init__(self, routing: Routing) -> None:
        self.routing: Final = routing

    def neighbour_answers(self, hop: NextHop, now: i64) -> None:  # noqa: ARG002
        """A gateway may be back."""
        self.routing.gateway_answers(hop)

    def neighbour_failed(self, hop: NextHop, held: list[bytes], now: i64) -> None:
        """A gateway may be gone."""
        self.routing.gateway_failed(hop, held, now)


def unresolved_mac(hop: NextHop) -> i64:
    """What to write into a frame whose neighbour may still be unknown: the cache fills it in later."""
    return 0 if hop.mac == UNRESOLVED else hop.mac
