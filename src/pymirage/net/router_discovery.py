# pymirage: hot
"""Finding routers: RFC 4861 §6.3 and §8.3, RFC 4191, RFC 8106, RFC 7559 for the solicitations.

What routers advertise becomes routes, addresses, link parameters and name servers.
"""

from abc import ABC, abstractmethod
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net import route
from pymirage.net.addresses import LINK_LOCAL, Addresses
from pymirage.net.deadline import FOREVER
from pymirage.net.interface import Interface
from pymirage.net.neighbour.cache import NeighbourCache
from pymirage.net.neighbour.conflict import Spread
from pymirage.net.neighbour.discovery_messages import send_router_solicitation
from pymirage.net.neighbour.duplicate import DuplicateDetection
from pymirage.net.neighbour.ndp import RouterListener
from pymirage.net.route import Route
from pymirage.net.routing import Routing
from pymirage.net.slaac import Autoconfiguration, moment
from pymirage.wire import ipv6, ndp
from pymirage.wire.drop import Drop

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000

FIRST_INTERVAL: Final = 4 * SECOND
LAST_INTERVAL: Final = 3600 * SECOND
"""RFC 7559 §2: solicit for as long as no router answers, ever more slowly."""
REDIRECT_LIFETIME: Final = 600 * SECOND
MAXIMUM_REDIRECTS: Final = 64
MAXIMUM_ROUTERS: Final = 16
"""Routes from advertisements on one interface, so that a flood of them stays small."""
METRIC: Final = 1024
"""Of medium preference; high and low are 512 off."""


@mypyc_attr(allow_interpreted_subclasses=True)
class AutoconfigurationWatcher(ABC):
    """Hears what routers configured."""

    @abstractmethod
    def name_servers_advertised(self, servers: tuple[bytes, ...], until: i64, now: i64) -> None:
        """RFC 8106: these servers may be asked until then."""

    @abstractmethod
    def addresses_changed(self, now: i64) -> None:
        """An address came, went, or changed its state."""


