"""A disk that remembers the order of its writes, and the disks that a crash could leave of it.

A crash loses any of the writes since the last completed flush, in any order, and tears them at
sectors' borders; a single sector is old or new (`device/block.py`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from pymirage.device import Block, BlockInfo
from pymirage.driver.memory.block import RamBlock

Event = tuple[int, bytes] | None  # one sector's write, or a flush


class RecordingBlock(Block):
    """Passes everything on to a disk in memory, and keeps the list of events."""

    def __init__(self, content: bytes, *, sector_size: int = 512) -> None:
        self.before = content
        self.events: list[Event] = []
        self._disk = RamBlock.holding(content, sector_size=sector_size)

    def info(self) -> BlockInfo:
        return self._disk.info()

    async def read(self, sector: int, count: int) -> bytes:
        return await self._disk.read(sector, count)

    async def write(self, sector: int, data: bytes) -> None:
        await self._disk.write(sector, data)
        size = self.info().sector_size
        for at in range(0, len(data), size):
            self.events.append((sector + at // size, bytes(data[at : at + size])))

    async def flush(self) -> None:
        self.events.append(None)

    async def discard(self, sector: int, count: int) -> None:
        await self._disk.discard(sector, count)

    async def close(self) -> None:
        await self._disk.close()

    def crashed(self, seed: int, tries: int = 4) -> Iterator[tuple[int, bytes]]:
        """(number of events that had happened, content found afterwards), for a crash after every event."""
        chance = random.Random(seed)
        size = self.info().sector_size
        durable = bytearray(self.before)
        pending: list[tuple[int, bytes]] = []
        for number, event in enumerate(self.events):
            if event is None:
                for sector, data in pending:
                    durable[sector * size : (sector + 1) * size] = data
                pending.clear()
                yield number + 1, bytes(durable)
                continue
            pending.append(event)
            for chosen in _survivors(pending, chance, tries):
                found = bytearray(durable)
                for sector, data in chosen:
                    found[sector * size : (sector + 1) * size] = data
                yield number + 1, bytes(found)


def _survivors(
    pending: list[tuple[int, bytes]], chance: random.Random, tries: int
) -> Iterator[list[tuple[int, bytes]]]:
    """Some of the pending writes, in some order: all, only the last, all but one, and random choices."""
    yield pending
    if len(pending) > 1:
        yield pending[-1:]
        dropped = chance.randrange(len(pending))
        yield pending[:dropped] + pending[dropped + 1 :]
        for _ in range(tries):
            some = [write for write in pending if chance.random() < 0.5]
            chance.shuffle(some)
            yield some
