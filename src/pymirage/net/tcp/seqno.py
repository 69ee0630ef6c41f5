# pymirage: hot
"""Sequence numbers: arithmetic modulo 2**32 (RFC 9293 §3.4). The only file that compares them."""

from typing import Final

from mypy_extensions import i64

MASK: Final = 0xFFFF_FFFF
HALF: Final = 0x8000_0000
MODULUS: Final = 0x1_0000_0000


def add(number: i64, count: i64) -> i64:
    """The number `count` after (or before, when negative) `number`."""
    return (number + count) & MASK


def distance(first: i64, second: i64) -> i64:
    """How far `second` is after `first`; negative when it is before. Right for distances below 2**31."""
    difference = (second - first) & MASK
    return difference - MODULUS if difference >= HALF else difference


def before(first: i64, second: i64) -> bool:
    """first < second."""
    return (first - second) & HALF != 0


def not_after(first: i64, second: i64) -> bool:
    """first <= second."""
    return (second - first) & HALF == 0


def after(first: i64, second: i64) -> bool:
    """first > second."""
    return (second - first) & HALF != 0


def not_before(first: i64, second: i64) -> bool:
    """first >= second."""
    return (first - second) & HALF == 0


def later(first: i64, second: i64) -> i64:
    """The one that is further on."""
    return first if (second - first) & HALF != 0 else second


def earlier(first: i64, second: i64) -> i64:
    """The one that comes first."""
    return second if (second - first) & HALF != 0 else first


def within(number: i64, start: i64, count: i64) -> bool:
    """start <= number < start + count."""
    return (number - start) & MASK < count