@final
class RouterDiscovery(RouterListener):
    """The routers of one interface."""

    def __init__(
        self,
        interface: Interface,
        number: i64,
        addresses: Addresses,
        routing: Routing,
        cache: NeighbourCache,
        duplicates: DuplicateDetection,
        autoconfiguration: Autoconfiguration,
        watcher: AutoconfigurationWatcher,
        spread: Spread,
    ) -> None:
        self.interface: Final = interface
        self.number: Final[i64] = number
        self.addresses: Final = addresses
        self.routing: Final = routing
        self.cache: Final = cache
        self.duplicates: Final = duplicates
        self.autoconfiguration: Final = autoconfiguration
        self.watcher: Final = watcher
        self.spread: Final = spread
        self.solicit_at: i64 = FOREVER
        self.interval: i64 = FIRST_INTERVAL
        self.hop_limit: i64 = 64
        """What routers suggest for packets that we send."""

    def start(self, now: i64) -> None:
        """Look for routers, at once: an image that was just started is alone in doing so."""
        self.interval = FIRST_INTERVAL
        self.solicit_at = now

    def stop(self) -> None:
        """Look no further."""
        self.solicit_at = FOREVER

    def deadline(self) -> i64:
        """When the next solicitation is due."""
        return self.solicit_at

    def expire(self, now: i64) -> None:
        """Solicit again, with intervals that double (RFC 7559 §2)."""
        if now < self.solicit_at:
            return
        send_router_solicitation(self.interface, self.link_local())
        self.solicit_at = now + self.interval * 9 // 10 + self.spread.below(self.interval // 5)
        self.interval = min(self.interval * 2, LAST_INTERVAL)

    def link_local(self) -> bytes:
        """Our link-local address, or :: while there is none."""
        for one in self.addresses.local:
            if one.interface is self.interface and one.origin == LINK_LOCAL and one.usable():
                return one.address
        return bytes(16)

    # -- advertisements --

    def advertised(self, router: bytes, message: ndp.RouterAdvertisement, now: i64) -> None:
        """§6.3.4: each part on its own."""
        if message.lifetime > 0:
            self.stop()
        if message.hop_limit != 0:
            self.hop_limit = message.hop_limit
        if message.reachable_time != 0:
            self.cache.set_reachable_time(message.reachable_time * MILLISECOND)
        if message.retransmission != 0:
            self.cache.retransmission = message.retransmission * MILLISECOND
            self.duplicates.retransmission = message.retransmission * MILLISECOND
        options = message.options
        if ipv6.MINIMUM_MTU <= options.mtu < self.interface.mtu:
            # Of IPv6 only, in principle; a link on which the two differ is misconfigured for IPv4 as well.
            self.interface.mtu = options.mtu
        self.default_route(router, message, now)
        for prefix in options.prefixes:
            self.prefix(prefix, now)
        for information in options.routes:
            self.more_specific(router, information, now)
        for entry in options.name_servers:
            self.watcher.name_servers_advertised(entry.servers, moment(entry.lifetime, now), now)

    def default_route(self, router: bytes, message: ndp.RouterAdvertisement, now: i64) -> None:
        """A lifetime of 0 withdraws the router as a default, not its prefixes."""
        self.set_route(bytes(16), 0, router, message.preference, message.lifetime, now)

    def more_specific(self, router: bytes, information: ndp.RouteInformation, now: i64) -> None:
        """RFC 4191 §3.1."""
        length: i64 = information.length
        self.set_route(information.prefix, length, router, information.preference, information.lifetime, now)

    def prefix(self, prefix: ndp.Prefix, now: i64) -> None:
        """On-link determination (§6.3.4) and address configuration are separate decisions."""
        link_local = prefix.prefix[0] == 0xFE and prefix.prefix[1] & 0xC0 == 0x80
        if prefix.on_link and not link_local:
            self.set_route(prefix.prefix, prefix.length, route.ON_LINK, 0, prefix.valid, now)
        if self.autoconfiguration.advertised(prefix, now):
            self.routing.invalidate()
            self.watcher.addresses_changed(now)

    def set_route(
        self, prefix: bytes, length: i64, gateway: bytes, preference: i64, lifetime: i64, now: i64
    ) -> None:
        """Put a route in, renew it, or with a lifetime of 0 take it out. Renewing keeps paths as they are."""
        metric: i64 = METRIC - preference * 512
        until = moment(lifetime, now)
        mine: i64 = 0
        for known in self.routing.table.routes:
            if known.origin != route.ROUTER_ADVERTISEMENT or known.interface != self.number:
                continue
            mine += 1
            if known.prefix == prefix and known.length == length and known.gateway == gateway:
                if lifetime > 0 and known.metric == metric:
                    known.expires = until
                    return
                self.routing.table.remove(prefix, length, gateway)
                self.routing.invalidate()
                break
        if lifetime == 0 or mine > 2 * MAXIMUM_ROUTERS:
            return
        origin: i64 = route.ROUTER_ADVERTISEMENT
        self.routing.table.add(Route(prefix, length, gateway, self.number, metric, origin, b"", 0, until))
        self.routing.invalidate()

    def ceased(self, router: bytes, now: i64) -> None:  # noqa: ARG002
        """§7.3.3: what leads over it goes."""
        if self.routing.table.remove_gateway(router, route.ROUTER_ADVERTISEMENT):
            self.routing.invalidate()
        self.routing.table.remove_gateway(router, route.REDIRECT)

    # -- redirects --

    def redirected(self, router: bytes, message: ndp.Redirect, now: i64) -> Drop | None:
        """§8.1: only the router that we use for a destination may name a better one; §8.3: a host route."""
        current = self.routing.table.lookup(message.destination)
        if current is None or current.gateway != router or current.interface != self.number:
            return Drop.ICMP_UNRELATED
        direct = message.target == message.destination
        if not direct and (message.target[0] != 0xFE or message.target[1] & 0xC0 != 0x80):
            return Drop.MARTIAN
        if message.options.target_mac:
            mac: i64 = int.from_bytes(message.options.target_mac, "big")
            self.cache.heard(message.target, mac, now, True)
        gateway = route.ON_LINK if direct else message.target
        return add_redirect(self.routing, message.destination, gateway, self.number, now)


def add_redirect(
    routing: Routing, destination: bytes, gateway: bytes, interface: i64, now: i64
) -> Drop | None:
    """A host route that lasts ten minutes; bounded in number, so that a flood costs nothing."""
    count: i64 = 0
    for known in routing.table.routes:
        if known.origin == route.REDIRECT:
            count += 1
    if count >= MAXIMUM_REDIRECTS:
        return Drop.RATE
    length: i64 = len(destination) * 8
    origin: i64 = route.REDIRECT
    until: i64 = now + REDIRECT_LIFETIME
    routing.table.add(Route(destination, length, gateway, interface, 0, origin, b"", 0, until))
    routing.invalidate()
    return None
