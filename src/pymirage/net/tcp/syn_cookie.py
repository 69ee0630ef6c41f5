# pymirage: hot
"""SYN cookies: the peer keeps the state, in the numbers that it must echo (RFC 4987 §3.6).

The sequence number holds five bits of a counter of minutes, three of an index into MSSs, and 24 of a keyed
hash over both, the endpoints and the peer's number. Window scale and SACK are in the lowest bits of our
timestamp, and are lost when the peer sends none.
"""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

from pymirage.net.siphash import SipHash, hash_of

if TYPE_CHECKING:
    from pymirage.net.path import Path

PERIOD: Final = 64_000_000_000
ACCEPTED_PERIODS: Final = 2
INVALID: Final = -1
NO_SCALE: Final = 15
STAMP_BITS: Final = 5

SIZES: Final = (536, 1024, 1220, 1300, 1380, 1440, 1460, 8940)
"""What may be announced: frequent values (Alcock and Nelson, 2011), and jumbo frames."""


def size_index(maximum_size: i64) -> i64:
    """The largest size that is not above the peer's."""
    index: i64 = 0
    for at in range(1, 8):
        if SIZES[at] <= maximum_size:
            index = at
    return index


def make(
    key: SipHash, path: "Path", local_port: i64, remote_port: i64, irs: i64, index: i64, now: i64
) -> i64:
    """The sequence number for a SYN-ACK."""
    period = now // PERIOD
    return (period & 31) << 27 | index << 24 | _hash(key, path, local_port, remote_port, irs, period, index)


def check(
    key: SipHash, path: "Path", local_port: i64, remote_port: i64, irs: i64, cookie: i64, now: i64
) -> i64:
    """The MSS index in a cookie that comes back, or INVALID."""
    index = cookie >> 24 & 7
    age: i64 = 0
    while age < ACCEPTED_PERIODS:
        period = now // PERIOD - age
        if cookie >> 27 == period & 31:
            expected = _hash(key, path, local_port, remote_port, irs, period, index)
            return index if cookie & 0xFF_FFFF == expected else INVALID
        age += 1
    return INVALID


def stamp(clock: i64, scale: i64, selective: bool) -> i64:
    """Our timestamp with the peer's options in it, not ahead of the clock."""
    bits = scale << 1 | (1 if selective else 0)
    value = clock >> STAMP_BITS << STAMP_BITS | bits
    return value if value <= clock else (value - (1 << STAMP_BITS)) & 0xFFFF_FFFF


def scale_in(value: i64) -> i64:
    """Window scale in a timestamp that comes back, NO_SCALE when the peer offered none."""
    return value >> 1 & 15


def selective_in(value: i64) -> bool:
    return value & 1 != 0


def _hash(
    key: SipHash, path: "Path", local_port: i64, remote_port: i64, irs: i64, period: i64, index: i64
) -> i64:
    numbers = hash_of(
        key,
        path.source_low ^ path.source_high,
        path.destination_high,
        path.destination_low,
        local_port << 48 & 0x7FFF_0000_0000_0000 | remote_port << 32 | irs,
        period << 8 | index << 1 | local_port >> 15,
    )
    return numbers & 0xFF_FFFF
