"""Neighbour Discovery messages: RFC 4861 §4, with the DNS options of RFC 8106 and the route
information of RFC 4191.

Functions here read and write whole ICMPv6 messages. The checksum is the ICMPv6 layer's; the hop
limit of 255 that every one of them must arrive with (§6.1, §7.1, §8.1) is checked by who has the
IP header at hand.
"""

from typing import Final, final

from pymirage.octets import u16, u32
from pymirage.wire.drop import Drop

ROUTER_SOLICITATION: Final = 133
ROUTER_ADVERTISEMENT: Final = 134
NEIGHBOUR_SOLICITATION: Final = 135
NEIGHBOUR_ADVERTISEMENT: Final = 136
REDIRECT: Final = 137

HOP_LIMIT: Final = 255
INFINITE: Final = 0xFFFFFFFF

SOURCE_LINK_LAYER: Final = 1
TARGET_LINK_LAYER: Final = 2
PREFIX_INFORMATION: Final = 3
REDIRECTED_HEADER: Final = 4
MTU: Final = 5
ROUTE_INFORMATION: Final = 24
RDNSS: Final = 25

ROUTER: Final = 0x80
SOLICITED: Final = 0x40
OVERRIDE: Final = 0x20

MAXIMUM_OPTIONS: Final = 64
"""More options than this in one message are nobody's configuration: RFC 6980's concern about floods."""


@final
class Prefix:
    """Prefix information, §4.6.2; lifetimes in seconds."""

    def __init__(
        self, prefix: bytes, length: int, on_link: bool, autonomous: bool, valid: int, preferred: int
    ) -> None:
        self.prefix: Final = prefix
        self.length: Final = length
        self.on_link: Final = on_link
        self.autonomous: Final = autonomous
        self.valid: Final = valid
        self.preferred: Final = preferred


@final
class RouteInformation:
    """A more specific route, RFC 4191 §2.3; the preference is -1, 0 or 1, the lifetime in seconds."""

    def __init__(self, prefix: bytes, length: int, preference: int, lifetime: int) -> None:
        self.prefix: Final = prefix
        self.length: Final = length
        self.preference: Final = preference
        self.lifetime: Final = lifetime


@final
class NameServers:
    """Recursive DNS servers, RFC 8106 §5.1; the lifetime in seconds."""

    def __init__(self, lifetime: int, servers: tuple[bytes, ...]) -> None:
        self.lifetime: Final = lifetime
        self.servers: Final = servers


@final
class Options:
    """The options of one message, unknown ones left out. A field that was absent is empty, or 0."""

    def __init__(
        self,
        source_mac: bytes = b"",
        target_mac: bytes = b"",
        mtu: int = 0,
        prefixes: tuple[Prefix, ...] = (),
        routes: tuple[RouteInformation, ...] = (),
        name_servers: tuple[NameServers, ...] = (),
        redirected: bytes = b"",
    ) -> None:
        self.source_mac: Final = source_mac
        self.target_mac: Final = target_mac
        self.mtu: Final = mtu
        self.prefixes: Final = prefixes
        self.routes: Final = routes
        self.name_servers: Final = name_servers
        self.redirected: Final = redirected


@final
class RouterSolicitation:
    """§4.1."""

    def __init__(self, options: Options) -> None:
        self.options: Final = options


@final
class RouterAdvertisement:
    """§4.2: lifetime in seconds; reachable time and retransmission timer in milliseconds, 0 unspecified."""

    def __init__(
        self,
        hop_limit: int,
        managed: bool,
        other: bool,
        preference: int,
        lifetime: int,
        reachable_time: int,
        retransmission: int,
        options: Options,
    ) -> None:
        self.hop_limit: Final = hop_limit
        self.managed: Final = managed
        self.other: Final = other
        self.preference: Final = preference
        self.lifetime: Final = lifetime
        self.reachable_time: Final = reachable_time
        self.retransmission: Final = retransmission
        self.options: Final = options


@final
class NeighbourSolicitation:
    """§4.3."""

    def __init__(self, target: bytes, options: Options) -> None:
        self.target: Final = target
        self.options: Final = options


@final
class NeighbourAdvertisement:
    """§4.4."""

    def __init__(
        self, target: bytes, router: bool, solicited: bool, override: bool, options: Options
    ) -> None:
        self.target: Final = target
        self.router: Final = router
        self.solicited: Final = solicited
        self.override: Final = override
        self.options: Final = options


@final
class Redirect:
    """§4.5: `target` is the better first hop for `destination`."""

    def __init__(self, target: bytes, destination: bytes, options: Options) -> None:
        self.target: Final = target
        self.destination: Final = destination
        self.options: Final = options


Message = RouterSolicitation | RouterAdvertisement | NeighbourSolicitation | NeighbourAdvertisement | Redirect


