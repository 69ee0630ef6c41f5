# pymirage: hot
"""IP addresses as two 64-bit halves, and as 4 or 16 octets.

Halves are signed 64-bit integers, as `i64` is. IPv4 is held IPv4-mapped (::ffff:a.b.c.d), RFC 4291 §2.5.5.2.
"""

from typing import Final

from mypy_extensions import i64

from pymirage.octets import b32, u32

MAPPED: Final = 0xFFFF_0000_0000


def mapped(address: i64) -> i64:
    """Low half for an IPv4 address given as a 32-bit number; the high half is 0."""
    return MAPPED | address


def is_v4(high: i64, low: i64) -> bool:
    return high == 0 and low >> 32 == 0xFFFF


def high_of(address: bytes) -> i64:
    """High half of an address of 4 or 16 octets."""
    if len(address) == 4:
        return 0
    return int.from_bytes(address[:8], "big", signed=True)


def low_of(address: bytes) -> i64:
    """Low half of an address of 4 or 16 octets."""
    if len(address) == 4:
        return MAPPED | u32(address, 0)
    return int.from_bytes(address[8:], "big", signed=True)


def octets_of(high: i64, low: i64) -> bytes:
    """The 4 or 16 octets of an address."""
    if is_v4(high, low):
        return b32(low)
    return b32(high >> 32) + b32(high) + b32(low >> 32) + b32(low)
