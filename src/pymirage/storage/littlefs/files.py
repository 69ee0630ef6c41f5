"""The contents of files that do not lie among the metadata: CTZ skip lists of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from pymirage.octets import b32_le, u32_le
from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import ctz
from pymirage.storage.littlefs.allocator import Allocator
from pymirage.storage.littlefs.geometry import Geometry
from pymirage.storage.span import Span

# As much is read at a time: blocks of a file are neighbours more often than not.
_STRETCH: Final = 1 << 20
# Block numbers that are remembered, of the files that were used last.
_REMEMBERED: Final = 65_536


@final
class Files:
    """Reads skip lists from their last block on, and writes new ones; nothing is changed in place."""

    def __init__(self, span: Span, geometry: Geometry, allocator: Allocator) -> None:
        self._span = span
        self._geometry = geometry
        self._allocator = allocator
        self._lists: dict[int, list[int]] = {}

    async def blocks(self, head: int, size: int) -> list[int]:
        """The file's blocks in order. Raises StorageError when a pointer leads out of the file system."""
        known = self._lists.get(head)
        count = self._count(head, size)
        if known is None or len(known) != count:
            known = await self._follow(head, count, None)
            held = sum(map(len, self._lists.values()))
            while self._lists and held + count > _REMEMBERED:
                held -= len(self._lists.pop(next(iter(self._lists))))
            self._lists[head] = known
        return known

    async def read(self, head: int, size: int) -> bytes:
        """The whole file."""
        pieces: list[bytes] = []
        await self._follow(head, self._count(head, size), pieces)
        pieces.reverse()
        return b"".join(pieces)[:size]

    async def read_part(self, head: int, size: int, offset: int, length: int) -> bytes:
        """Bytes that lie within the file."""
        if not length:
            return b""
        blocks = await self.blocks(head, size)
        block_size = self._geometry.block_size
        index, skip = ctz.locate(block_size, offset)
        last, _ = ctz.locate(block_size, offset + length - 1)
        pieces = []
        while index <= last:
            # Neighbours on the device are read together.
            stop = index + 1
            while (
                stop <= last
                and blocks[stop] == blocks[stop - 1] + 1
                and stop - index < _STRETCH // block_size
            ):
                stop += 1
            data = await self._span.read(blocks[index] * block_size, (stop - index) * block_size)
            for number in range(index, stop):
                begin = (number - index) * block_size
                pieces.append(data[begin + max(skip, 4 * ctz.pointers(number)) : begin + block_size])
                skip = 0
            index = stop
        return b"".join(pieces)[:length]

    async def write(self, data: bytes, kept: Sequence[int]) -> int:
        """Stores `data` in new blocks behind the `kept` ones, with which it shares a file; the new head.

        Raises NoSpace. Nothing leads to the blocks until a commit does.
        """
        block_size = self._geometry.block_size
        first = len(kept)
        position = ctz.start(block_size, first)
        count = ctz.locate(block_size, position + len(data) - 1)[0] + 1 - first
        fresh = await self._allocator.take(count)
        blocks = [*kept, *fresh]
        pieces: list[bytes] = []
        begun = first
        at = 0
        for index in range(first, len(blocks)):
            head = b"".join([b32_le(blocks[index - (1 << power)]) for power in range(ctz.pointers(index))])
            room = block_size - len(head)
            pieces += (head, data[at : at + room])
            at += room
            last = index + 1 == len(blocks)
            if last:
                pieces.append(b"\xff" * (at - len(data)))
            long = (index + 1 - begun) * block_size >= _STRETCH
            if last or long or blocks[index + 1] != blocks[index] + 1:
                await self._span.write(blocks[begun] * block_size, b"".join(pieces))
                pieces.clear()
                begun = index + 1
        self._lists.pop(blocks[-1], None)
        return blocks[-1]

    async def mark(self, head: int, size: int, used: bytearray) -> None:
        for block in await self._follow(head, self._count(head, size), None):
            used[block] = 1

    def forget(self) -> None:
        self._lists.clear()

    def _count(self, head: int, size: int) -> int:
        """How many blocks a file of that size has."""
        count = ctz.locate(self._geometry.block_size, size - 1)[0] + 1 if size else 0
        if count > self._geometry.block_count or size > self._geometry.file_max:
            place = head * self._geometry.block_size
            raise StorageError(f"a littlefs file of {size} bytes is larger than the file system", place)
        return count

    async def _follow(self, head: int, count: int, pieces: list[bytes] | None) -> list[int]:
        """The blocks, from the last one on by their first pointers; their data too, last first, if wanted."""
        block_size = self._geometry.block_size
        found: list[int] = []
        stretch = max(_STRETCH // block_size, 1)
        data = b""
        begin = end = 0
        block, came_from = head, head
        for index in range(count - 1, -1, -1):
            if block >= self._geometry.block_count:
                what = f"a littlefs file leads to block {block} of {self._geometry.block_count}"
                raise StorageError(what, came_from * block_size)
            if not begin <= block < end:
                end = block + 1
                begin = max(end - min(stretch, index + 1), 0)
                data = await self._span.read(begin * block_size, (end - begin) * block_size)
            found.append(block)
            at = (block - begin) * block_size
            if pieces is not None:
                pieces.append(data[at + 4 * ctz.pointers(index) : at + block_size])
            came_from = block
            if index:
                block = u32_le(data, at)
        found.reverse()
        return found
