"""DHCPv4 messages: RFC 2131 §2 and the options of RFC 2132, with overloading (RFC 2131 §4.1), long
options (RFC 3396), classless routes (RFC 3442) and client identifiers (RFC 4361, RFC 6842).

A message is a UDP payload: 236 fixed octets of BOOTP, the magic cookie, options.
"""

from typing import Final, final

from pymirage.octets import u16, u32
from pymirage.wire.drop import Drop

SERVER_PORT: Final = 67
CLIENT_PORT: Final = 68

FIXED: Final = 236
COOKIE: Final = b"\x63\x82\x53\x63"
MINIMUM_EMITTED: Final = 300
"""BOOTP relays may drop shorter messages: RFC 1542 §2.1."""

BOOT_REQUEST: Final = 1
BOOT_REPLY: Final = 2
ETHERNET: Final = 1
BROADCAST: Final = 0x8000

DISCOVER: Final = 1
OFFER: Final = 2
REQUEST: Final = 3
DECLINE: Final = 4
ACK: Final = 5
NAK: Final = 6
RELEASE: Final = 7
INFORM: Final = 8

PAD: Final = 0
SUBNET_MASK: Final = 1
ROUTER: Final = 3
DNS: Final = 6
HOST_NAME: Final = 12
DOMAIN_NAME: Final = 15
INTERFACE_MTU: Final = 26
BROADCAST_ADDRESS: Final = 28
NTP: Final = 42
REQUESTED_ADDRESS: Final = 50
LEASE_TIME: Final = 51
OVERLOAD: Final = 52
MESSAGE_TYPE: Final = 53
SERVER_IDENTIFIER: Final = 54
PARAMETERS: Final = 55
MESSAGE: Final = 56
MAXIMUM_SIZE: Final = 57
RENEWAL_TIME: Final = 58
REBINDING_TIME: Final = 59
CLIENT_IDENTIFIER: Final = 61
DOMAIN_SEARCH: Final = 119
CLASSLESS_ROUTES: Final = 121
END: Final = 255

XID: Final = 4
SECONDS: Final = 8
FLAGS: Final = 10
CIADDR: Final = 12
YIADDR: Final = 16
SIADDR: Final = 20
GIADDR: Final = 24
CHADDR: Final = 28
SNAME: Final = 44
FILE: Final = 108

UNSPECIFIED: Final = bytes(4)


@final
class Dhcp:
    """One message. `options` maps each code to its whole value, split options joined."""

    def __init__(
        self,
        operation: int,
        xid: int,
        kind: int,
        mac: bytes,
        options: dict[int, bytes],
        *,
        seconds: int = 0,
        broadcast: bool = False,
        client: bytes = UNSPECIFIED,
        yours: bytes = UNSPECIFIED,
        server: bytes = UNSPECIFIED,
        relay: bytes = UNSPECIFIED,
    ) -> None:
        self.operation: Final = operation
        self.xid: Final = xid
        self.kind: Final = kind
        self.mac: Final = mac
        self.options: Final = options
        self.seconds: Final = seconds
        self.broadcast: Final = broadcast
        self.client: Final = client
        self.yours: Final = yours
        self.server: Final = server
        self.relay: Final = relay

    def address(self, code: int) -> bytes:
        """An option that holds one address (or several: the first); empty when absent or short."""
        value = self.options.get(code, b"")
        return value[:4] if len(value) >= 4 else b""

    def addresses(self, code: int) -> tuple[bytes, ...]:
        """An option that holds a list of addresses."""
        value = self.options.get(code, b"")
        return tuple(value[i : i + 4] for i in range(0, len(value) - 3, 4))

    def seconds_option(self, code: int) -> int:
        """An option that holds a time; -1 when absent or malformed."""
        value = self.options.get(code, b"")
        return u32(value, 0) if len(value) == 4 else -1


