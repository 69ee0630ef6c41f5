# pymirage: hot
"""TCP header (RFC 9293 §3.1) and its options: MSS, window scale, SACK (RFC 2018), timestamps (RFC 7323).

 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
|          Source port          |       Destination port        |
|                        Sequence number                        |
|                     Acknowledgment number                     |
| Offset|  Rsv  |   Control bits|            Window             |
|           Checksum            |         Urgent pointer        |
|                           Options …                           |
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.octets import add16, put_u8, put_u16, put_u32, sum16, u8, u16, u32
from pymirage.wire import pseudo_header
from pymirage.wire.drop import Drop

SIZE: Final = 20
"""Octets of a header without options."""
SOURCE: Final = 0
DESTINATION: Final = 2
SEQUENCE: Final = 4
ACKNOWLEDGMENT: Final = 8
OFFSET: Final = 12
FLAGS: Final = 13
WINDOW: Final = 14
CHECKSUM: Final = 16
URGENT: Final = 18

FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
PSH: Final = 0x08
ACK: Final = 0x10
URG: Final = 0x20

OPTION_END: Final = 0
OPTION_NO_OPERATION: Final = 1
OPTION_MSS: Final = 2
OPTION_WINDOW_SCALE: Final = 3
OPTION_SACK_PERMITTED: Final = 4
OPTION_SACK: Final = 5
OPTION_TIMESTAMPS: Final = 8

TIMESTAMPS_ALIGNED: Final = 0x0101_080A
"""Two no-operations, kind 8, length 10: how all senders align timestamps (RFC 7323 appendix A)."""
TIMESTAMPS_SIZE: Final = 12
MAXIMUM_SCALE: Final = 14
OPTIONS_LIMIT: Final = 40

ABSENT: Final = -1


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Segment:
    """A header found in a packet: its options are well formed, those that it lacks are ABSENT."""

    def __init__(
        self,
        source: i64,
        destination: i64,
        sequence: i64,
        acknowledgment: i64,
        flags: i64,
        window: i64,
        payload: i64,
        end: i64,
        maximum_size: i64,
        window_scale: i64,
        sack_permitted: bool,
        timestamp: i64,
        timestamp_echo: i64,
        sack_at: i64,
        sack_count: i64,
    ) -> None:
        self.source: Final = source
        self.destination: Final = destination
        self.sequence: Final = sequence
        self.acknowledgment: Final = acknowledgment
        self.flags: Final = flags
        self.window: Final = window
        """As sent: not yet scaled."""
        self.payload: Final = payload
        """Offset of the first octet of the payload."""
        self.end: Final = end
        """Offset after the last octet of the payload."""
        self.maximum_size: Final = maximum_size
        self.window_scale: Final = window_scale
        self.sack_permitted: Final = sack_permitted
        self.timestamp: Final = timestamp
        self.timestamp_echo: Final = timestamp_echo
        self.sack_at: Final = sack_at
        """Offset of the first SACK block, 8 octets each."""
        self.sack_count: Final = sack_count

    def length(self) -> i64:
        """SEG.LEN: payload and the numbers that SYN and FIN take."""
        length = self.end - self.payload
        if self.flags & SYN != 0:
            length += 1
        if self.flags & FIN != 0:
            length += 1
        return length


def checksum_is_right(data: bytes, version: i64, ip_at: i64, at: i64, end: i64) -> bool:
    header = pseudo_header.received_sum(data, version, ip_at, 6, end - at)
    return add16(header, sum16(data, at, end)) == 0xFFFF


def parse(data: bytes, at: i64, end: i64) -> Segment | Drop:
    """The header at `at` of a packet that ends at `end`; the checksum is `checksum_is_right`'s to check."""
    if end < at + SIZE:
        return Drop.TRUNCATED
    payload = at + (u8(data, at + OFFSET) >> 4 << 2)
    if payload < at + SIZE or payload > end:
        return Drop.LENGTH
    maximum_size: i64 = ABSENT
    window_scale: i64 = ABSENT
    sack_permitted = False
    timestamp: i64 = ABSENT
    timestamp_echo: i64 = ABSENT
    sack_at: i64 = 0
    sack_count: i64 = 0
    option = at + SIZE
    if payload == option + TIMESTAMPS_SIZE and u32(data, option) == TIMESTAMPS_ALIGNED:
        timestamp = u32(data, option + 4)
        timestamp_echo = u32(data, option + 8)
        option = payload
    while option < payload:
        kind = u8(data, option)
        if kind == OPTION_NO_OPERATION:
            option += 1
            continue
        if kind == OPTION_END:
            break
        if option + 1 >= payload:
            return Drop.TCP_OPTIONS
        size = u8(data, option + 1)
        if size < 2 or option + size > payload:
            return Drop.TCP_OPTIONS
        # A known option of a wrong size is ignored, as one that is not known (RFC 9293 §3.1, MUST-6).
        if kind == OPTION_TIMESTAMPS and size == 10:
            timestamp = u32(data, option + 2)
            timestamp_echo = u32(data, option + 6)
        elif kind == OPTION_SACK and size >= 10 and (size - 2) & 7 == 0:
            sack_at = option + 2
            sack_count = (size - 2) >> 3
        elif kind == OPTION_MSS and size == 4:
            maximum_size = u16(data, option + 2)
        elif kind == OPTION_WINDOW_SCALE and size == 3:
            # RFC 7323 §2.3: a larger shift is taken as 14.
            window_scale = min(u8(data, option + 2), MAXIMUM_SCALE)
        elif kind == OPTION_SACK_PERMITTED and size == 2:
            sack_permitted = True
        option += size
    return Segment(
        u16(data, at + SOURCE),
        u16(data, at + DESTINATION),
        u32(data, at + SEQUENCE),
        u32(data, at + ACKNOWLEDGMENT),
        u8(data, at + FLAGS),
        u16(data, at + WINDOW),
        payload,
        end,
        maximum_size,
        window_scale,
        sack_permitted,
        timestamp,
        timestamp_echo,
        sack_at,
        sack_count,
    )


