# pymirage: hot
"""ICMPv6 (RFC 4443): type, code, checksum over the pseudo-header too, a body that depends on the type."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.octets import add16, b16, b32, sum16, u8, u32
from pymirage.wire import pseudo_header
from pymirage.wire.drop import Drop

SIZE: Final = 8
CHECKSUM: Final = 2
REST: Final = 4

UNREACHABLE: Final = 1
TOO_BIG: Final = 2
TIME_EXCEEDED: Final = 3
PARAMETER_PROBLEM: Final = 4
ECHO_REQUEST: Final = 128
ECHO_REPLY: Final = 129

# Codes of UNREACHABLE.
NO_ROUTE: Final = 0
PROHIBITED: Final = 1
ADDRESS: Final = 3
PORT: Final = 4

QUOTED: Final = 1232
"""Octets of the offending packet that an error quotes at most: it fits the minimum MTU (RFC 4443 §2.4 c)."""


@final
class Icmp:
    """A message whose checksum is right."""

    def __init__(self, kind: i64, code: i64, rest: i64, payload: i64, end: i64) -> None:
        self.kind: Final = kind
        """The type; errors are below 128."""
        self.code: Final = code
        self.rest: Final = rest
        """The 32 bits after the checksum: identifier and sequence number of an echo, MTU, pointer."""
        self.payload: Final = payload
        """Offset of what follows them."""
        self.end: Final = end


def parse(data: bytes, ip_at: i64, at: i64, end: i64) -> Icmp | Drop:
    """The message at `at` of a packet that ends at `end` and whose IPv6 header is at `ip_at`."""
    if end < at + SIZE:
        return Drop.TRUNCATED
    header = pseudo_header.received_sum(data, 6, ip_at, 58, end - at)
    if add16(header, sum16(data, at, end)) != 0xFFFF:
        return Drop.CHECKSUM
    return Icmp(u8(data, at), u8(data, at + 1), u32(data, at + REST), at + SIZE, end)


def emit(kind: i64, code: i64, rest: i64, payload: bytes, source: bytes, destination: bytes) -> bytes:
    """A message from `source` to `destination` (16 octets each: the checksum covers them)."""
    first = b16(kind << 8 | code)
    body = b32(rest) + payload
    covered = source + destination + b32(len(body) + 4) + b32(58) + first + b16(0) + body
    return first + b16(~sum16(covered, 0, len(covered)) & 0xFFFF) + body
