# pymirage: hot
"""The pseudo-header that TCP, UDP and ICMPv6 checksums cover (RFC 9293 §3.1, RFC 8200 §8.1): its sum.

Addresses are summed where they lie in the IP header, or from halves as `net/address.py` has them.
"""

from mypy_extensions import i64

from pymirage.octets import fold, sum16


def received_sum(data: bytes, version: i64, ip_at: i64, protocol: i64, length: i64) -> i64:
    """Sum for a packet whose IP header is at `ip_at`; `length`: transport header and payload."""
    first: i64 = ip_at + 12 if version == 4 else ip_at + 8
    last: i64 = ip_at + 20 if version == 4 else ip_at + 40
    addresses = sum16(data, first, last)
    return fold(addresses + protocol + (length & 0xFFFF) + (length >> 16))


def half_sum(half: i64) -> i64:
    """Sum of the four words of one 64-bit half of an address."""
    return (half & 0xFFFF) + (half >> 16 & 0xFFFF) + (half >> 32 & 0xFFFF) + (half >> 48 & 0xFFFF)


def address_sum_v4(source: i64, destination: i64) -> i64:
    """Unfolded sum of two IPv4 addresses given as 32-bit numbers."""
    return (source >> 16) + (source & 0xFFFF) + (destination >> 16) + (destination & 0xFFFF)
