# pymirage: hot
"""ICMP for IPv4 (RFC 792, 1191, 1812): type, code, checksum, four octets that depend on the type, data."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.octets import b16, b32, checksum, sum16, u8, u32
from pymirage.wire.drop import Drop

SIZE: Final = 8
CHECKSUM: Final = 2
REST: Final = 4

ECHO_REPLY: Final = 0
UNREACHABLE: Final = 3
REDIRECT: Final = 5
ECHO_REQUEST: Final = 8
TIME_EXCEEDED: Final = 11
PARAMETER_PROBLEM: Final = 12

# Codes of UNREACHABLE.
NETWORK: Final = 0
HOST: Final = 1
PROTOCOL: Final = 2
PORT: Final = 3
FRAGMENTATION_NEEDED: Final = 4
PROHIBITED: Final = 13

QUOTED: Final = 548
"""Octets of the offending packet that an error quotes at most: it stays within 576 (RFC 1812 §4.3.2.3)."""


@final
class Icmp:
    """A message whose checksum is right."""

    def __init__(self, kind: i64, code: i64, rest: i64, payload: i64, end: i64) -> None:
        self.kind: Final = kind
        """The type."""
        self.code: Final = code
        self.rest: Final = rest
        """The 32 bits after the checksum: identifier and sequence of an echo, MTU of FRAGMENTATION_NEEDED."""
        self.payload: Final = payload
        """Offset of the echoed data or the quoted packet."""
        self.end: Final = end


def parse(data: bytes, at: i64, end: i64) -> Icmp | Drop:
    """The message at `at` of a packet that ends at `end`."""
    if end < at + SIZE:
        return Drop.TRUNCATED
    if sum16(data, at, end) != 0xFFFF:
        return Drop.CHECKSUM
    return Icmp(u8(data, at), u8(data, at + 1), u32(data, at + REST), at + SIZE, end)


def emit(kind: i64, code: i64, rest: i64, payload: bytes) -> bytes:
    """A message."""
    first = b16(kind << 8 | code)
    message = first + b16(0) + b32(rest) + payload
    return first + b16(checksum(message, 0, len(message))) + message[REST:]


def next_mtu(message: Icmp) -> i64:
    """MTU that a FRAGMENTATION_NEEDED reports; 0 from routers older than RFC 1191."""
    return message.rest & 0xFFFF
