"""A littlefs as a key-value store.

`set`, `set_partial`, `allocate`, `rename`, and the removal of a value, are one commit each: after a crash
the old state or the new one is there, and what an operation has returned from stays. Removing a directory
takes its values away pair by pair, then itself; a batch is not one change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final, final

from pymirage.device.arguments import below_root, check_move, check_range, spliced
from pymirage.device.block import Block
from pymirage.device.clock import WallClock
from pymirage.device.error import BadKey, IsDirectory, NoSpace, NotDirectory, NotFound, ReadOnly
from pymirage.device.key import segments
from pymirage.device.key_value import KeyValue
from pymirage.device.key_value_reader import Entry, Kind
from pymirage.error import UsageError
from pymirage.octets import b32_le, b64_le, u32_le
from pymirage.storage.digest import sha256
from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import ctz
from pymirage.storage.littlefs import log as logs
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.directory import Directory, place_for
from pymirage.storage.littlefs.state import GlobalState
from pymirage.storage.littlefs.system import System
from pymirage.storage.littlefs.tag import Attribute
from pymirage.storage.littlefs.tree import DATE, Tree, encoded
from pymirage.storage.serial import Serial

_PIECE: Final = 1 << 20


@final
class LittleFs(KeyValue):
    """littlefs version 2.0 and 2.1. Values of up to an eighth of a block lie among the metadata."""

    def __init__(self, system: System, clock: WallClock) -> None:
        self._system = system
        self._pairs = system.pairs
        self._files = system.files
        self._clock = clock
        self._tree = Tree(system)

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
            entry = await self._tree.entry(path)
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
        directory = await self._tree.directory(segments(key))
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
        date = (await self._tree.entry(path)).attributes.get(DATE, b"")
        seconds = int.from_bytes(date[:8], "little")
        fraction = u32_le(date, 8) if len(date) == 12 else 0
        return seconds * 1_000_000_000 + fraction % 1_000_000_000

    async def digest(self, key: str) -> bytes:
        return await sha256(self._pieces(await self._value(key)))

    # -- writing --

    async def set(self, key: str, value: bytes) -> None:
        path, names = self._changing(key)
        await self._tree.check_way(path)
        self._check_size(key, len(value))
        struct = await self._store(value, ())
        directory = await self._tree.make_parents(path, self._date())
        await self._put(directory, names[-1], struct)

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        check_range(key, offset)
        path, names = self._changing(key)
        entry = await self._value(key)
        size = _size(entry)
        end = max(offset + len(data), offset)
        self._check_size(key, end)
        small = max(size, end) <= self._system.geometry.inline_max
        if entry.struct == tags.INLINE_STRUCT or small or not size:
            struct = await self._store(spliced(await self.get(key), offset, data), ())
        else:
            # The blocks before the change are shared with the old value; all behind are written anew.
            head, _ = _head(entry)
            index, _ = ctz.locate(self._system.geometry.block_size, min(offset, size - 1))
            start = ctz.start(self._system.geometry.block_size, index)
            kept = (await self._files.blocks(head, size))[:index]
            rest = await self._part(entry, start, size - start)
            struct = await self._store(spliced(rest, offset - start, data), kept)
        await self._put(await self._tree.directory(path[:-1]), names[-1], struct)

    async def remove(self, key: str) -> None:
        path, names = self._changing(key)
        try:
            entry = await self._tree.entry(path)
            directory = await self._tree.directory(path[:-1])
        except (NotFound, NotDirectory):
            return
        if entry.kind != tags.DIRECTORY:
            metadata, id = await directory.find(names[-1])
            assert id is not None
            await self._tree.commit(directory, metadata, [tags.make(tags.DELETE, id)])
            return
        await self._tree.empty(await self._tree.open(entry), directory.head)
        await self._tree.remove(directory, names[-1])

    async def rename(self, source: str, destination: str) -> None:
        old, old_names = self._changing(source)
        new, new_names = self._changing(destination)
        entry = await self._tree.entry(old)
        if old == new:
            return
        check_move(old, new)
        await self._tree.check_way(new)
        target = await self._tree.make_parents(new, self._date())
        here = await self._tree.directory(old[:-1])
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
            await self._tree.commit(target, to, [*changes, tags.make(tags.DELETE, gone)])
            return
        moved = GlobalState(moved=(since.pair, id))
        await self._tree.commit(target, to, changes, state=moved)
        # The commit may have split the source's pair, if that was in the same directory.
        since, id = await here.find(old_names[-1])
        assert id is not None
        await self._tree.commit(here, since, [tags.make(tags.DELETE, id)], state=GlobalState())

    async def allocate(self, key: str, size: int) -> None:
        check_range(key, 0, size)
        below_root(key)
        if await self.exists(key) is not None:
            raise UsageError(f"{key!r} exists already: remove it first, or use set_partial")
        await self.set(key, bytes(size))

    # -- inside --

    async def _value(self, key: str) -> logs.Entry:
        path = segments(key)
        if not path:
            raise IsDirectory("the root is a directory")
        entry = await self._tree.entry(path)
        if entry.kind == tags.DIRECTORY:
            raise IsDirectory(f"{key!r} is a directory")
        _check_struct(entry)
        return entry

    def _changing(self, key: str) -> tuple[tuple[str, ...], tuple[bytes, ...]]:
        """(names, their bytes) of a key that is to change. Raises UsageError, BadKey, ReadOnly."""
        path = below_root(key)
        names = tuple(encoded(name) for name in path)
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

    async def _put(self, directory: Directory, name: bytes, struct: Attribute) -> None:
        """Gives a new or old entry its content."""
        metadata, id = await directory.find(name)
        changes = []
        if id is None:
            id = place_for(metadata.log, name)
            changes = [tags.make(tags.CREATE, id), tags.make(tags.REGULAR, id, name)]
        date = tags.make(tags.USER_ATTRIBUTE | DATE, id, self._date())
        changes += [tags.make(struct[0], id, struct[1]), date]
        await self._tree.commit(directory, metadata, changes)

    async def _store(self, value: bytes, kept: Sequence[int]) -> Attribute:
        """(type, data) of the struct tag of a value; `kept` blocks of it are there already."""
        if not kept and len(value) <= self._system.geometry.inline_max:
            return tags.INLINE_STRUCT, value
        size = ctz.start(self._system.geometry.block_size, len(kept)) + len(value)
        head = await self._files.write(value, kept)
        # The commit must not lead to blocks that are not there yet.
        await self._system.flush()
        return tags.CTZ_STRUCT, b32_le(head) + b32_le(size)

    async def _part(self, entry: logs.Entry, offset: int, length: int) -> bytes:
        if entry.struct == tags.INLINE_STRUCT:
            return entry.data[offset : offset + length]
        head, size = _head(entry)
        start = min(offset, size)
        return await self._files.read_part(head, size, start, min(length, size - start))

    async def _pieces(self, entry: logs.Entry) -> AsyncIterator[bytes]:
        for at in range(0, _size(entry), _PIECE):
            yield await self._part(entry, at, _PIECE)

    def _date(self) -> bytes:
        seconds, fraction = divmod(self._clock.now(), 1_000_000_000)
        return b64_le(seconds) + b32_le(fraction)


def _check_struct(entry: logs.Entry) -> None:
    if entry.struct == tags.INLINE_STRUCT or (entry.struct == tags.CTZ_STRUCT and len(entry.data) == 8):
        return
    raise StorageError(f"the littlefs file {entry.name!r} has no content")


def _head(entry: logs.Entry) -> tuple[int, int]:
    """(last block, size) of a file."""
    return u32_le(entry.data, 0), u32_le(entry.data, 4)


def _size(entry: logs.Entry) -> int:
    return len(entry.data) if entry.struct == tags.INLINE_STRUCT else _head(entry)[1]
