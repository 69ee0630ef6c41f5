"""A littlefs as a key-value store.

`set`, `set_partial`, `allocate`, `rename`, and the removal of a value, are one commit each: after a crash
the old state or the new one is there, and what an operation has returned from stays. Removing a directory
takes its values away pair by pair, then itself; a batch is not one change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final, final

from pymirage.device.block import Block
from pymirage.device.clock import WallClock
from pymirage.device.error import BadKey, IsDirectory, NoSpace, NotDirectory, NotFound, ReadOnly
from pymirage.device.key import segments
from pymirage.device.key_value import KeyValue
from pymirage.device.key_value_reader import Entry, Kind
from pymirage.error import UsageError
from pymirage.octets import b32_le, b64_le, u32_le
from pymirage.storage.arguments import below_root, check_move, check_range, sha256, spliced
from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import ctz
from pymirage.storage.littlefs import log as logs
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.directory import Directory, place_for
from pymirage.storage.littlefs.pairs import Metadata
from pymirage.storage.littlefs.state import GlobalState
from pymirage.storage.littlefs.system import System
from pymirage.storage.littlefs.tag import Attribute
from pymirage.storage.serial import Serial

# The user attribute in which other systems keep a date: seconds since 1970; ours adds nanoseconds.
DATE: Final = ord("t")
_PIECE: Final = 1 << 20
_DIRECTORIES: Final = 64


@final
class LittleFs(KeyValue):
    """littlefs version 2.0 and 2.1. Values of up to an eighth of a block lie among the metadata."""

    def __init__(self, system: System, clock: WallClock) -> None:
        self._system = system
        self._pairs = system.pairs
        self._files = system.files
        self._clock = clock
        self._directories: dict[int, Directory] = {}

    @classmethod
    async def connect(cls, block: Block, clock: WallClock) -> KeyValue:
        """Opens the file system, and ends what a crash interrupted.

        Raises WrongFormat when the device holds no littlefs, StorageError when it is damaged.
        """
        return Serial(await cls.open(block, clock))

    @classmethod
    async def open(cls, block: Block, clock: WallClock) -> LittleFs:
        """The same without protection against concurrent use."""
        system = await System.mount(block)
        if not system.read_only:
            await system.make_consistent()
        return cls(system, clock)

    # -- reading --

    async def exists(self, key: str) -> Kind | None:
        path = segments(key)
        if not path:
            return Kind.DIRECTORY
        try:
            entry = await self._entry(path)
        except (NotFound, NotDirectory):
            return None
        return Kind.DIRECTORY if entry.kind == tags.DIRECTORY else Kind.VALUE

    async def get(self, key: str) -> bytes:
        entry = await self._value(key)
        if entry.struct == tags.INLINE_STRUCT:
            return entry.data
        return await self._files.read(*_head(entry))

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        check_range(key, offset, length)
        return await self._part(await self._value(key), offset, length)

    async def list(self, key: str = "") -> list[Entry]:
        directory = await self._directory(segments(key))
        found = []
        for entry in await directory.entries():
            name = entry.name.decode("utf-8", "surrogateescape")
            # What no key can name is passed over.
            if name not in ("", ".", "..") and "/" not in name and "\0" not in name:
                found.append(Entry(name, Kind.DIRECTORY if entry.kind == tags.DIRECTORY else Kind.VALUE))
        found.sort(key=lambda entry: entry.name)
        return found

    async def size(self, key: str) -> int:
        return _size(await self._value(key))

    async def last_modified(self, key: str) -> int:
        """0 for the root, and for what others wrote without a date."""
        path = segments(key)
        if not path:
            return 0
        date = (await self._entry(path)).attributes.get(DATE, b"")
        seconds = int.from_bytes(date[:8], "little")
        fraction = u32_le(date, 8) if len(date) == 12 else 0
        return seconds * 1_000_000_000 + fraction % 1_000_000_000

    async def digest(self, key: str) -> bytes:
        return await sha256(self._pieces(await self._value(key)))

    # -- writing --

    async def set(self, key: str, value: bytes) -> None:
        path, names = self._changing(key)
        await self._check_way(path, names)
        self._check_size(key, len(value))
        struct = await self._store(value, ())
        directory = await self._make_parents(path, names)
        await self._put(directory, names[-1], struct)

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        check_range(key, offset)
        path, names = self._changing(key)
        entry = await self._value(key)
        size = _size(entry)
        end = max(offset + len(data), offset)
        self._check_size(key, end)
        if (
            entry.struct == tags.INLINE_STRUCT
            or max(size, end) <= self._system.geometry.inline_max
            or not size
        ):
            struct = await self._store(spliced(await self.get(key), offset, data), ())
        else:
            # The blocks before the change are shared with the old value; all behind are written anew.
            head, _ = _head(entry)
            index, _ = ctz.locate(self._system.geometry.block_size, min(offset, size - 1))
            start = ctz.start(self._system.geometry.block_size, index)
            kept = (await self._files.blocks(head, size))[:index]
            rest = await self._part(entry, start, size - start)
            struct = await self._store(spliced(rest, offset - start, data), kept)
        await self._put(await self._directory(path[:-1]), names[-1], struct)

    async def remove(self, key: str) -> None:
        path, names = self._changing(key)
        try:
            entry = await self._entry(path)
            directory = await self._directory(path[:-1])
        except (NotFound, NotDirectory):
            return
        if entry.kind != tags.DIRECTORY:
            metadata, id = await directory.find(names[-1])
            assert id is not None
            await self._commit(directory, metadata, [tags.make(tags.DELETE, id)])
            return
        await self._empty(await self._open(entry), directory.head)
        await self._remove_directory(directory, names[-1])

    async def rename(self, source: str, destination: str) -> None:
        old, old_names = self._changing(source)
        new, new_names = self._changing(destination)
        entry = await self._entry(old)
        if old == new:
            return
        check_move(old, new)
        await self._check_way(new, new_names)
        target = await self._make_parents(new, new_names)
        here = await self._directory(old[:-1])
        to, replaced = await target.find(new_names[-1])
        since, id = await here.find(old_names[-1])
        assert id is not None
        if replaced is not None and to.log.entries[replaced].kind == tags.DIRECTORY:
            raise IsDirectory(f"{destination!r} is a directory")
        at = place_for(to.log, new_names[-1]) if replaced is None else replaced
        changes = [] if replaced is None else [tags.make(tags.DELETE, at)]
        changes += [tags.make(tags.CREATE, at), tags.make(entry.kind, at, new_names[-1])]
        changes += entry.emit(at)[1:]
        if set(to.pair) == set(since.pair):
            gone = id + (replaced is None and at <= id)
            await self._commit(target, to, [*changes, tags.make(tags.DELETE, gone)])
            return
        moved = GlobalState(moved=(since.pair, id))
        await self._commit(target, to, changes, state=moved)
        # The commit may have split the source's pair, if that was in the same directory.
        since, id = await here.find(old_names[-1])
        assert id is not None
        await self._commit(here, since, [tags.make(tags.DELETE, id)], state=GlobalState())

    async def allocate(self, key: str, size: int) -> None:
        check_range(key, 0, size)
        below_root(key)
        if await self.exists(key) is not None:
            raise UsageError(f"{key!r} exists already: remove it first, or use set_partial")
        await self.set(key, bytes(size))

    # -- the way to a key --

    async def _directory(self, path: tuple[str, ...]) -> Directory:
        """Raises NotFound, NotDirectory."""
        directory = await self._at(self._system.root)
        seen = set(directory.head)
        for name in path:
            metadata, id = await directory.find(name.encode("utf-8", "surrogateescape"))
            if id is None:
                raise NotFound(f"{'/'.join(path)!r} is not there")
            entry = metadata.log.entries[id]
            if entry.kind != tags.DIRECTORY:
                raise NotDirectory(f"{'/'.join(path)!r} leads through a value, {name!r}")
            directory = await self._open(entry)
            if not seen.isdisjoint(directory.head):
                raise StorageError(f"the directory {name!r} contains itself", self._pairs.place(metadata))
            seen.update(directory.head)
        return directory

    async def _open(self, entry: logs.Entry) -> Directory:
        if entry.struct != tags.DIRECTORY_STRUCT or len(entry.data) != 8:
            raise StorageError(f"the littlefs directory {entry.name!r} has no pair")
        return await self._at((u32_le(entry.data, 0), u32_le(entry.data, 4)))

    async def _at(self, head: logs.Pair) -> Directory:
        known = self._directories.pop(min(head), None)
        if known is None:
            known = await Directory.read(self._pairs, head)
            while len(self._directories) >= _DIRECTORIES:
                del self._directories[next(iter(self._directories))]
        self._directories[min(head)] = known
        return known

    async def _entry(self, path: tuple[str, ...]) -> logs.Entry:
        directory = await self._directory(path[:-1])
        metadata, id = await directory.find(path[-1].encode("utf-8", "surrogateescape"))
        if id is None:
            raise NotFound(f"{'/'.join(path)!r} is not there")
        return metadata.log.entries[id]

    async def _value(self, key: str) -> logs.Entry:
        path = segments(key)
        if not path:
            raise IsDirectory("the root is a directory")
        entry = await self._entry(path)
        if entry.kind == tags.DIRECTORY:
            raise IsDirectory(f"{key!r} is a directory")
        _check_struct(entry)
        return entry

    def _changing(self, key: str) -> tuple[tuple[str, ...], tuple[bytes, ...]]:
        """(names, their bytes) of a key that is to change. Raises UsageError, BadKey, ReadOnly."""
        path = below_root(key)
        names = tuple(name.encode("utf-8", "surrogateescape") for name in path)
        for name in names:
            if len(name) > self._system.geometry.name_max:
                raise BadKey(f"{key!r} has a name of more than {self._system.geometry.name_max} bytes")
        if self._system.read_only:
            raise ReadOnly("the littlefs's device is read-only")
        self._system.allocator.begin()
        return path, names

    def _check_size(self, key: str, size: int) -> None:
        most = self._system.geometry.file_max
        if size > most:
            raise NoSpace(f"{key!r}: values of up to {most} bytes fit this littlefs, not {size}")

    async def _check_way(self, path: tuple[str, ...], names: tuple[bytes, ...]) -> None:
        """Raises NotDirectory, IsDirectory, before anything is written for the sake of the key."""
        for depth in range(len(path)):
            try:
                directory = await self._directory(path[:depth])
            except NotFound:
                return
        metadata, id = await directory.find(names[-1])
        if id is not None and metadata.log.entries[id].kind == tags.DIRECTORY:
            raise IsDirectory(f"{'/'.join(path)!r} is a directory")

    async def _make_parents(self, path: tuple[str, ...], names: tuple[bytes, ...]) -> Directory:
        directory = await self._at(self._system.root)
        for depth, name in enumerate(names[:-1]):
            if (await directory.find(name))[1] is None:
                await self._make_directory(directory, name)
            directory = await self._directory(path[: depth + 1])
        return directory

    # -- changes --

    async def _commit(
        self,
        directory: Directory,
        metadata: Metadata,
        changes: Sequence[Attribute],
        state: GlobalState | None = None,
    ) -> None:
        """A commit to a pair of the directory; a pair that it leaves empty goes, unless it is the first."""
        behind = await self._pairs.commit(metadata, changes, self._system.allocator, state=state)
        if behind:
            directory.was_split(metadata, behind)
        if not metadata.log.entries and not directory.is_head(metadata):
            before = await self._pairs.fetch(directory.before(metadata))
            await self._system.drop(before, metadata)
            directory.was_dropped(metadata)

    async def _put(self, directory: Directory, name: bytes, struct: Attribute) -> None:
        """Gives a new or old entry its content."""
        metadata, id = await directory.find(name)
        changes = []
        if id is None:
            id = place_for(metadata.log, name)
            changes = [tags.make(tags.CREATE, id), tags.make(tags.REGULAR, id, name)]
        changes += [tags.make(struct[0], id, struct[1]), self._date(id)]
        await self._commit(directory, metadata, changes)

    async def _store(self, value: bytes, kept: Sequence[int]) -> Attribute:
        """(type, data) of the struct tag of a value; `kept` blocks of it are there already."""
        if not kept and len(value) <= self._system.geometry.inline_max:
            return tags.INLINE_STRUCT, value
        size = ctz.start(self._system.geometry.block_size, len(kept)) + len(value)
        head = await self._files.write(value, kept)
        # The commit must not lead to blocks that are not there yet.
        await self._system.flush()
        return tags.CTZ_STRUCT, b32_le(head) + b32_le(size)

    async def _make_directory(self, parent: Directory, name: bytes) -> None:
        """A pair of its own, put into the list of all pairs behind the parent's, then the entry."""
        last = await parent.last()
        tail = tags.make(tags.SOFT_TAIL, tags.NO_ID, logs.pair_bytes(last.log.tail))
        fresh = await self._pairs.create([tail], self._system.allocator)
        link = tags.make(tags.SOFT_TAIL, tags.NO_ID, logs.pair_bytes(fresh.pair))
        metadata, _ = await parent.find(name)
        alone = set(metadata.pair) == set(last.pair)
        if not alone:
            # The list leads to a directory that has no entry yet: until it has one it is an orphan.
            await self._pairs.commit(last, [link], self._system.allocator, state=GlobalState(orphans=True))
            metadata, _ = await parent.find(name)
        id = place_for(metadata.log, name)
        changes = [
            tags.make(tags.CREATE, id),
            tags.make(tags.DIRECTORY, id, name),
            tags.make(tags.DIRECTORY_STRUCT, id, logs.pair_bytes(fresh.pair)),
            self._date(id),
        ]
        if alone:
            changes.append(link)
        await self._commit(parent, metadata, changes, GlobalState())

    async def _empty(self, directory: Directory, above: tuple[int, ...]) -> None:
        """Removes all that is in a directory."""
        if not set(above).isdisjoint(directory.head):
            place = self._pairs.place(await self._pairs.fetch(directory.head))
            raise StorageError("a littlefs directory contains itself", place)
        for entry in await directory.entries():
            if entry.kind == tags.DIRECTORY:
                await self._empty(await self._open(entry), (*above, *directory.head))
                await self._remove_directory(directory, entry.name)
        for pair in list(reversed(directory.chain)):
            metadata = await self._pairs.fetch(pair)
            changes = [tags.make(tags.DELETE, id) for id in reversed(range(len(metadata.log.entries)))]
            if changes:
                await self._commit(directory, metadata, changes)

    async def _remove_directory(self, parent: Directory, name: bytes) -> None:
        """Removes a directory's entry, then its pair, an orphan by then, from the list of all pairs."""
        metadata, id = await parent.find(name)
        assert id is not None
        directory = await self._open(metadata.log.entries[id])
        orphan = await self._pairs.fetch(directory.head)
        self._directories.pop(min(orphan.pair), None)
        await self._commit(parent, metadata, [tags.make(tags.DELETE, id)], GlobalState(orphans=True))
        before = await self._system.before(orphan)
        await self._system.drop(before, orphan, GlobalState())

    async def _part(self, entry: logs.Entry, offset: int, length: int) -> bytes:
        if entry.struct == tags.INLINE_STRUCT:
            return entry.data[offset : offset + length]
        head, size = _head(entry)
        start = min(offset, size)
        return await self._files.read_part(head, size, start, min(length, size - start))

    async def _pieces(self, entry: logs.Entry) -> AsyncIterator[bytes]:
        for at in range(0, _size(entry), _PIECE):
            yield await self._part(entry, at, _PIECE)

    def _date(self, id: int) -> Attribute:
        seconds, fraction = divmod(self._clock.now(), 1_000_000_000)
        return tags.make(tags.USER_ATTRIBUTE | DATE, id, b64_le(seconds) + b32_le(fraction))


def _check_struct(entry: logs.Entry) -> None:
    if entry.struct == tags.INLINE_STRUCT or (entry.struct == tags.CTZ_STRUCT and len(entry.data) == 8):
        return
    raise StorageError(f"the littlefs file {entry.name!r} has no content")


def _head(entry: logs.Entry) -> tuple[int, int]:
    """(last block, size) of a file."""
    return u32_le(entry.data, 0), u32_le(entry.data, 4)


def _size(entry: logs.Entry) -> int:
    return len(entry.data) if entry.struct == tags.INLINE_STRUCT else _head(entry)[1]
