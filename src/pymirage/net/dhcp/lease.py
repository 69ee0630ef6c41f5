"""What a DHCP server gave: an address for a time, and what goes with it (RFC 2131 §4.4.5, RFC 2132)."""

from dataclasses import dataclass

from pymirage.net.deadline import FOREVER
from pymirage.wire import dhcpv4
from pymirage.wire.dhcpv4 import Dhcp
from pymirage.wire.drop import Drop

SECOND = 1_000_000_000
INFINITE = 0xFFFF_FFFF

MINIMUM_LEASE = 30
"""Shorter leases are stretched: renewing more often than this helps nobody."""


@dataclass(frozen=True)
class Lease:
    """Moments are on the clock of `now`, in nanoseconds."""

    address: bytes
    prefix_length: int
    server: bytes
    obtained: int
    renew_at: int
    """T1: ask the server that gave it."""
    rebind_at: int
    """T2: ask any server."""
    expires_at: int
    routes: tuple[tuple[bytes, int, bytes], ...] = ()
    """(prefix, length, gateway); the gateway is 0.0.0.0 for a prefix on the link."""
    name_servers: tuple[bytes, ...] = ()
    domain: str = ""
    mtu: int = 0
    """0 when the server does not say."""
    host_name: str = ""
    ntp_servers: tuple[bytes, ...] = ()

    def same_configuration(self, other: "Lease") -> bool:
        """Whether a renewal changed nothing but the times."""
        mine = (self.address, self.prefix_length, self.routes, self.name_servers, self.domain, self.mtu)
        return mine == (
            other.address,
            other.prefix_length,
            other.routes,
            other.name_servers,
            other.domain,
            other.mtu,
        )


def usable_address(address: bytes) -> bool:
    """Whether a host can have it: no group, no loopback, nothing reserved."""
    return address[0] not in (0, 127) and address[0] < 224


def prefix_length(mask: bytes, address: bytes) -> int:
    """The bits of a mask; of a missing or torn one the class of the address decides (RFC 950)."""
    bits = int.from_bytes(mask, "big")
    if len(mask) == 4 and bits and (bits ^ 0xFFFFFFFF) & ((bits ^ 0xFFFFFFFF) + 1) == 0:
        return bits.bit_count()
    return 8 if address[0] < 128 else 16 if address[0] < 192 else 24


def text(value: bytes) -> str:
    """A name; anything that is not a plain one is not taken over (it would reach logs and resolvers)."""
    name = value.rstrip(b"\0").decode("ascii", "replace")
    plain = all(letter.isalnum() or letter in "-._" for letter in name)
    return name if plain and name.isascii() else ""


def routes_of(message: Dhcp) -> tuple[tuple[bytes, int, bytes], ...]:
    """Classless routes, which make a client ignore the router option (RFC 3442), or the first router."""
    classless = message.options.get(dhcpv4.CLASSLESS_ROUTES)
    if classless is not None:
        routes = dhcpv4.parse_routes(classless)
        if not isinstance(routes, Drop):
            return routes
    return tuple((bytes(4), 0, router) for router in message.addresses(dhcpv4.ROUTER))


def lease_of(message: Dhcp, asked_at: int) -> Lease | None:
    """The lease of an acknowledgement, None when unusable; times count from the request (§4.4.1)."""
    seconds = message.seconds_option(dhcpv4.LEASE_TIME)
    server = message.address(dhcpv4.SERVER_IDENTIFIER)
    if seconds < 0 or not server or not usable_address(message.yours):
        return None
    renew, rebind, expires = times(message, seconds, asked_at)
    mtu = message.options.get(dhcpv4.INTERFACE_MTU, b"")
    return Lease(
        message.yours,
        prefix_length(message.options.get(dhcpv4.SUBNET_MASK, b""), message.yours),
        server,
        asked_at,
        renew,
        rebind,
        expires,
        routes_of(message),
        message.addresses(dhcpv4.DNS),
        text(message.options.get(dhcpv4.DOMAIN_NAME, b"")),
        int.from_bytes(mtu, "big") if len(mtu) == 2 else 0,
        text(message.options.get(dhcpv4.HOST_NAME, b"")),
        message.addresses(dhcpv4.NTP),
    )


def times(message: Dhcp, seconds: int, asked_at: int) -> tuple[int, int, int]:
    """T1, T2 and the end: half and seven eighths of the lease unless the server says otherwise (§4.4.5)."""
    if seconds == INFINITE:
        return FOREVER, FOREVER, FOREVER
    seconds = max(seconds, MINIMUM_LEASE)
    renew = message.seconds_option(dhcpv4.RENEWAL_TIME)
    rebind = message.seconds_option(dhcpv4.REBINDING_TIME)
    if not 0 < renew < rebind < seconds:
        renew, rebind = seconds // 2, seconds * 7 // 8
    return asked_at + renew * SECOND, asked_at + rebind * SECOND, asked_at + seconds * SECOND
