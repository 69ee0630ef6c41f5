"""Which blocks are free: those that nothing on the disk leads to.

As in the reference implementation nothing is freed by name: when the blocks known to be free are used
up, the file system is walked again. Blocks are taken in a ring from a place that differs from one start to
the next, so that all wear alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, final

from pymirage.device.error import NoSpace


@final
class Allocator:
    """A map of one byte for each block, made when the first block is wanted."""

    def __init__(self, block_count: int, seed: int, walk: Callable[[bytearray], Awaitable[None]]) -> None:
        """walk: marks in the map, by a byte that is not zero, every block that is in use."""
        self._count: Final = block_count
        self._walk: Final = walk
        self._next = seed % block_count
        self._map: bytearray | None = None
        # Blocks that were taken and that nothing on the disk leads to yet.
        self._in_flight: list[int] = []

    def begin(self) -> None:
        """Says that everything that was taken is on the disk now, or forgotten."""
        self._in_flight.clear()

    async def take(self, count: int) -> list[int]:
        """Free blocks, neighbours where possible. Raises NoSpace."""
        found: list[int] = []
        fresh = False
        used = self._map
        while True:
            if used is not None:
                self._take_from(used, count, found)
                if len(found) == count:
                    return found
            if fresh:
                # The map may now say that blocks are used that are not: the next call looks again.
                self._map = None
                raise NoSpace(f"{count} blocks are needed, and fewer are free on the littlefs")
            used = self._map = bytearray(self._count)
            await self._walk(used)
            for block in self._in_flight:
                used[block] = 1
            fresh = True

    def _take_from(self, used: bytearray, count: int, found: list[int]) -> None:
        """Goes around the ring once."""
        start = self._next
        for first, last in ((start, self._count), (0, start)):
            at = first
            while len(found) < count:
                at = used.find(0, at, last)
                if at < 0:
                    break
                used[at] = 1
                found.append(at)
                self._in_flight.append(at)
                at += 1
                self._next = at % self._count
            if len(found) == count:
                return
