"""Global state: 12 bytes that are the exclusive or of a share in every metadata pair (SPEC, "MOVESTATE").

1 bit: the list of pairs may hold orphans | 11 + 10 bits: a file that was moved away | its pair
"""

from __future__ import annotations

from typing import Final, final

from pymirage.octets import b32_le, u32_le
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.log import Pair

_ORPHANS: Final = 0x8000_0000
NOTHING: Final = bytes(12)


@final
class GlobalState:
    """orphans: whether a change of the list of pairs is under way. moved: (pair, id) of a move's source."""

    __slots__ = ("moved", "orphans")

    def __init__(self, orphans: bool = False, moved: tuple[Pair, int] | None = None) -> None:
        self.orphans: Final = orphans
        self.moved: Final = moved

    @staticmethod
    def parse(data: bytes) -> GlobalState:
        head = u32_le(data, 0)
        moved = None
        if head >> 20 & 0x7FF == tags.DELETE:
            moved = (u32_le(data, 4), u32_le(data, 8)), head >> 10 & 0x3FF
        return GlobalState(bool(head & _ORPHANS), moved)

    def emit(self) -> bytes:
        head = _ORPHANS if self.orphans else 0
        if self.moved is None:
            return b32_le(head) + bytes(8)
        (one, other), id = self.moved
        return b32_le(head | tags.DELETE << 20 | id << 10) + b32_le(one) + b32_le(other)


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