def parse(data: bytes, at: int) -> Dhcp | Drop:
    """Read the message that begins at `at` and ends with `data`."""
    if len(data) < at + FIXED + len(COOKIE):
        return Drop.TRUNCATED
    if data[at + FIXED : at + FIXED + 4] != COOKIE:
        return Drop.FIELD
    operation = data[at]
    if operation not in (BOOT_REQUEST, BOOT_REPLY):
        return Drop.FIELD
    if data[at + 1] != ETHERNET or data[at + 2] != 6:
        return Drop.FIELD
    options = parse_all_options(data, at)
    if isinstance(options, Drop):
        return options
    kind = options.pop(MESSAGE_TYPE, b"")
    if len(kind) != 1 or not DISCOVER <= kind[0] <= INFORM:
        return Drop.FIELD
    return Dhcp(
        operation,
        u32(data, at + XID),
        kind[0],
        data[at + CHADDR : at + CHADDR + 6],
        options,
        seconds=u16(data, at + SECONDS),
        broadcast=bool(u16(data, at + FLAGS) & BROADCAST),
        client=data[at + CIADDR : at + YIADDR],
        yours=data[at + YIADDR : at + SIADDR],
        server=data[at + SIADDR : at + GIADDR],
        relay=data[at + GIADDR : at + CHADDR],
    )


def parse_all_options(data: bytes, at: int) -> dict[int, bytes] | Drop:
    """The options field, then `file`, then `sname` where overloaded: RFC 3396 §7 gives this order."""
    options: dict[int, bytes] = {}
    if not collect(data, at + FIXED + 4, len(data), options):
        return Drop.FIELD
    overload = options.pop(OVERLOAD, b"\0")
    if len(overload) != 1:
        return Drop.FIELD
    if overload[0] & 1 and not collect(data, at + FILE, at + FIXED, options):
        return Drop.FIELD
    if overload[0] & 2 and not collect(data, at + SNAME, at + FILE, options):
        return Drop.FIELD
    return options


def collect(data: bytes, at: int, end: int, options: dict[int, bytes]) -> bool:
    """Walk one area; repeated codes are pieces of one value (RFC 3396 §5). A missing END is forgiven."""
    while at < end:
        code = data[at]
        if code == END:
            return True
        if code == PAD:
            at += 1
            continue
        if at + 2 > end or at + 2 + data[at + 1] > end:
            return False
        size = data[at + 1]
        options[code] = options.get(code, b"") + data[at + 2 : at + 2 + size]
        at += 2 + size
    return True


def emit(message: Dhcp) -> bytes:
    """The UDP payload; values above 255 octets are split (RFC 3396 §6)."""
    flags = BROADCAST if message.broadcast else 0
    parts = [
        bytes((message.operation, ETHERNET, 6, 0)),
        message.xid.to_bytes(4, "big"),
        message.seconds.to_bytes(2, "big"),
        flags.to_bytes(2, "big"),
        message.client,
        message.yours,
        message.server,
        message.relay,
        message.mac.ljust(16, b"\0"),
        bytes(192),
        COOKIE,
        emit_option(MESSAGE_TYPE, bytes((message.kind,))),
    ]
    parts.extend(emit_option(code, value) for code, value in message.options.items())
    parts.append(bytes((END,)))
    return b"".join(parts).ljust(MINIMUM_EMITTED, b"\0")


def emit_option(code: int, value: bytes) -> bytes:
    """Code, length, value: as often as the value needs."""
    if len(value) <= 255:
        return bytes((code, len(value))) + value
    return bytes((code, 255)) + value[:255] + emit_option(code, value[255:])


def parse_routes(value: bytes) -> tuple[tuple[bytes, int, bytes], ...] | Drop:
    """Classless routes, RFC 3442: width, significant octets, router. (prefix, length, gateway)."""
    routes: list[tuple[bytes, int, bytes]] = []
    at = 0
    while at < len(value):
        length = value[at]
        size = (length + 7) // 8
        if length > 32 or len(value) < at + 1 + size + 4:
            return Drop.FIELD
        prefix = value[at + 1 : at + 1 + size].ljust(4, b"\0")
        routes.append((prefix, length, value[at + 1 + size : at + 5 + size]))
        at += 5 + size
    return tuple(routes)


def emit_routes(routes: tuple[tuple[bytes, int, bytes], ...]) -> bytes:
    """The reverse of `parse_routes`."""
    parts: list[bytes] = []
    for prefix, length, gateway in routes:
        parts.extend((bytes((length,)), prefix[: (length + 7) // 8], gateway))
    return b"".join(parts)
