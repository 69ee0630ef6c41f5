"""The directories of a FAT volume: found by paths, made and changed."""

from __future__ import annotations

from typing import Final, final

from pymirage.device.error import NoSpace, NotDirectory, NotFound
from pymirage.error import UsageError
from pymirage.storage.error import StorageError
from pymirage.storage.fat import name as names
from pymirage.storage.fat import slots
from pymirage.storage.fat.chains import Chains
from pymirage.storage.fat.folder import Folder
from pymirage.storage.fat.geometry import Geometry
from pymirage.storage.fat.slots import Record, Stamp
from pymirage.storage.fat.table import Run, Table
from pymirage.storage.span import Span

# Bytes of directories that are remembered.
_CACHE: Final = 4 << 20

Path = tuple[str, ...]


@final
class Tree:
    """Keeps directories in memory, one copy of each; whatever changes them goes through that copy."""

    def __init__(self, span: Span, layout: Geometry, table: Table, chains: Chains) -> None:
        self._span = span
        self._layout = layout
        self._table = table
        self._chains = chains
        self._folders: dict[int, Folder] = {}

    async def folder(self, cluster: int) -> Folder:
        folder = self._folders.pop(cluster, None)
        if folder is None:
            folder = await Folder.read(self._span, self._layout, self._table, cluster)
            held = sum(len(other.data) for other in self._folders.values())
            while self._folders and held + len(folder.data) > _CACHE:
                held -= len(self._folders.pop(next(iter(self._folders))).data)
        self._folders[cluster] = folder
        return folder

    async def parent(self, path: Path) -> Folder:
        """The directory in which the last name of the path is to be found. Raises NotFound, NotDirectory."""
        folder = await self.folder(self._layout.root_cluster)
        seen = {folder.cluster, 0}
        for name in path[:-1]:
            record = folder.find(name)
            if record is None:
                raise NotFound(f"{'/'.join(path)!r} is not there")
            if not record.is_directory:
                raise NotDirectory(f"{'/'.join(path)!r} leads through a value")
            if record.cluster in seen:
                raise StorageError(f"the directory {name!r} contains itself", folder.place(record.at))
            seen.add(record.cluster)
            folder = await self.folder(record.cluster)
        return folder

    async def record(self, path: Path) -> Record:
        record = (await self.parent(path)).find(path[-1])
        if record is None:
            raise NotFound(f"{'/'.join(path)!r} is not there")
        return record

    async def make_parents(self, path: Path, stamp: Stamp) -> Folder:
        """As `_parent`, with the directories that are missing made. All names are checked before."""
        for depth in range(1, len(path) + 1):
            try:
                folder = await self.parent((*path[:depth], ""))
            except NotFound:
                break
            except NotDirectory:
                if depth < len(path):
                    raise
                return await self.parent(path)
        else:
            return await self.parent(path)
        for name in path[depth - 1 :]:
            names.check(name)
        folder = await self.parent(path[:depth])
        for name in path[depth - 1 : -1]:
            folder = await self._make(folder, name, stamp)
        return folder

    async def _make(self, parent: Folder, name: str, stamp: Stamp) -> Folder:
        await self._chains.reserve(1)
        ((cluster, _),) = await self._table.allocate(1)
        above = 0 if parent.cluster == self._layout.root_cluster else parent.cluster
        dots = slots.dot(1, cluster, stamp) + slots.dot(2, above, stamp)
        await self._span.write(self._layout.offset(cluster), dots.ljust(self._layout.cluster, b"\0"))
        await self._chains.write_table()
        await self._span.flush()
        try:
            await self.enter(parent, name, attributes=slots.DIRECTORY, cluster=cluster, size=0, stamp=stamp)
        except NoSpace:
            await self._table.release([(cluster, 1)])
            await self._chains.write_table()
            raise
        await self._span.flush()
        return await self.folder(cluster)

    async def enter(
        self, folder: Folder, name: str, *, attributes: int, cluster: int, size: int, stamp: Stamp
    ) -> None:
        """Adds an entry, by the write of one sector."""
        short = folder.short_name(name)
        entry = slots.emit(name, short, attributes=attributes, cluster=cluster, size=size, stamp=stamp)
        await folder.insert(self._table, name, entry)

    async def enter_again(self, folder: Folder, name: str, record: Record, home: Folder) -> None:
        """A second entry for what `record` in `home` leads to."""
        await self.enter(
            folder,
            name,
            attributes=home.data[record.at + slots.ATTRIBUTES],
            cluster=record.cluster,
            size=record.size,
            stamp=(record.date, record.time),
        )

    async def respell(self, folder: Folder, record: Record, name: str) -> None:
        """Changes the case of a name."""
        await self.enter_again(folder, name, record, folder)
        await self._span.flush()
        await folder.remove(record)
        await self._span.flush()

    async def refuse_cycle(self, record: Record, path: Path) -> None:
        """A directory may not move below itself; names that differ in case hide that from `check_move`."""
        if record.is_directory:
            for depth in range(1, len(path)):
                if (await self.record(path[:depth])).cluster == record.cluster:
                    raise UsageError(f"cannot move {record.name!r} below itself, to {'/'.join(path)!r}")

    async def runs_below(self, record: Record, above: tuple[int, ...]) -> tuple[Run, ...]:
        """The clusters of a record and of everything below it."""
        if not record.is_directory:
            return tuple(await self._chains.runs_of(record))
        if record.cluster in (*above, self._layout.root_cluster):
            place = self._table.place(record.cluster)
            raise StorageError(f"the directory {record.name!r} contains itself", place)
        folder = await self.folder(record.cluster)
        runs = tuple(folder.runs())
        for inner in folder.records():
            runs += await self.runs_below(inner, (*above, record.cluster))
        self._folders.pop(record.cluster, None)
        return runs
