"""A FAT volume as a key-value store.

What a crash can do: `set`, `allocate` and `remove` leave the old value or the new one, and at worst
clusters that belong to nobody; the store reclaims those when space runs out, `fsck.fat` and `check`
report them. Not promised: `set_partial` writes in place, so a crash leaves any part of it done; a
`rename` cut off between its two entries leaves the value under both names; a batch is not one change.
"""

from __future__ import annotations

from typing import Final, final

from pymirage.device.arguments import below_root, check_move, check_range
from pymirage.device.block import Block
from pymirage.device.clock import WallClock
from pymirage.device.error import IsDirectory, NoSpace, NotDirectory, NotFound, ReadOnly
from pymirage.device.key import segments
from pymirage.device.key_value import KeyValue
from pymirage.device.key_value_reader import Entry, Kind
from pymirage.error import UsageError
from pymirage.storage.digest import sha256
from pymirage.storage.fat import date, geometry, info, slots
from pymirage.storage.fat import name as names
from pymirage.storage.fat.chains import Chains
from pymirage.storage.fat.geometry import Geometry
from pymirage.storage.fat.slots import Record
from pymirage.storage.fat.table import Table
from pymirage.storage.fat.tree import Tree
from pymirage.storage.serial import Serial
from pymirage.storage.span import Span

_LARGEST_FILE: Final = 0xFFFF_FFFF


