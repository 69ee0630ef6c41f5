"""The checksum of an initialised image, which our tenders verify, and virtio images themselves.

The same as `runtime/common/image_checksum.c`, which says why it is as it is.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate

BLOCK = 1 << 18
PRIME = 2**64 - 59
FACTOR = 0x9E3779B97F4A7D


def of(segments: Iterable[bytes | bytearray]) -> int:
    """Of what the segments hold, whole pages each, in their order."""
    return fold(fold(sums(block)) for segment in segments for block in blocks(segment))


def blocks(segment: bytes | bytearray) -> Iterator[bytes | bytearray]:
    for at in range(0, len(segment), BLOCK):
        yield segment[at : at + BLOCK]


def sums(block: bytes | bytearray) -> Iterator[int]:
    """Of the 32-bit words at even and then at odd places: their sum, and the sum of the sums so far."""
    words = array("I", block)
    if sys.byteorder == "big":
        words.byteswap()
    for start in (0, 1):
        yield sum(words[start::2])
        yield sum(accumulate(words[start::2]))


def fold(values: Iterable[int]) -> int:
    total = 0
    for value in values:
        total = (total * FACTOR + value) % PRIME
    return total
