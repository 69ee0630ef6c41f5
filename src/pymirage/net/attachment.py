# pymirage: hot
"""An interface with all that runs on it: ARP, Neighbour Discovery, group membership, autoconfiguration."""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

from pymirage.net.interface import Interface
from pymirage.net.multicast import Membership
from pymirage.net.neighbour.arp import ArpHandler, ArpSolicitor
from pymirage.net.neighbour.cache import NeighbourCache
from pymirage.net.neighbour.conflict import ConflictDetection, ConflictWatcher, Spread
from pymirage.net.neighbour.duplicate import DuplicateDetection
from pymirage.net.neighbour.ndp import NdpHandler, NdpSolicitor
from pymirage.net.router_discovery import AutoconfigurationWatcher, RouterDiscovery
from pymirage.net.routing import Routing, RoutingWatcher
from pymirage.net.slaac import Autoconfiguration
from pymirage.wire import igmp, mld

if TYPE_CHECKING:
    from pymirage.net.addresses import Addresses


@final
class Attachment:
    """Made by `Host.attach`. `number` is what routes call the interface."""

    def __init__(
        self,
        interface: Interface,
        addresses: "Addresses",
        routing: Routing,
        conflicts: ConflictWatcher,
        configuration: AutoconfigurationWatcher,
        spread: Spread,
        secret: bytes,
        prompt: bool,
    ) -> None:
        self.interface: Final = interface
        self.number: Final[i64] = routing.add_interface(interface)
        watcher = RoutingWatcher(routing)
        self.neighbours4: Final = NeighbourCache(
            interface, ArpSolicitor(interface, addresses), watcher, spread.below(1000)
        )
        self.neighbours6: Final = NeighbourCache(
            interface, NdpSolicitor(interface, addresses), watcher, spread.below(1000)
        )
        interface.neighbours4 = self.neighbours4
        interface.neighbours6 = self.neighbours6
        self.membership: Final = Membership(interface, addresses, spread)
        self.conflicts: Final = ConflictDetection(interface, conflicts, spread)
        self.duplicates: Final = DuplicateDetection(interface, self.membership, conflicts, spread)
        self.autoconfiguration: Final = Autoconfiguration(
            interface, addresses, self.duplicates, secret, prompt
        )
        self.routers: Final = RouterDiscovery(
            interface,
            self.number,
            addresses,
            routing,
            self.neighbours6,
            self.duplicates,
            self.autoconfiguration,
            configuration,
            spread,
        )
        self.discovery: Final = NdpHandler(
            interface, addresses, self.neighbours6, self.duplicates, self.routers
        )
        interface.arp = ArpHandler(addresses, self.neighbours4, self.conflicts)
        self.membership.join(igmp.ALL_SYSTEMS, 0)
        self.membership.join(mld.ALL_NODES, 0)

    def deadline(self) -> i64:
        """When `expire` wants to be called."""
        # Two at a time: only that form of `min` is compiled to a comparison.
        soonest = min(self.neighbours4.deadline(), self.neighbours6.deadline())
        soonest = min(soonest, self.membership.deadline())
        soonest = min(soonest, self.conflicts.deadline())
        soonest = min(soonest, self.duplicates.deadline())
        return min(soonest, self.routers.deadline())

    def expire(self, now: i64) -> None:
        """Run what is due."""
        self.neighbours4.expire(now)
        self.neighbours6.expire(now)
        self.membership.expire(now)
        self.conflicts.expire(now)
        self.duplicates.expire(now)
        self.routers.expire(now)