def is_ndp(kind: int) -> bool:
    """Whether an ICMPv6 type is one of the five."""
    return ROUTER_SOLICITATION <= kind <= REDIRECT


def parse(data: bytes, at: int) -> Message | Drop:
    """Read the ICMPv6 message that begins at `at` and ends with `data`. The code must be 0."""
    if len(data) < at + 8:
        return Drop.TRUNCATED
    if data[at + 1] != 0:
        return Drop.FIELD
    kind = data[at]
    if kind == NEIGHBOUR_SOLICITATION:
        return parse_neighbour_solicitation(data, at)
    if kind == NEIGHBOUR_ADVERTISEMENT:
        return parse_neighbour_advertisement(data, at)
    if kind == ROUTER_ADVERTISEMENT:
        return parse_router_advertisement(data, at)
    if kind == ROUTER_SOLICITATION:
        options = parse_options(data, at + 8)
        return options if isinstance(options, Drop) else RouterSolicitation(options)
    if kind == REDIRECT:
        return parse_redirect(data, at)
    return Drop.FIELD


def parse_neighbour_solicitation(data: bytes, at: int) -> NeighbourSolicitation | Drop:
    """Reserved, target, options; a target is never a group (§7.1.1)."""
    if len(data) < at + 24:
        return Drop.TRUNCATED
    target = data[at + 8 : at + 24]
    if target[0] == 0xFF:
        return Drop.MARTIAN
    options = parse_options(data, at + 24)
    return options if isinstance(options, Drop) else NeighbourSolicitation(target, options)


def parse_neighbour_advertisement(data: bytes, at: int) -> NeighbourAdvertisement | Drop:
    """Flags, target, options; a target is never a group (§7.1.2)."""
    if len(data) < at + 24:
        return Drop.TRUNCATED
    target = data[at + 8 : at + 24]
    if target[0] == 0xFF:
        return Drop.MARTIAN
    options = parse_options(data, at + 24)
    if isinstance(options, Drop):
        return options
    flags = data[at + 4]
    return NeighbourAdvertisement(
        target, bool(flags & ROUTER), bool(flags & SOLICITED), bool(flags & OVERRIDE), options
    )


def parse_router_advertisement(data: bytes, at: int) -> RouterAdvertisement | Drop:
    """Hop limit, flags, lifetime, two timers, options."""
    if len(data) < at + 16:
        return Drop.TRUNCATED
    options = parse_options(data, at + 16)
    if isinstance(options, Drop):
        return options
    flags = data[at + 5]
    return RouterAdvertisement(
        data[at + 4],
        bool(flags & 0x80),
        bool(flags & 0x40),
        preference(flags),
        u16(data, at + 6),
        u32(data, at + 8),
        u32(data, at + 12),
        options,
    )


def parse_redirect(data: bytes, at: int) -> Redirect | Drop:
    """Reserved, target, destination, options; the destination is never a group (§8.1)."""
    if len(data) < at + 40:
        return Drop.TRUNCATED
    target, destination = data[at + 8 : at + 24], data[at + 24 : at + 40]
    if destination[0] == 0xFF:
        return Drop.MARTIAN
    options = parse_options(data, at + 40)
    return options if isinstance(options, Drop) else Redirect(target, destination, options)


def preference(flags: int) -> int:
    """Two bits, signed: RFC 4191 §2.1; the reserved value is read as medium."""
    bits = flags >> 3 & 3
    return (0, 1, 0, -1)[bits]


def preference_bits(value: int) -> int:
    """The reverse of `preference`."""
    return (value & 3) << 3


def parse_options(data: bytes, at: int) -> Options | Drop:
    """Walk the options; unknown ones are skipped, a length of zero condemns the message (§4.6)."""
    source_mac = target_mac = redirected = b""
    mtu = count = 0
    prefixes: list[Prefix] = []
    routes: list[RouteInformation] = []
    name_servers: list[NameServers] = []
    while at < len(data):
        if len(data) < at + 8:
            return Drop.TRUNCATED
        kind, size = data[at], data[at + 1] * 8
        count += 1
        if size == 0 or at + size > len(data) or count > MAXIMUM_OPTIONS:
            return Drop.FIELD
        if kind == SOURCE_LINK_LAYER:
            source_mac = data[at + 2 : at + 8]
        elif kind == TARGET_LINK_LAYER:
            target_mac = data[at + 2 : at + 8]
        elif kind == MTU and size == 8:
            mtu = u32(data, at + 4)
        elif kind == PREFIX_INFORMATION and size == 32:
            prefixes.append(parse_prefix(data, at))
        elif kind == ROUTE_INFORMATION and size <= 24:
            routes.append(parse_route(data, at, size))
        elif kind == RDNSS and size >= 24:
            name_servers.append(parse_name_servers(data, at, size))
        elif kind == REDIRECTED_HEADER:
            redirected = data[at + 8 : at + size]
        at += size
    return Options(
        source_mac, target_mac, mtu, tuple(prefixes), tuple(routes), tuple(name_servers), redirected
    )