def put(
    buffer: bytearray,
    at: i64,
    source: i64,
    destination: i64,
    sequence: i64,
    acknowledgment: i64,
    header_size: i64,
    flags: i64,
    window: i64,
) -> None:
    """Write the fixed header; checksum and urgent pointer are 0. `header_size` counts the options."""
    put_u16(buffer, at + SOURCE, source)
    put_u16(buffer, at + DESTINATION, destination)
    put_u32(buffer, at + SEQUENCE, sequence)
    put_u32(buffer, at + ACKNOWLEDGMENT, acknowledgment)
    put_u8(buffer, at + OFFSET, header_size << 2)
    put_u8(buffer, at + FLAGS, flags)
    put_u16(buffer, at + WINDOW, window)
    put_u32(buffer, at + CHECKSUM, 0)


# Each writes one option at `at`, padded to a multiple of 4 octets, and returns the offset behind it.


def put_maximum_size(buffer: bytearray, at: i64, size: i64) -> i64:
    put_u32(buffer, at, OPTION_MSS << 24 | 4 << 16 | size)
    return at + 4


def put_window_scale(buffer: bytearray, at: i64, scale: i64) -> i64:
    put_u32(buffer, at, OPTION_NO_OPERATION << 24 | OPTION_WINDOW_SCALE << 16 | 3 << 8 | scale)
    return at + 4


def put_sack_permitted(buffer: bytearray, at: i64) -> i64:
    put_u32(
        buffer, at, OPTION_NO_OPERATION << 24 | OPTION_NO_OPERATION << 16 | OPTION_SACK_PERMITTED << 8 | 2
    )
    return at + 4


def put_timestamps(buffer: bytearray, at: i64, value: i64, echo: i64) -> i64:
    put_u32(buffer, at, TIMESTAMPS_ALIGNED)
    put_u32(buffer, at + 4, value)
    put_u32(buffer, at + 8, echo)
    return at + TIMESTAMPS_SIZE


def put_sack_header(buffer: bytearray, at: i64, count: i64) -> i64:
    """What precedes `count` SACK blocks, which are two 32-bit numbers each."""
    put_u32(
        buffer, at, OPTION_NO_OPERATION << 24 | OPTION_NO_OPERATION << 16 | OPTION_SACK << 8 | 2 + 8 * count
    )
    return at + 4
