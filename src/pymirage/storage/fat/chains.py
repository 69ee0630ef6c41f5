"""The contents of files: chains of clusters, read, written, made and freed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final, final

from pymirage.storage.error import StorageError
from pymirage.storage.fat import info
from pymirage.storage.fat.geometry import Geometry
from pymirage.storage.fat.slots import Record
from pymirage.storage.fat.table import Run, Table
from pymirage.storage.span import Span

# Runs of files that are remembered, so that access in the middle does not follow the chain each time.
_REMEMBERED: Final = 16_384
_PIECE: Final = 1 << 20


@final
class Chains:
    """Follows chains of clusters, and remembers where they lead until they are freed."""

    def __init__(self, span: Span, layout: Geometry, table: Table) -> None:
        self._span = span
        self._layout = layout
        self._table = table
        self._chains: dict[int, list[Run]] = {}
        self._reclaimed = False

    async def runs_of(self, record: Record) -> list[Run]:
        """The clusters of a value. Raises StorageError when they are fewer than its size needs."""
        if record.cluster == 0:
            if record.size:
                raise StorageError(
                    f"{record.name!r} has {record.size} bytes and no cluster", self._layout.data
                )
            return []
        runs = self._chains.get(record.cluster)
        if runs is None:
            # A chain that goes on beyond the size is followed to its end: all of it belongs to the value.
            runs = await self._table.runs(record.cluster)
            while self._chains and len(runs) + sum(map(len, self._chains.values())) > _REMEMBERED:
                del self._chains[next(iter(self._chains))]
            self._chains[record.cluster] = runs
        if sum(count for _, count in runs) * self._layout.cluster < record.size:
            place = self._table.place(record.cluster)
            raise StorageError(f"{record.name!r} has {record.size} bytes, its clusters hold fewer", place)
        return runs

    def _pieces_of(self, runs: list[Run], offset: int, length: int) -> list[tuple[int, int]]:
        """Where these bytes of a chain lie: (offset on the device, length)."""
        found = []
        for start, count in runs:
            size = count * self._layout.cluster
            if offset < size:
                piece = min(size - offset, length)
                found.append((self._layout.offset(start) + offset, piece))
                length -= piece
                if not length:
                    break
                offset = 0
            else:
                offset -= size
        return found

    async def read(self, record: Record, offset: int, length: int) -> bytes:
        runs = await self.runs_of(record)
        if not length:
            return b""
        pieces = self._pieces_of(runs, offset, length)
        if len(pieces) == 1:
            return await self._span.read(*pieces[0])
        return b"".join([await self._span.read(*piece) for piece in pieces])

    async def pieces(self, record: Record) -> AsyncIterator[bytes]:
        for at in range(0, record.size, _PIECE):
            yield await self.read(record, at, min(_PIECE, record.size - at))

    async def store(self, value: bytes) -> list[Run]:
        """Writes a value into clusters of its own, and the table that links them."""
        if not value:
            return []
        runs = await self._table.allocate(-(-len(value) // self._layout.cluster))
        self._forget(runs)
        await self.write(runs, 0, value)
        await self.write_table()
        await self._span.flush()
        return runs

    async def write(self, runs: list[Run], offset: int, data: bytes) -> None:
        at = 0
        if data:
            for place, length in self._pieces_of(runs, offset, len(data)):
                await self._span.write(place, data if length == len(data) else data[at : at + length])
                at += length

    async def extend(self, record: Record, runs: list[Run], size: int) -> list[Run]:
        """Clusters for a value that grows, blank where it had none or ended before."""
        held = sum(count for _, count in runs) * self._layout.cluster
        missing = -(-(size - held) // self._layout.cluster)
        added: list[Run] = []
        if missing > 0:
            await self.reserve(missing * self._layout.cluster)
            added = await self._table.allocate(missing)
            self._forget(added)
            for start, count in added:
                await self._span.write(self._layout.offset(start), bytes(count * self._layout.cluster))
        # Behind the end of a value there may be anything.
        await self.write(runs, record.size, bytes(max(min(held, size) - record.size, 0)))
        if added:
            await self.write_table()
            if runs:
                await self._span.flush()
                last, count = runs[-1]
                await self._table.link(last + count - 1, added[0][0])
                await self.write_table()
            self._chains.pop(record.cluster, None)
        return [*runs, *added]

    async def release(self, runs: Sequence[Run]) -> None:
        if runs:
            self._forget(runs)
            await self._table.release(runs)
            await self.write_table()

    def _forget(self, runs: Sequence[Run]) -> None:
        """Drops what was remembered of chains that start in these clusters."""
        for start, count in runs:
            if count < len(self._chains):
                for cluster in range(start, start + count):
                    self._chains.pop(cluster, None)
            else:
                for cluster in [first for first in self._chains if start <= first < start + count]:
                    del self._chains[cluster]

    async def write_table(self) -> None:
        await self._table.write()
        await info.write(self._span, self._layout, self._table.free, self._table.next)

    async def reserve(self, size: int) -> None:
        """Looks once for clusters that a crash left to nobody, when the free ones do not suffice."""
        if size <= self._table.free * self._layout.cluster or self._reclaimed:
            return
        self._reclaimed = True
        from pymirage.storage.fat.check import survey  # only a volume that is full needs it

        found = await survey(self._span, self._layout, self._table)
        if found.lost and not found.problems:
            await self.release([(cluster, 1) for cluster in found.lost])