def parse_prefix(data: bytes, at: int) -> Prefix:
    """§4.6.2; the bits behind the prefix are cleared, a length above 128 counts as 128."""
    length = min(data[at + 2], 128)
    flags = data[at + 3]
    return Prefix(
        masked(data[at + 16 : at + 32], length),
        length,
        bool(flags & 0x80),
        bool(flags & 0x40),
        u32(data, at + 4),
        u32(data, at + 8),
    )


def parse_route(data: bytes, at: int, size: int) -> RouteInformation:
    """RFC 4191 §2.3: 0, 8 or 16 octets of prefix."""
    prefix = data[at + 8 : at + size].ljust(16, b"\0")
    length = min(data[at + 2], (size - 8) * 8)
    return RouteInformation(masked(prefix, length), length, preference(data[at + 3]), u32(data, at + 4))


def parse_name_servers(data: bytes, at: int, size: int) -> NameServers:
    """RFC 8106 §5.1."""
    servers = tuple(data[i : i + 16] for i in range(at + 8, at + size - 15, 16))
    return NameServers(u32(data, at + 4), servers)


def masked(address: bytes, length: int) -> bytes:
    """The first `length` bits of an address, the rest zero."""
    bits = len(address) * 8
    value = int.from_bytes(address, "big") >> (bits - length) << (bits - length)
    return value.to_bytes(len(address), "big")


def emit(message: Message) -> bytes:
    """The ICMPv6 message with a zero checksum."""
    if isinstance(message, NeighbourSolicitation):
        head = header(NEIGHBOUR_SOLICITATION, bytes(4)) + message.target
    elif isinstance(message, NeighbourAdvertisement):
        flags = ROUTER * message.router | SOLICITED * message.solicited | OVERRIDE * message.override
        head = header(NEIGHBOUR_ADVERTISEMENT, bytes((flags, 0, 0, 0))) + message.target
    elif isinstance(message, RouterAdvertisement):
        head = emit_router_advertisement(message)
    elif isinstance(message, RouterSolicitation):
        head = header(ROUTER_SOLICITATION, bytes(4))
    else:
        head = header(REDIRECT, bytes(4)) + message.target + message.destination
    return head + emit_options(message.options)


def header(kind: int, rest: bytes) -> bytes:
    """Type, code 0, no checksum, and the four octets that each message uses in its own way."""
    return bytes((kind, 0, 0, 0)) + rest


def emit_router_advertisement(message: RouterAdvertisement) -> bytes:
    """What a router sends; the tests and a small router need it."""
    flags = 0x80 * message.managed | 0x40 * message.other | preference_bits(message.preference)
    rest = bytes((message.hop_limit, flags)) + message.lifetime.to_bytes(2, "big")
    return b"".join(
        (
            header(ROUTER_ADVERTISEMENT, rest),
            message.reachable_time.to_bytes(4, "big"),
            message.retransmission.to_bytes(4, "big"),
        )
    )


def emit_options(options: Options) -> bytes:
    """In the order of their numbers."""
    parts: list[bytes] = []
    if options.source_mac:
        parts.append(bytes((SOURCE_LINK_LAYER, 1)) + options.source_mac)
    if options.target_mac:
        parts.append(bytes((TARGET_LINK_LAYER, 1)) + options.target_mac)
    parts.extend(emit_prefix(prefix) for prefix in options.prefixes)
    if options.redirected:
        padded = options.redirected + bytes(-len(options.redirected) % 8)
        parts.append(bytes((REDIRECTED_HEADER, len(padded) // 8 + 1)) + bytes(6) + padded)
    if options.mtu:
        parts.append(bytes((MTU, 1, 0, 0)) + options.mtu.to_bytes(4, "big"))
    parts.extend(emit_route(route) for route in options.routes)
    for entry in options.name_servers:
        size = 1 + 2 * len(entry.servers)
        parts.append(bytes((RDNSS, size, 0, 0)) + entry.lifetime.to_bytes(4, "big") + b"".join(entry.servers))
    return b"".join(parts)


def emit_prefix(prefix: Prefix) -> bytes:
    """§4.6.2."""
    flags = 0x80 * prefix.on_link | 0x40 * prefix.autonomous
    return b"".join(
        (
            bytes((PREFIX_INFORMATION, 4, prefix.length, flags)),
            prefix.valid.to_bytes(4, "big"),
            prefix.preferred.to_bytes(4, "big"),
            bytes(4),
            prefix.prefix,
        )
    )


def emit_route(route: RouteInformation) -> bytes:
    """RFC 4191 §2.3, always with the whole prefix."""
    head = bytes((ROUTE_INFORMATION, 3, route.length, preference_bits(route.preference)))
    return head + route.lifetime.to_bytes(4, "big") + route.prefix
