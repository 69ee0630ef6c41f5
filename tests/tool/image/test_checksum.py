"""What the checksum of an image tells apart; that tenders compute the same is seen where images boot."""

import random

import pytest

from pymirage.tool.image import checksum

PAGES = random.Random(4).randbytes(3 * 4096)
SPARSE = bytes(4096) + PAGES[:8] + bytes(checksum.BLOCK)


@pytest.mark.parametrize("content", [PAGES, SPARSE])
@pytest.mark.parametrize(
    "changes",
    [
        {0: 1},
        {4095: 0x80},
        {3: 0x80, 11: 0x80},  # what a sum modulo a power of two cannot see
        {4096: 1, 4104: 1},
        {4100: 0x10, 8196: 0x10},
    ],
)
def test_changes_show(content: bytes, changes: dict[int, int]) -> None:
    damaged = bytearray(content)
    for at, bits in changes.items():
        damaged[at] ^= bits
    assert checksum.of([damaged]) != checksum.of([content])


def test_order_shows() -> None:
    first, second, third = (PAGES[at : at + 4096] for at in range(0, len(PAGES), 4096))
    swapped = first[4:8] + first[:4] + first[8:]
    ways = [
        [first, second, third],
        [first + second, third],
        [second + first, third],
        [third, first + second],
        [swapped + second, third],
        [first + second + third],
        [first + second],
        [first + second + bytes(4096)],
    ]
    assert len({checksum.of(way) for way in ways}) == len(ways)


def test_blocks_have_bounds() -> None:
    """The sums are computed without a carry getting lost, by tenders in 64 bits."""
    worst = b"\xff" * checksum.BLOCK
    assert max(checksum.sums(worst)) < 2**64
    assert checksum.of([worst]) < checksum.PRIME