@final
class Fat(KeyValue):
    """FAT12, FAT16 and FAT32 with long names. Names are found without regard to case, and kept as given.

    Dates have a resolution of two seconds and end in 2107; a directory's date is that of its making.
    """

    def __init__(self, span: Span, layout: Geometry, table: Table, clock: WallClock) -> None:
        self._span = span
        self._layout = layout
        self._table = table
        self._clock = clock
        self._chains = Chains(span, layout, table)
        self._tree = Tree(span, layout, table, self._chains)

    @classmethod
    async def connect(cls, block: Block, clock: WallClock) -> KeyValue:
        """Raises WrongFormat when the device holds no FAT volume, StorageError when it is damaged."""
        return Serial(await cls.open(block, clock))

    @classmethod
    async def open(cls, block: Block, clock: WallClock) -> Fat:
        """The same without protection against concurrent use."""
        span = Span(block)
        layout = await geometry.read(span)
        table = Table(span, layout)
        hint = await info.read_hint(span, layout)
        if not span.read_only:
            await table.count(hint)
        store = cls(span, layout, table, clock)
        await store._tree.folder(layout.root_cluster)
        return store

    # -- reading --

    async def exists(self, key: str) -> Kind | None:
        path = segments(key)
        if not path:
            return Kind.DIRECTORY
        try:
            record = (await self._tree.parent(path)).find(path[-1])
        except (NotFound, NotDirectory):
            return None
        if record is None:
            return None
        return Kind.DIRECTORY if record.is_directory else Kind.VALUE

    async def get(self, key: str) -> bytes:
        record = await self._value(key)
        return await self._chains.read(record, 0, record.size)

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        check_range(key, offset, length)
        record = await self._value(key)
        start = min(offset, record.size)
        return await self._chains.read(record, start, min(length, record.size - start))

    async def list(self, key: str = "") -> list[Entry]:
        path = segments(key)
        folder = await self._tree.parent((*path, ""))
        value, directory = Kind.VALUE, Kind.DIRECTORY
        return [
            Entry(record.name, directory if record.is_directory else value)
            for record in sorted(folder.records(), key=lambda record: record.name)
        ]

    async def size(self, key: str) -> int:
        return (await self._value(key)).size

    async def last_modified(self, key: str) -> int:
        path = segments(key)
        if not path:
            return 0
        record = await self._tree.record(path)
        return date.nanoseconds(record.date, record.time)

    async def digest(self, key: str) -> bytes:
        return await sha256(self._chains.pieces(await self._value(key)))

    # -- writing --

    async def set(self, key: str, value: bytes) -> None:
        path = below_root(key)
        self._check_writable()
        if len(value) > _LARGEST_FILE:
            raise NoSpace(f"{key!r}: FAT holds values of up to 4294967295 bytes, not {len(value)}")
        await self._chains.reserve(len(value))
        stamp = self._stamp()
        folder = await self._tree.make_parents(path, stamp)
        old = folder.find(path[-1])
        if old is not None and old.is_directory:
            raise IsDirectory(f"{key!r} is a directory")
        names.check(path[-1])
        freed = await self._chains.runs_of(old) if old is not None else []
        runs = await self._chains.store(value)
        first = runs[0][0] if runs else 0
        try:
            if old is None:
                await self._tree.enter(
                    folder, path[-1], attributes=slots.ARCHIVE, cluster=first, size=len(value), stamp=stamp
                )
            else:
                await folder.update(old, cluster=first, size=len(value), stamp=stamp)
        except NoSpace:
            await self._table.release(runs)
            await self._table.write()
            raise
        await self._span.flush()
        await self._chains.release(freed)

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        check_range(key, offset)
        path = segments(key)
        record = await self._value(key)
        self._check_writable()
        end = offset + len(data)
        if end > _LARGEST_FILE:
            raise NoSpace(f"{key!r}: FAT holds values of up to 4294967295 bytes")
        folder = await self._tree.parent(path)
        runs = await self._chains.runs_of(record)
        if max(end, offset) > record.size:
            runs = await self._chains.extend(record, runs, max(end, offset))
        await self._chains.write(runs, offset, data)
        if end > record.size or offset > record.size:
            # The size comes last: what it covers is there.
            await self._span.flush()
            first = runs[0][0] if runs else 0
            await folder.update(record, cluster=first, size=max(end, record.size), stamp=self._stamp())
        else:
            await folder.update(record, cluster=record.cluster, size=record.size, stamp=self._stamp())
        await self._span.flush()

    async def remove(self, key: str) -> None:
        path = below_root(key)
        self._check_writable()
        try:
            folder = await self._tree.parent(path)
        except (NotFound, NotDirectory):
            return
        record = folder.find(path[-1])
        if record is None:
            return
        freed = await self._tree.runs_below(record, (folder.cluster,))
        await folder.remove(record)
        # Nothing may be written into the clusters while an entry could still lead to them.
        await self._span.flush()
        await self._chains.release(freed)

    async def rename(self, source: str, destination: str) -> None:
        old, new = below_root(source), below_root(destination)
        record = await self._tree.record(old)
        if old == new:
            return
        self._check_writable()
        check_move(old, new)
        names.check(new[-1])
        folder = await self._tree.make_parents(new, self._stamp())
        parent = await self._tree.parent(old)
        if folder.cluster == parent.cluster:
            # The way to the one may have pushed the other out of memory: two copies must not be written.
            folder = parent
        replaced = folder.find(new[-1])
        if replaced is not None and replaced.at == record.at and folder is parent:
            # The same entry under its other case: a change of the name alone.
            await self._tree.respell(folder, record, new[-1])
            return
        if replaced is not None and replaced.is_directory:
            raise IsDirectory(f"{destination!r} is a directory")
        await self._tree.refuse_cycle(record, new)
        freed = await self._chains.runs_of(replaced) if replaced is not None else []
        if replaced is not None and not record.is_directory:
            await folder.update(
                replaced, cluster=record.cluster, size=record.size, stamp=(record.date, record.time)
            )
        else:
            if replaced is not None:
                await folder.remove(replaced)
            await self._tree.enter_again(folder, new[-1], record, parent)
        await self._span.flush()
        await parent.remove(record)
        if record.is_directory:
            moved = await self._tree.folder(record.cluster)
            await moved.set_parent(0 if folder.cluster == self._layout.root_cluster else folder.cluster)
        await self._span.flush()
        await self._chains.release(freed)

    async def allocate(self, key: str, size: int) -> None:
        check_range(key, 0, size)
        below_root(key)
        if await self.exists(key) is not None:
            raise UsageError(f"{key!r} exists already: remove it first, or use set_partial")
        await self.set(key, bytes(size))

    # -- inside --

    async def _value(self, key: str) -> Record:
        path = segments(key)
        if not path:
            raise IsDirectory("the root is a directory")
        record = await self._tree.record(path)
        if record.is_directory:
            raise IsDirectory(f"{key!r} is a directory")
        return record

    def _check_writable(self) -> None:
        if self._span.read_only:
            raise ReadOnly("the FAT volume's device is read-only")

    def _stamp(self) -> slots.Stamp:
        return date.fields(self._clock.now())
