# pymirage: hot
"""IPv6 header and extension headers (RFC 8200).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |Version| Traffic class |              Flow label               |
    |         Payload length        |  Next header  |   Hop limit   |
    |                 Source address (16 octets) …                  |
    |               Destination address (16 octets) …               |

Addresses are read as two signed 64-bit halves each.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.octets import put_u8, put_u16, put_u32, u8, u16, u32
from pymirage.wire.drop import Drop

SIZE: Final = 40
PAYLOAD_LENGTH: Final = 4
NEXT_HEADER: Final = 6
HOP_LIMIT: Final = 7
SOURCE: Final = 8
DESTINATION: Final = 24

MINIMUM_MTU: Final = 1280

# Next headers (RFC 8200 §4.1).
HOP_BY_HOP: Final = 0
TCP: Final = 6
UDP: Final = 17
ROUTING: Final = 43
FRAGMENT: Final = 44
ICMPV6: Final = 58
NO_NEXT_HEADER: Final = 59
DESTINATION_OPTIONS: Final = 60

FRAGMENT_SIZE: Final = 8
FRAGMENT_OFFSET: Final = 2
FRAGMENT_IDENTIFICATION: Final = 4
MORE_FRAGMENTS: Final = 1

# What to do with an option that is not understood: its two highest bits (RFC 8200 §4.2).
OPTION_PAD1: Final = 0
OPTION_PADN: Final = 1
OPTION_ROUTER_ALERT: Final = 5
OPTION_JUMBO: Final = 0xC2

# Codes of the parameter problem that a refused header asks for (RFC 4443 §3.4).
PROBLEM_FIELD: Final = 0
PROBLEM_NEXT_HEADER: Final = 1
PROBLEM_OPTION: Final = 2


def half(data: bytes, at: i64) -> i64:
    """Eight octets as a signed number."""
    high = u32(data, at)
    if high & 0x8000_0000:
        high -= 0x1_0000_0000
    return high << 32 | u32(data, at + 4)


def put_half(buffer: bytearray, at: i64, value: i64) -> None:
    put_u32(buffer, at, value >> 32)
    put_u32(buffer, at + 4, value)


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Ipv6:
    """A fixed header found in a packet whose length agrees with it."""

    def __init__(
        self,
        traffic_class: i64,
        flow_label: i64,
        payload: i64,
        end: i64,
        next_header: i64,
        hop_limit: i64,
        source_high: i64,
        source_low: i64,
        destination_high: i64,
        destination_low: i64,
    ) -> None:
        self.traffic_class: Final = traffic_class
        self.flow_label: Final = flow_label
        self.payload: Final = payload
        """Offset of the first octet after the fixed header."""
        self.end: Final = end
        self.next_header: Final = next_header
        self.hop_limit: Final = hop_limit
        self.source_high: Final = source_high
        self.source_low: Final = source_low
        self.destination_high: Final = destination_high
        self.destination_low: Final = destination_low


def parse(data: bytes, at: i64) -> Ipv6 | Drop:
    """The fixed header at `at`."""
    if len(data) < at + SIZE:
        return Drop.TRUNCATED
    first = u32(data, at)
    if first >> 28 != 6:
        return Drop.VERSION
    end = at + SIZE + u16(data, at + PAYLOAD_LENGTH)
    if end > len(data):
        return Drop.TRUNCATED
    return Ipv6(
        first >> 20 & 0xFF,
        first & 0xF_FFFF,
        at + SIZE,
        end,
        u8(data, at + NEXT_HEADER),
        u8(data, at + HOP_LIMIT),
        half(data, at + SOURCE),
        half(data, at + SOURCE + 8),
        half(data, at + DESTINATION),
        half(data, at + DESTINATION + 8),
    )


def put(
    buffer: bytearray,
    at: i64,
    traffic_class: i64,
    flow_label: i64,
    payload_length: i64,
    next_header: i64,
    hop_limit: i64,
    source_high: i64,
    source_low: i64,
    destination_high: i64,
    destination_low: i64,
) -> None:
    """Write the fixed header."""
    put_u32(buffer, at, 0x6000_0000 | traffic_class << 20 | flow_label)
    put_u16(buffer, at + PAYLOAD_LENGTH, payload_length)
    put_u8(buffer, at + NEXT_HEADER, next_header)
    put_u8(buffer, at + HOP_LIMIT, hop_limit)
    put_half(buffer, at + SOURCE, source_high)
    put_half(buffer, at + SOURCE + 8, source_low)
    put_half(buffer, at + DESTINATION, destination_high)
    put_half(buffer, at + DESTINATION + 8, destination_low)


def emit(
    traffic_class: i64,
    flow_label: i64,
    payload_length: i64,
    next_header: i64,
    hop_limit: i64,
    source_high: i64,
    source_low: i64,
    destination_high: i64,
    destination_low: i64,
) -> bytes:
    """The 40 octets that `put` writes."""
    buffer = bytearray(SIZE)
    put(
        buffer,
        0,
        traffic_class,
        flow_label,
        payload_length,
        next_header,
        hop_limit,
        source_high,
        source_low,
        destination_high,
        destination_low,
    )
    return bytes(buffer)


@final
@mypyc_attr(acyclic=True)
class Extensions:
    """What the chain of extension headers leads to, or why it must be refused."""

    def __init__(
        self, protocol: i64, field: i64, payload: i64, fragment_at: i64, refused_at: i64, problem: i64
    ) -> None:
        self.protocol: Final = protocol
        """The first header that is no extension, or what follows the fragment header."""
        self.field: Final = field
        """Offset of the octet that names it."""
        self.payload: Final = payload
        """Offset of its first octet."""
        self.fragment_at: Final = fragment_at
        """Offset of the fragment header, 0 when there is none: reading stops behind it."""
        self.refused_at: Final = refused_at
        """Offset of the octet that a parameter problem points to, 0 when nothing is refused."""
        self.problem: Final = problem
        """Code of the parameter problem, or SILENT."""


SILENT: Final = -1


def extensions(
    data: bytes, at: i64, next_header: i64, field: i64, end: i64, multicast: bool
) -> Extensions | Drop:
    """Walk the extension headers that begin at `at`, of which the first is `next_header`, named at `field`.

    Bounded by the packet: each header is at least 8 octets. TRUNCATED when they do not fit it.
    """
    first = True
    while True:
        if next_header == FRAGMENT:
            if at + FRAGMENT_SIZE > end:
                return Drop.TRUNCATED
            return Extensions(u8(data, at), at, at + FRAGMENT_SIZE, at, 0, SILENT)
        if next_header == HOP_BY_HOP and not first:
            return Extensions(next_header, field, at, 0, field, PROBLEM_NEXT_HEADER)
        if next_header != HOP_BY_HOP and next_header != DESTINATION_OPTIONS and next_header != ROUTING:
            return Extensions(next_header, field, at, 0, 0, SILENT)
        if at + 8 > end:
            return Drop.TRUNCATED
        size = (u8(data, at + 1) + 1) << 3
        if at + size > end:
            return Drop.TRUNCATED
        if next_header == ROUTING:
            # Segments left must be 0: we are no router, and type 0 is deprecated (RFC 5095).
            if u8(data, at + 3) != 0:
                return Extensions(next_header, field, at, 0, at + 2, PROBLEM_FIELD)
        else:
            refused = refused_option(data, at + 2, at + size)
            if refused == MALFORMED:
                return Drop.OPTIONS
            if refused != 0:
                action = u8(data, refused) >> 6
                speak = action == 2 or (action == 3 and not multicast)
                return Extensions(next_header, field, at, 0, refused, PROBLEM_OPTION if speak else SILENT)
        field = at
        next_header = u8(data, at)
        at += size
        first = False


MALFORMED: Final = -1


def refused_option(data: bytes, at: i64, end: i64) -> i64:
    """Offset of the first option that forbids going on; 0 when none does, MALFORMED when one overflows."""
    while at < end:
        kind = u8(data, at)
        if kind == OPTION_PAD1:
            at += 1
            continue
        if at + 2 > end or at + 2 + u8(data, at + 1) > end:
            return MALFORMED
        if kind >> 6 != 0:
            return at
        at += 2 + u8(data, at + 1)
    return 0
