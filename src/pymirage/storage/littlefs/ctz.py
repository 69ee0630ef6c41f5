"""The arithmetic of CTZ skip lists (littlefs DESIGN, "CTZ skip-lists"; SPEC, "CTZSTRUCT").

Block n of a file starts with pointers to blocks n-1, n-2, n-4 … as far as those powers divide n.
"""

from __future__ import annotations


def pointers(index: int) -> int:
    """How many pointers, of four bytes, a block starts with."""
    return (index & -index).bit_length() if index else 0


def locate(block_size: int, position: int) -> tuple[int, int]:
    """(index of the block, offset in it, pointers counted) of a byte of a file."""
    # A block holds two pointers on average: that many bytes fewer than its size.
    usual = block_size - 8
    index = position // usual
    if index == 0:
        return 0, position
    index = (position - 4 * ((index - 1).bit_count() + 2)) // usual
    return index, position - usual * index - 4 * index.bit_count()


def start(block_size: int, index: int) -> int:
    """The position in the file of the first byte that block `index` holds."""
    return (block_size - 8) * index + 4 * index.bit_count() + 4 * pointers(index)
