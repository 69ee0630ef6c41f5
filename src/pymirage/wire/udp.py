# pymirage: hot
"""UDP header (RFC 768): source port, destination port, length, checksum, 16 bits each."""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.octets import add16, put_u16, sum16, u16
from pymirage.wire import pseudo_header
from pymirage.wire.drop import Drop

SIZE: Final = 8
SOURCE: Final = 0
DESTINATION: Final = 2
LENGTH: Final = 4
CHECKSUM: Final = 6


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Udp:
    """A header whose length agrees with its packet and whose checksum is right or absent."""

    def __init__(self, source: i64, destination: i64, payload: i64, end: i64) -> None:
        self.source: Final = source
        """Port; 0 when the sender expects no answer."""
        self.destination: Final = destination
        self.payload: Final = payload
        self.end: Final = end


def parse(data: bytes, version: i64, ip_at: i64, at: i64, end: i64, verified: bool) -> Udp | Drop:
    """The header at `at` of a packet that ends at `end` and whose IP header is at `ip_at`.

    A checksum of 0 means "none" over IPv4 (RFC 768) and is an error over IPv6 (RFC 8200 §8.1).
    """
    if end < at + SIZE:
        return Drop.TRUNCATED
    length = u16(data, at + LENGTH)
    if length < SIZE or at + length > end:
        return Drop.LENGTH
    destination = u16(data, at + DESTINATION)
    if destination == 0:
        return Drop.FIELD
    if u16(data, at + CHECKSUM) == 0:
        if version == 6:
            return Drop.CHECKSUM
    elif not verified:
        header = pseudo_header.received_sum(data, version, ip_at, 17, length)
        if add16(header, sum16(data, at, at + length)) != 0xFFFF:
            return Drop.CHECKSUM
    return Udp(u16(data, at + SOURCE), destination, at + SIZE, at + length)


def put(buffer: bytearray, at: i64, source: i64, destination: i64, length: i64, checksum: i64) -> None:
    """Write a header; `length` includes it."""
    put_u16(buffer, at + SOURCE, source)
    put_u16(buffer, at + DESTINATION, destination)
    put_u16(buffer, at + LENGTH, length)
    put_u16(buffer, at + CHECKSUM, checksum)


def checksum_field(total: i64) -> i64:
    """The field for the folded sum of pseudo-header, header and payload: 0 is sent as its other form."""
    field = ~total & 0xFFFF
    return 0xFFFF if field == 0 else field
