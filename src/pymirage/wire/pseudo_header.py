# pymirage: hot
"""The pseudo-header that TCP, UDP and ICMPv6 checksums cover (RFC 9293 §3.1, RFC 8200 §8.1): its sum.

Addresses are summed where they lie in the IP header, or from two 64-bit halves each.
"""

from mypy_extensions import i64

from pymirage.octets import fold, sum16


def received_sum(data: bytes, version: i64, ip_at: i64, protocol: i64, length: i64) -> i64:
    """Sum for a packet whose IP header is at `ip_at`; `length`: transport header and payload."""
    first: i64 = ip_at + 12 if version == 4 else ip_at + 8
    last: i64 = ip_at + 20 if version == 4 else ip_at + 40
    addresses = sum16(data, first, last)
    return fold(addresses + protocol + (length & 0xFFFF) + (length >> 16))


def addresses_sum(
    version: i64, source_high: i64, source_low: i64, destination_high: i64, destination_low: i64
) -> i64:
    """Folded sum of two addresses given as halves; of IPv4 ones only the lowest 32 bits are sent."""
    if version == 4:
        source_low = source_low & 0xFFFF_FFFF
        destination_low = destination_low & 0xFFFF_FFFF
    total = half_sum(source_high) + half_sum(source_low)
    return fold(total + half_sum(destination_high) + half_sum(destination_low))


def half_sum(half: i64) -> i64:
    """Sum of the four words of one 64-bit half of an address."""
    return (half & 0xFFFF) + (half >> 16 & 0xFFFF) + (half >> 32 & 0xFFFF) + (half >> 48 & 0xFFFF)
