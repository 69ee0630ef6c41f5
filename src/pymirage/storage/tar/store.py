"""The values of a tar archive, to be read and written.

A change is one *unit*: the members that it adds, after an intent (a pax header of ours) that lists the
members that it replaces. The unit is written where no reader looks, behind the archive's end or inside a
hole; then one sector, flushed, makes it part of the archive: the change is done, whole. After that
the replaced members are turned into holes, and when they are, so is the intent; a crash in between
leaves the intent, and the next `connect` finishes the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from pymirage.device.arguments import below_root, check_move, check_range, spliced
from pymirage.device.block import Block
from pymirage.device.clock import WallClock
from pymirage.device.error import IsDirectory, NoSpace, NotFound, ReadOnly
from pymirage.device.key_value import KeyValue, Remove, Set
from pymirage.device.key_value_reader import Entry, Kind
from pymirage.error import UsageError
from pymirage.storage.serial import Serial
from pymirage.storage.span import Span
from pymirage.storage.tar import hole
from pymirage.storage.tar.edit import Edit
from pymirage.storage.tar.header import BLOCK
from pymirage.storage.tar.member import Member, intent
from pymirage.storage.tar.reader import Tar, index
from pymirage.storage.tar.scan import Archive, scan
from pymirage.storage.tar.space import END_MARK, Range, Space
from pymirage.storage.tree import Directory

# Left free by everything but removals, so that a full store can be emptied.
_RESERVE: Final = 4096


@final
class TarStore(KeyValue):
    """Every change, a batch too, is atomic, and survives a crash once it has returned.

    `set_partial` rewrites the whole value; dates are kept to the second. Other writers' archives are taken
    as they are.
    """

    def __init__(self, span: Span, root: Directory[Member], space: Space, clock: WallClock) -> None:
        self._span = span
        self._root = root
        self._space = space
        self._clock = clock
        self._reader = Tar(span, root)
        self._untidy = False
        self._older: dict[tuple[str, ...], list[Member]] = {}
        self._links: dict[int, list[Member]] = {}

    @classmethod
    async def connect(cls, block: Block, clock: WallClock) -> KeyValue:
        """Opens the archive (a device of zeros is an empty one) and ends what a crash interrupted.

        Raises WrongFormat when the device holds something else, StorageError when it is damaged.
        """
        span = Span(block)
        archive = await scan(span)
        space = Space(archive.holes, archive.end, span.size // BLOCK * BLOCK)
        store = cls(span, index(archive.alive()), space, clock)
        store._remember(archive)
        if not span.read_only:
            await store._recover(archive)
        return Serial(store)

    # -- reading --

    async def exists(self, key: str) -> Kind | None:
        return await self._reader.exists(key)

    async def get(self, key: str) -> bytes:
        return await self._reader.get(key)

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        return await self._reader.get_partial(key, offset, length)

    async def list(self, key: str = "") -> list[Entry]:
        return await self._reader.list(key)

    async def size(self, key: str) -> int:
        return await self._reader.size(key)

    async def last_modified(self, key: str) -> int:
        return await self._reader.last_modified(key)

    async def digest(self, key: str) -> bytes:
        return await self._reader.digest(key)

    # -- writing --

    async def set(self, key: str, value: bytes) -> None:
        await self.batch([Set(key, value)])

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        check_range(key, offset)
        await self.set(key, spliced(await self.get(key), offset, data))

    async def remove(self, key: str) -> None:
        await self.batch([Remove(key)])

    async def rename(self, source: str, destination: str) -> None:
        old, new = below_root(source), below_root(destination)
        node = self._root.find(old)
        if node is None:
            raise NotFound(f"{source!r} is not there")
        if old == new:
            return
        check_move(old, new)
        if isinstance(self._root.find(new), Directory):
            raise IsDirectory(f"{destination!r} is a directory")
        members = [node] if isinstance(node, Member) else list(node.leaves())
        values = [await self._span.read(member.data, member.size) for member in members]
        edit = Edit(self._root)
        try:
            edit.remove(old)
            edit.remove(new)
            for member, value in zip(members, values, strict=True):
                key = new + member.key[len(old) :]
                if member.is_directory:
                    edit.put_directory(key, member.mtime)
                else:
                    edit.put(key, value, member.mtime)
            await self._commit(edit)
        except BaseException:
            edit.undo()
            raise

    async def allocate(self, key: str, size: int) -> None:
        check_range(key, 0, size)
        if self._root.find(below_root(key)) is not None:
            raise UsageError(f"{key!r} exists already: remove it first, or use set_partial")
        await self.set(key, bytes(size))

    async def batch(self, changes: Sequence[Set | Remove]) -> None:
        edit = Edit(self._root)
        now = self._clock.now()
        try:
            for change in changes:
                if isinstance(change, Set):
                    edit.put(below_root(change.key), change.value, now)
                else:
                    edit.remove(below_root(change.key))
            await self._commit(edit)
        except BaseException:
            edit.undo()
            raise

    # -- the steps of a change --

    async def _commit(self, edit: Edit) -> None:
        if self._span.read_only:
            raise ReadOnly("the archive's device is read-only")
        if edit.is_nothing():
            return
        edit.keep_empty_directories(self._clock.now())
        await self._save_links(edit)
        dead = [*edit.dead, *(older for member in edit.dead for older in self._older.get(member.key, ()))]
        announcement = intent(sorted(member.start for member in dead)) if dead else b""
        unit = b"".join((announcement, *edit.pieces()))
        reserve = _RESERVE if any(not member.is_directory for member in edit.added) else 0
        if self._untidy:
            await self._span.flush()
            self._untidy = False
        run = self._space.find(len(unit))
        if run is not None:
            start = await self._write_inside(run, unit)
        elif self._space.fits_behind(len(unit), reserve):
            start = await self._write_behind(unit)
        elif len(dead) == 1 and not any(not member.is_directory for member in edit.added):
            await self._remove_without_room(edit, dead[0])
            return
        else:
            raise NoSpace(f"no room for {len(unit)} bytes in the archive of {self._space.capacity} bytes")
        edit.placed(start + len(announcement))
        # From here on the change is done: what follows is tidying that a crash may interrupt.
        if dead:
            self._forget(dead)
            await self._bury(
                [(member.start, member.end) for member in dead], (start, start + len(announcement))
            )

    async def _remove_without_room(self, edit: Edit, member: Member) -> None:
        """Not even an intent fits: the header that makes the member a hole is the one write."""
        edit.forget_added()
        await self._span.write(member.start, hole.head(member.end - member.start))
        await self._span.flush()
        edit.placed(0)
        self._forget([member])
        self._space.add(member.start, member.end)
        await self._tidy(*self._space.run_around(member.start))
        self._untidy = True

    async def _write_behind(self, unit: bytes) -> int:
        """The block at the end is zero until the last write replaces it: so long the unit is not there."""
        start = self._space.end
        await self._span.write(start + BLOCK, unit[BLOCK:] + bytes(END_MARK))
        await self._span.flush()
        await self._span.write(start, unit[:BLOCK])
        await self._span.flush()
        self._space.end = start + len(unit)
        return start

    async def _write_inside(self, run: Range, unit: bytes) -> int:
        """The unit is part of the hole's body until the last write makes the hole end before it."""
        first, end = run
        if not self._space.is_one(first, end):
            await self._span.write(first, hole.head(end - first))
            await self._span.flush()
            self._space.join(first, end)
        start = end - hole.SMALLEST - len(unit)
        # The newline ends the body of the hole that will be before the unit.
        await self._span.write(start - 1, b"\n" + unit + hole.whole(hole.SMALLEST))
        await self._span.flush()
        await self._span.write(first, hole.head(start - first) + hole.mark(start - first - BLOCK))
        await self._span.flush()
        self._space.take(first, end)
        self._space.add(end - hole.SMALLEST, end)
        self._space.add(first, start)
        return start

    async def _bury(self, dead: Sequence[Range], grave: Range) -> None:
        """Makes holes of the dead ranges, and then of the intent that says so, `grave`."""
        for start, end in dead:
            self._space.add(start, end)
        for start, end in self._runs(dead):
            # The one write that makes all of it a hole; other programs wait for `_tidy`.
            await self._span.write(start, hole.head(end - start))
            self._space.join(start, end)
        await self._span.flush()
        self._space.add(*grave)
        for start, end in self._runs([*dead, grave]):
            if (start, end) == grave and end != self._space.end:
                # Its record fills its body: under another name it is a hole as it is.
                await self._span.write(start, hole.head(end - start))
            else:
                await self._tidy(start, end)
        self._untidy = True

    async def _tidy(self, start: int, end: int) -> None:
        """Joins a run of holes, the first of which is on the disk, or takes it off the archive's end."""
        bodiless = self._space.is_one(start, start + BLOCK) and end > start + BLOCK
        self._space.join(start, end)
        if end == self._space.end:
            self._space.take(start, end)
            # The first block ends the archive; the second may be the body of a header that is still there.
            await self._span.write(start, bytes(BLOCK))
            await self._span.flush()
            rest = min(start + END_MARK, self._space.capacity) - (start + BLOCK)
            await self._span.write(start + BLOCK, bytes(rest))
            self._space.end = start
            return
        if bodiless:
            # What will be its body is still the header of the next hole, and must not be marked before.
            await self._span.write(start, hole.head(end - start))
            await self._span.flush()
        first, *others = hole.pieces(start, end)
        for piece in others:
            await self._write_hole(*piece)
        if others:
            # Before the first header leads to them they must be there.
            await self._span.flush()
        await self._write_hole(*first)

    async def _write_hole(self, start: int, end: int) -> None:
        if end - start == BLOCK:
            await self._span.write(start, hole.head(BLOCK))
        else:
            await self._span.write(end - 1, b"\n")
            await self._span.write(start, hole.head(end - start) + hole.mark(end - start - BLOCK))
        self._space.add(start, end)

    def _runs(self, ranges: Sequence[Range]) -> tuple[Range, ...]:
        """The runs of holes in which the ranges lie, in order of the archive."""
        return tuple(sorted({self._space.run_around(start) for start, _ in ranges}))

    # -- what archives of others, and crashes, leave behind --

    async def _recover(self, archive: Archive) -> None:
        """Ends changes whose unit is there and whose replaced members are not yet holes."""
        for start, end in self._runs(archive.ragged):
            await self._tidy(start, end)
        for start, end, replaced in archive.intents:
            dead = [(member.start, member.end) for member in archive.members if member.start in replaced]
            await self._bury(dead, (start, end))
        last = self._space.last()
        if last is not None:
            # Python's tarfile wants a member behind every header of this kind.
            await self._tidy(*last)
        if archive.ragged or archive.intents or last:
            await self._span.flush()

    def _remember(self, archive: Archive) -> None:
        """Notes members that a later one hides, and values that hard links share."""
        alive = archive.alive()
        latest = {member.key: member for member in alive}
        data: dict[int, Member] = {}
        for member in alive:
            if latest[member.key] is not member:
                self._older.setdefault(member.key, []).append(member)
            if member.size:
                other = data.setdefault(member.data, member)
                if other is not member:
                    self._links.setdefault(member.data, [other]).append(member)

    def _forget(self, dead: Sequence[Member]) -> None:
        for member in dead:
            self._older.pop(member.key, None)
            links = self._links.get(member.data)
            if links and member in links:
                links.remove(member)

    async def _save_links(self, edit: Edit) -> None:
        """A value that is to go, and that hard links still name, is stored again under their names."""
        gone = list(edit.dead)
        for holder in gone:
            if not holder.start <= holder.data < holder.end:
                continue
            for link in self._links.get(holder.data, ()):
                if link not in gone and self._root.find(link.key) is link:
                    edit.put(link.key, await self._span.read(link.data, link.size), link.mtime)
