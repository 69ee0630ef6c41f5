# pymirage: hot
"""IPv4 header (RFC 791 §3.1; the traffic class is RFC 2474's and RFC 3168's).

 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
|Version|  IHL  | Traffic class |          Total length         |
|         Identification        |0|D|M|     Fragment offset     |
|  Time to live |    Protocol   |        Header checksum        |
|                         Source address                        |
|                      Destination address                      |
|                    Options …                  |    Padding    |
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.octets import fold, put_u8, put_u16, put_u32, sum16, u8, u16, u32
from pymirage.wire.drop import Drop

SIZE: Final = 20
"""Octets of a header without options."""
TRAFFIC_CLASS: Final = 1
TOTAL_LENGTH: Final = 2
IDENTIFICATION: Final = 4
FRAGMENT: Final = 6
TIME_TO_LIVE: Final = 8
PROTOCOL: Final = 9
CHECKSUM: Final = 10
SOURCE: Final = 12
DESTINATION: Final = 16

DONT_FRAGMENT: Final = 0x4000
MORE_FRAGMENTS: Final = 0x2000
OFFSET_MASK: Final = 0x1FFF
MINIMUM_MTU: Final = 68

ICMP: Final = 1
IGMP: Final = 2
TCP: Final = 6
UDP: Final = 17

# Options (RFC 791 §3.1): these two are one octet long, the rest carry their length.
OPTION_END: Final = 0
OPTION_NO_OPERATION: Final = 1
OPTION_LOOSE_ROUTE: Final = 131
OPTION_STRICT_ROUTE: Final = 137


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Ipv4:
    """A header found in a packet: its lengths agree with the packet, its checksum is right."""

    def __init__(
        self,
        traffic_class: i64,
        payload: i64,
        end: i64,
        identification: i64,
        fragment: i64,
        time_to_live: i64,
        protocol: i64,
        source: i64,
        destination: i64,
    ) -> None:
        self.traffic_class: Final = traffic_class
        self.payload: Final = payload
        """Offset of the first octet after the header."""
        self.end: Final = end
        """Offset after the last octet of the packet."""
        self.identification: Final = identification
        self.fragment: Final = fragment
        """The 16 bits of flags and fragment offset (in units of 8 octets)."""
        self.time_to_live: Final = time_to_live
        self.protocol: Final = protocol
        self.source: Final = source
        self.destination: Final = destination

    def is_fragment(self) -> bool:
        return self.fragment & (MORE_FRAGMENTS | OFFSET_MASK) != 0


def parse(data: bytes, at: i64) -> Ipv4 | Drop:
    """The header at `at`; the packet ends where it says, Ethernet's padding may follow."""
    if len(data) < at + SIZE:
        return Drop.TRUNCATED
    first = u8(data, at)
    if first >> 4 != 4:
        return Drop.VERSION
    payload = at + ((first & 0xF) << 2)
    end = at + u16(data, at + TOTAL_LENGTH)
    if payload < at + SIZE or end < payload:
        return Drop.LENGTH
    if end > len(data):
        return Drop.TRUNCATED
    if sum16(data, at, payload) != 0xFFFF:
        return Drop.CHECKSUM
    if payload > at + SIZE and not options_acceptable(data, at + SIZE, payload):
        return Drop.OPTIONS
    return Ipv4(
        u8(data, at + TRAFFIC_CLASS),
        payload,
        end,
        u16(data, at + IDENTIFICATION),
        u16(data, at + FRAGMENT),
        u8(data, at + TIME_TO_LIVE),
        u8(data, at + PROTOCOL),
        u32(data, at + SOURCE),
        u32(data, at + DESTINATION),
    )


def options_acceptable(data: bytes, at: i64, end: i64) -> bool:
    """Whether options are well formed and none is a source route (dropped: RFC 7126 §4.3, §4.4)."""
    while at < end:
        kind = u8(data, at)
        if kind == OPTION_END:
            return True
        if kind == OPTION_NO_OPERATION:
            at += 1
            continue
        if kind in (OPTION_LOOSE_ROUTE, OPTION_STRICT_ROUTE) or at + 1 >= end:
            return False
        length = u8(data, at + 1)
        if length < 2 or at + length > end:
            return False
        at += length
    return True


def put(
    buffer: bytearray,
    at: i64,
    traffic_class: i64,
    payload_length: i64,
    identification: i64,
    fragment: i64,
    time_to_live: i64,
    protocol: i64,
    source: i64,
    destination: i64,
) -> None:
    """Write a header without options, checksum included, for a payload of `payload_length` octets."""
    first_word = 0x4500 | traffic_class
    total_length = SIZE + payload_length
    life_and_protocol = time_to_live << 8 | protocol
    total = first_word + total_length + identification + fragment + life_and_protocol
    total += (source >> 16) + (source & 0xFFFF) + (destination >> 16) + (destination & 0xFFFF)
    put_u16(buffer, at, first_word)
    put_u16(buffer, at + TOTAL_LENGTH, total_length)
    put_u16(buffer, at + IDENTIFICATION, identification)
    put_u16(buffer, at + FRAGMENT, fragment)
    put_u8(buffer, at + TIME_TO_LIVE, time_to_live)
    put_u8(buffer, at + PROTOCOL, protocol)
    put_u16(buffer, at + CHECKSUM, ~fold(total) & 0xFFFF)
    put_u32(buffer, at + SOURCE, source)
    put_u32(buffer, at + DESTINATION, destination)


def emit(
    traffic_class: i64,
    payload_length: i64,
    identification: i64,
    fragment: i64,
    time_to_live: i64,
    protocol: i64,
    source: i64,
    destination: i64,
) -> bytes:
    """The 20 octets that `put` writes."""
    buffer = bytearray(SIZE)
    put(
        buffer,
        0,
        traffic_class,
        payload_length,
        identification,
        fragment,
        time_to_live,
        protocol,
        source,
        destination,
    )
    return bytes(buffer)
