# pymirage: hot
"""Route table for IPv4 and IPv6: longest prefix, then metric, over gateways that answer.

RFC 1122 §3.3.1 and RFC 1812 §5.2.4 (IPv4); RFC 4861 §5.2, §6.3.6 and RFC 4191 §3.2 (IPv6): among
matching routes, one over a gateway that answers goes before one over a gateway that does not,
whatever their lengths. Of several equal ones each destination keeps to one (RFC 4311).

A host has few routes, so the table is a sorted list with a bounded memory of past answers before it.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER

ON_LINK: Final = b""

STATIC: Final = 0
CONNECTED: Final = 1
DHCP: Final = 2
ROUTER_ADVERTISEMENT: Final = 3
REDIRECT: Final = 4

MAXIMUM: Final = 1024
REMEMBERED: Final = 1024


def matches(address: bytes, prefix: bytes, length: i64) -> bool:
    """Whether the first `length` bits agree."""
    if len(address) != len(prefix):
        return False
    whole: i64 = length >> 3
    at: i64 = 0
    while at < whole:
        if address[at] != prefix[at]:
            return False
        at += 1
    rest: i64 = length & 7
    if rest == 0:
        return True
    left: i64 = address[whole]
    right: i64 = prefix[whole]
    return (left ^ right) >> (8 - rest) == 0


def truncated(address: bytes, length: i64) -> bytes:
    """The first `length` bits of an address, the rest zero."""
    octets = bytearray(address)
    for at in range(len(octets)):
        keep: i64 = length - at * 8
        if keep <= 0:
            octets[at] = 0
        elif keep < 8:
            octets[at] = octets[at] & (0xFF00 >> keep) & 0xFF
    return bytes(octets)


@final
class Route:
    """One entry. `gateway` is empty for a prefix on the link; `source` is empty when any address will do."""

    def __init__(
        self,
        prefix: bytes,
        length: i64,
        gateway: bytes,
        interface: i64 = 0,
        metric: i64 = 0,
        origin: i64 = 0,
        source: bytes = b"",
        mtu: i64 = 0,
        expires: i64 = 0x3FFF_FFFF_FFFF_FFFF,
    ) -> None:
        self.prefix: Final = truncated(prefix, length)
        self.length: Final[i64] = length
        self.gateway: Final = gateway
        self.interface: Final[i64] = interface
        self.metric: Final[i64] = metric
        self.origin: Final[i64] = origin
        self.source: Final = source
        self.mtu: Final[i64] = mtu
        self.expires: i64 = expires

    def next_hop(self, destination: bytes) -> bytes:
        """Whose link-layer address a packet needs."""
        return self.gateway if self.gateway else destination

    def same_place(self, other: "Route") -> bool:
        """Whether adding one replaces the other."""
        return (
            self.length == other.length
            and self.prefix == other.prefix
            and self.gateway == other.gateway
            and self.interface == other.interface
            and self.origin == other.origin
        )

    def goes_before(self, other: "Route") -> bool:
        """The order of the table: longer prefix, then lower metric."""
        if self.length != other.length:
            return self.length > other.length
        return self.metric < other.metric


@final
class RouteTable:
    """All routes of one stack, both families."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.silent: dict[bytes, bool] = {}
        self.answers: dict[bytes, Route | None] = {}

    def lookup(self, destination: bytes) -> Route | None:
        """The route for `destination`; None when it is unreachable."""
        if destination in self.answers:
            return self.answers[destination]
        answer = self.search(destination, True)
        if answer is None and self.silent:
            answer = self.search(destination, False)
        if len(self.answers) >= REMEMBERED:
            self.answers.clear()
        self.answers[destination] = answer
        return answer

    def search(self, destination: bytes, only_answering: bool) -> Route | None:
        """Walk the table; equal routes are chosen from by the last octets of the destination."""
        best: Route | None = None
        equal: list[Route] = []
        for route in self.routes:
            if best is not None and best.goes_before(route):
                break
            if not matches(destination, route.prefix, route.length):
                continue
            if only_answering and route.gateway in self.silent:
                continue
            best = route
            equal.append(route)
        if len(equal) < 2:
            return best
        last: i64 = destination[len(destination) - 1]
        before: i64 = destination[len(destination) - 2]
        return equal[(last + before) % len(equal)]

    def add(self, route: Route) -> bool:
        """Put a route in, replacing the same one; False when the table is full."""
        self.answers.clear()
        kept = [other for other in self.routes if not route.same_place(other)]
        if len(kept) >= MAXIMUM:
            return False
        at = 0
        while at < len(kept) and not route.goes_before(kept[at]):
            at += 1
        kept.insert(at, route)
        self.routes = kept
        return True

    def remove(self, prefix: bytes, length: i64, gateway: bytes) -> bool:
        """Take out every route to the prefix over the gateway; False when there was none."""
        cut = truncated(prefix, length)
        return self.keep(
            [r for r in self.routes if r.length != length or r.prefix != cut or r.gateway != gateway]
        )

    def remove_origin(self, origin: i64, interface: i64) -> bool:
        """Take out all that one source of routes put in: a lease that ended, a link that went down."""
        return self.keep([r for r in self.routes if r.origin != origin or r.interface != interface])

    def remove_gateway(self, gateway: bytes, origin: i64) -> bool:
        """Take out what leads over a gateway: a router that withdrew (RFC 4861 §6.3.5)."""
        return self.keep([r for r in self.routes if r.gateway != gateway or r.origin != origin])

    def keep(self, routes: list[Route]) -> bool:
        """Make `routes` the table; whether that changed anything."""
        changed = len(routes) != len(self.routes)
        if changed:
            self.routes = routes
            self.answers.clear()
        return changed

    def gateway_silent(self, gateway: bytes) -> None:
        """The neighbour cache gave up on a gateway: prefer others while there are any."""
        if gateway not in self.silent and len(self.silent) < MAXIMUM:
            self.silent[gateway] = True
            self.answers.clear()

    def gateway_answers(self, gateway: bytes) -> None:
        """The gateway was heard again."""
        if gateway in self.silent:
            del self.silent[gateway]
            self.answers.clear()

    def deadline(self) -> i64:
        """When the next route expires."""
        soonest: i64 = FOREVER
        for route in self.routes:
            soonest = min(soonest, route.expires)
        return soonest

    def expire(self, now: i64) -> bool:
        """Take out what has expired; whether anything had."""
        return self.keep([r for r in self.routes if r.expires > now])
