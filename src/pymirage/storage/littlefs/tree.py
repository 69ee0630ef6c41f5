"""The directories of a littlefs: found by paths, made, changed and removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from pymirage.device.error import IsDirectory, NoSpace, NotDirectory, NotFound
from pymirage.octets import u32_le
from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import log as logs
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.directory import Directory, place_for
from pymirage.storage.littlefs.log import Entry, Pair
from pymirage.storage.littlefs.pairs import Metadata
from pymirage.storage.littlefs.state import GlobalState
from pymirage.storage.littlefs.system import System
from pymirage.storage.littlefs.tag import Attribute

# Directories whose chains of pairs are remembered.
_REMEMBERED: Final = 1024

# The user attribute in which other systems keep a date: seconds since 1970; ours adds nanoseconds.
DATE: Final = ord("t")

Path = tuple[str, ...]


def encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


@final
class Tree:
    """Knows which pairs belong to which directory, and keeps that true through every commit."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._pairs = system.pairs
        self._known: dict[int, Directory] = {}

    async def directory(self, path: Path) -> Directory:
        """Raises NotFound, NotDirectory."""
        directory = await self._at(self._system.root)
        seen = set(directory.head)
        for name in path:
            metadata, id = await directory.find(encoded(name))
            if id is None:
                raise NotFound(f"{'/'.join(path)!r} is not there")
            entry = metadata.log.entries[id]
            if entry.kind != tags.DIRECTORY:
                raise NotDirectory(f"{'/'.join(path)!r} leads through a value, {name!r}")
            directory = await self.open(entry)
            if not seen.isdisjoint(directory.head):
                raise StorageError(f"the directory {name!r} contains itself", self._pairs.place(metadata))
            seen.update(directory.head)
        return directory

    async def open(self, entry: Entry) -> Directory:
        if entry.struct != tags.DIRECTORY_STRUCT or len(entry.data) != 8:
            raise StorageError(f"the littlefs directory {entry.name!r} has no pair")
        return await self._at((u32_le(entry.data, 0), u32_le(entry.data, 4)))

    async def _at(self, head: Pair) -> Directory:
        known = self._known.pop(min(head), None)
        if known is None:
            known = await Directory.read(self._pairs, head)
            while len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
        self._known[min(head)] = known
        return known

    async def entry(self, path: Path) -> Entry:
        directory = await self.directory(path[:-1])
        metadata, id = await directory.find(encoded(path[-1]))
        if id is None:
            raise NotFound(f"{'/'.join(path)!r} is not there")
        return metadata.log.entries[id]

    async def check_way(self, path: Path) -> None:
        """Raises NotDirectory, IsDirectory, before anything is written for the sake of the key."""
        for depth in range(len(path)):
            try:
                directory = await self.directory(path[:depth])
            except NotFound:
                return
        metadata, id = await directory.find(encoded(path[-1]))
        if id is not None and metadata.log.entries[id].kind == tags.DIRECTORY:
            raise IsDirectory(f"{'/'.join(path)!r} is a directory")

    async def make_parents(self, path: Path, date: bytes) -> Directory:
        """The directory of the path's last name; `date`: the attribute of those that are made."""
        directory = await self._at(self._system.root)
        for depth, name in enumerate(path[:-1]):
            if (await directory.find(encoded(name)))[1] is None:
                await self._make(directory, encoded(name), date)
            directory = await self.directory(path[: depth + 1])
        return directory

    async def commit(
        self,
        directory: Directory,
        metadata: Metadata,
        changes: Sequence[Attribute],
        state: GlobalState | None = None,
    ) -> None:
        """A commit to a pair of the directory; a pair that it leaves empty goes, unless it is the first."""
        behind = await self._pairs.commit(metadata, changes, self._system.allocator, state=state)
        self._note(metadata, behind)
        if not metadata.log.entries and not directory.is_head(metadata):
            before = await self._pairs.fetch(directory.before(metadata))
            try:
                behind = await self._system.drop(before, metadata)
            except NoSpace:
                # It may as well stay, as empty as it is.
                return
            directory.was_dropped(metadata)
            self._note(before, behind)

    def _note(self, metadata: Metadata, behind: Sequence[Metadata]) -> None:
        """A part of the pair's entries has gone to other pairs: the directory that it is in must know."""
        if behind:
            for directory in self._known.values():
                if directory.holds(metadata):
                    directory.was_split(metadata, behind)

    async def _make(self, parent: Directory, name: bytes, date: bytes) -> None:
        """A pair of its own, put into the list of all pairs behind the parent's, then the entry."""
        last = await parent.last()
        tail = tags.make(tags.SOFT_TAIL, tags.NO_ID, logs.pair_bytes(last.log.tail))
        fresh = await self._pairs.create([tail], self._system.allocator)
        link = tags.make(tags.SOFT_TAIL, tags.NO_ID, logs.pair_bytes(fresh.pair))
        metadata, _ = await parent.find(name)
        alone = set(metadata.pair) == set(last.pair)
        if not alone:
            # The list leads to a directory that has no entry yet: until it has one it is an orphan.
            await self.commit(parent, last, [link], GlobalState(orphans=True))
            metadata, _ = await parent.find(name)
        id = place_for(metadata.log, name)
        changes = [
            tags.make(tags.CREATE, id),
            tags.make(tags.DIRECTORY, id, name),
            tags.make(tags.DIRECTORY_STRUCT, id, logs.pair_bytes(fresh.pair)),
            tags.make(tags.USER_ATTRIBUTE | DATE, id, date),
        ]
        if alone:
            changes.append(link)
        await self.commit(parent, metadata, changes, GlobalState())

    async def remove(self, parent: Directory, name: bytes) -> None:
        """Removes a directory's entry, then its pair, an orphan by then, from the list of all pairs."""
        metadata, id = await parent.find(name)
        assert id is not None
        directory = await self.open(metadata.log.entries[id])
        orphan = await self._pairs.fetch(directory.head)
        self._known.pop(min(orphan.pair), None)
        await self.commit(parent, metadata, [tags.make(tags.DELETE, id)], GlobalState(orphans=True))
        before = await self._system.before(orphan)
        self._note(before, await self._system.drop(before, orphan, GlobalState()))

    async def empty(self, directory: Directory, above: tuple[int, ...]) -> None:
        """Removes all that is in a directory."""
        if not set(above).isdisjoint(directory.head):
            place = self._pairs.place(await self._pairs.fetch(directory.head))
            raise StorageError("a littlefs directory contains itself", place)
        for entry in await directory.entries():
            if entry.kind == tags.DIRECTORY:
                await self.empty(await self.open(entry), (*above, *directory.head))
                await self.remove(directory, entry.name)
        for pair in list(reversed(directory.chain)):
            metadata = await self._pairs.fetch(pair)
            changes = [tags.make(tags.DELETE, id) for id in reversed(range(len(metadata.log.entries)))]
            if changes:
                await self.commit(directory, metadata, changes)
