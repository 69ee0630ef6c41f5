# pymirage: hot
"""Collatz sequences: halve an even number, triple an odd one and add one, until 1 is reached."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mypy_extensions import i64


def steps_to_one(start: i64) -> i64:
    number: i64 = start
    steps: i64 = 0
    while number != 1:
        number = number * 3 + 1 if number & 1 else number >> 1
        steps += 1
    return steps


def longest(limit: i64) -> tuple[int, int]:
    """The number below `limit` with the longest sequence, and that sequence's length."""
    best: i64 = 1
    most: i64 = 0
    number: i64 = 1
    while number < limit:
        steps = steps_to_one(number)
        if steps > most:
            best, most = number, steps
        number += 1
    return best, most
