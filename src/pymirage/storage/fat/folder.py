"""One directory of a FAT volume in memory, and the places of its slots on the device."""

from __future__ import annotations

from typing import Final, final

from pymirage.device.error import NoSpace
from pymirage.storage.error import StorageError
from pymirage.storage.fat import name as names
from pymirage.storage.fat import slots
from pymirage.storage.fat.geometry import SLOT, Geometry
from pymirage.storage.fat.slots import Record
from pymirage.storage.fat.table import Run, Table
from pymirage.storage.span import Span

# FAT32 specification: a directory has at most 65536 slots.
LARGEST: Final = 65536 * SLOT


@final
class Folder:
    """Everything that is changed here is written at once; when to flush is said by the order of the calls.

    cluster: the first of the chain; 0 for the root directory of FAT12 and FAT16, which has none.
    """

    def __init__(
        self, span: Span, geometry: Geometry, cluster: int, runs: list[Run], data: bytearray
    ) -> None:
        self._span = span
        self._geometry = geometry
        self.cluster: Final = cluster
        self._runs = runs
        self.data = data
        self._records: dict[str, Record] = {}
        self._aliases: dict[bytes, Record] = {}
        self._used = 0
        self._deleted = 0
        for record in slots.records(data):
            self._enter(record)
        self._measure()

    @classmethod
    async def read(cls, span: Span, geometry: Geometry, table: Table, cluster: int) -> Folder:
        """Raises StorageError for a chain that is broken or longer than a directory can be."""
        if cluster == 0:
            return cls(span, geometry, 0, [], bytearray(await span.read(geometry.root, geometry.root_size)))
        runs = await table.runs(cluster)
        size = sum(count for _, count in runs) * geometry.cluster
        if size > max(LARGEST, geometry.cluster):
            raise StorageError(f"the directory in cluster {cluster} has {size} bytes", table.place(cluster))
        data = bytearray()
        for start, count in runs:
            data += await span.read(geometry.offset(start), count * geometry.cluster)
        return cls(span, geometry, cluster, runs, data)

    def find(self, name: str) -> Record | None:
        """By the long name, without regard to case, or by the short one."""
        record = self._records.get(names.fold(name))
        if record is None and len(name) <= 12:
            short = names.as_short(name.upper())
            record = self._aliases.get(short) if short else None
        return record

    def records(self) -> list[Record]:
        return list(self._records.values())

    def short_name(self, name: str) -> bytes:
        """The short name that a new entry is to have."""
        return names.as_short(name) or names.short_for(name, self._aliases)

    # -- changes --

    async def insert(self, table: Table, name: str, entry: bytes) -> None:
        """Adds an entry made by `slots.emit`; its last slot on disk makes it appear. Raises NoSpace."""
        at, appended = await self._room(table, len(entry) // SLOT)
        self.data[at : at + len(entry)] = entry
        end = at + len(entry)
        if appended and end < len(self.data):
            # Others leave rubbish behind the slot that ends a directory.
            self.data[end] = slots.END
        first, last = at // self._geometry.sector, (end - 1) // self._geometry.sector
        # What is behind the end is not seen until the slot that was the end is; else the short entry decides.
        deciding = first if appended else last
        others = [number for number in range(first, last + 1) if number != deciding]
        for number in others:
            await self._write_sector(number)
        if appended and end < len(self.data) and end // self._geometry.sector not in (deciding, *others):
            await self._write_sector(end // self._geometry.sector)
            others.append(end)
        if others:
            await self._span.flush()
        await self._write_sector(deciding)
        self._enter(Record(name, entry[-SLOT:][:11], at, end - SLOT, entry[-SLOT:]))
        if appended:
            self._used = end
        else:
            self._deleted -= len(entry) // SLOT

    async def update(self, record: Record, *, cluster: int, size: int, stamp: tuple[int, int]) -> Record:
        """Gives an entry another content, by the write of one sector."""
        slot = bytearray(self.data[record.at : record.at + SLOT])
        fresh = slots.emit_short(record.short, 0, cluster, size, stamp)
        # Attributes, case flags and the date of creation stay.
        slot[slots.CLUSTER_HIGH :] = fresh[slots.CLUSTER_HIGH :]
        self.data[record.at : record.at + SLOT] = slot
        await self._write_sector(record.at // self._geometry.sector)
        changed = Record(record.name, record.short, record.first, record.at, bytes(slot))
        self._enter(changed)
        return changed

    async def remove(self, record: Record) -> None:
        """Takes an entry away: its short entry first, the rest is of no use without it."""
        for at in range(record.first, record.at + SLOT, SLOT):
            self.data[at] = slots.DELETED
        sector = self._geometry.sector
        for number in range(record.at // sector, record.first // sector - 1, -1):
            await self._write_sector(number)
        self._deleted += (record.at - record.first) // SLOT + 1
        # Under another case of the name there may be a new entry already.
        key = names.fold(record.name)
        if self._records[key].at == record.at:
            del self._records[key]
        self._aliases.pop(record.short, None)

    async def set_parent(self, cluster: int) -> None:
        """Makes the entry ".." say where this directory is now."""
        slot = self.data[SLOT : 2 * SLOT]
        if slot[:11] == b"..         ":
            slot[slots.CLUSTER_LOW : slots.CLUSTER_LOW + 2] = (cluster & 0xFFFF).to_bytes(2, "little")
            slot[slots.CLUSTER_HIGH : slots.CLUSTER_HIGH + 2] = (cluster >> 16).to_bytes(2, "little")
            self.data[SLOT : 2 * SLOT] = slot
            await self._write_sector(SLOT // self._geometry.sector)

    def runs(self) -> list[Run]:
        return self._runs

    def place(self, at: int) -> int:
        """The device's offset of a byte of the directory."""
        if not self._runs:
            return self._geometry.root + at
        for start, count in self._runs:
            size = count * self._geometry.cluster
            if at < size:
                return self._geometry.offset(start) + at
            at -= size
        raise AssertionError("a slot lies within its directory")

    # -- inside --

    def _enter(self, record: Record) -> None:
        self._records[names.fold(record.name)] = record
        self._aliases[record.short] = record

    def _measure(self) -> None:
        leads = self.data[::SLOT]
        end = leads.find(slots.END)
        self._used = (len(leads) if end < 0 else end) * SLOT
        self._deleted = leads.count(slots.DELETED, 0, self._used // SLOT)

    async def _room(self, table: Table, count: int) -> tuple[int, bool]:
        """(offset, whether it is the end) of free slots in a row."""
        if self._deleted >= count:
            leads = self.data[: self._used : SLOT]
            at = leads.find(bytes((slots.DELETED,)) * count)
            if at >= 0:
                return at * SLOT, False
        if self._used + count * SLOT > len(self.data):
            await self._grow(table, self._used + count * SLOT - len(self.data))
        return self._used, True

    async def _grow(self, table: Table, missing: int) -> None:
        if not self._runs:
            raise NoSpace(f"the root directory of this FAT{self._geometry.bits} volume is full")
        clusters = -(-missing // self._geometry.cluster)
        size = clusters * self._geometry.cluster
        if len(self.data) + size > LARGEST:
            raise NoSpace("a FAT directory holds 65536 slots, and this one is full")
        added = await table.allocate(clusters)
        for start, count in added:
            await self._span.write(self._geometry.offset(start), bytes(count * self._geometry.cluster))
        await table.write()
        # The chain must not lead to clusters that are not blank yet.
        await self._span.flush()
        last, count = self._runs[-1]
        await table.link(last + count - 1, added[0][0])
        await table.write()
        self._runs += added
        self.data += bytes(size)

    async def _write_sector(self, number: int) -> None:
        sector = self._geometry.sector
        start = number * sector
        await self._span.write(self.place(start), bytes(self.data[start : start + sector]))
