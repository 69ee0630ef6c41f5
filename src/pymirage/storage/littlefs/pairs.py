"""Metadata pairs: two blocks, of which the newer whole one counts (littlefs SPEC, "Metadata pairs").

A commit is appended to the newer block, or the state is written anew into the other one, in two pairs
when it has grown too large for one. Each way a single checksum at the end makes it count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from pymirage.device.error import NoSpace
from pymirage.octets import u32_le
from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import log as logs
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.allocator import Allocator
from pymirage.storage.littlefs.geometry import Geometry
from pymirage.storage.littlefs.log import UNIT, Log, Pair
from pymirage.storage.littlefs.state import NOTHING, GlobalState, xor
from pymirage.storage.littlefs.tag import Attribute
from pymirage.storage.span import Span

# Bytes of metadata that are remembered.
_CACHE: Final = 2 << 20
# Left free in a block for tail, global state, a deletion and the checksum (as the reference does).
_ROOM: Final = 40
_MOST_ENTRIES: Final = 0xFF


@final
class Metadata:
    """A pair as it is now: the block that counts first."""

    __slots__ = ("log", "names", "pair")

    def __init__(self, pair: Pair, log: Log) -> None:
        self.pair = pair
        self.log = log
        self.names: dict[bytes, int] | None = None

    def find(self, name: bytes) -> int | None:
        """The id of the entry with this name."""
        if self.names is None:
            self.names = {entry.name: id for id, entry in enumerate(self.log.entries)}
        return self.names.get(name)


@final
class Pairs:
    """The pairs of a file system; `state` is the global state on disk."""

    def __init__(self, span: Span, geometry: Geometry) -> None:
        self._span = span
        self._geometry = geometry
        self._known: dict[Pair, Metadata] = {}
        self._most = max(_CACHE // geometry.block_size, 16)
        self.state = NOTHING

    async def fetch(self, pair: Pair) -> Metadata:
        """Raises StorageError when neither block holds a whole commit."""
        key = _key(pair)
        metadata = self._known.pop(key, None)
        if metadata is None:
            metadata = await self._read(pair)
            while len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
        self._known[key] = metadata
        return metadata

    async def commit(
        self,
        metadata: Metadata,
        attributes: Sequence[Attribute],
        allocator: Allocator,
        *,
        state: GlobalState | None = None,
        inherit: bytes = NOTHING,
    ) -> list[Metadata]:
        """Makes the changes, all or none, and sees that they stay; the pairs that were split off behind it.

        state: the new global state. inherit: the share of a pair that this commit drops. Raises NoSpace.
        """
        after = self.state if state is None else state.emit()
        delta = xor(xor(self.state, after), inherit)
        log = metadata.log.copy()
        attributes = list(attributes)
        if any(delta):
            attributes.append(tags.make(tags.MOVE_STATE, tags.NO_ID, xor(log.state, delta)))
        for tag, data in attributes:
            if not log.apply(tag, data):
                raise AssertionError(f"the tag {tag:08x} makes no sense here")
        split: list[Metadata] = []
        appended = log.append(attributes, forward=self._geometry.forward)
        try:
            if appended is not None:
                await self._write(metadata.pair[0], log, appended[1], appended[1] + len(appended[0]))
                metadata.log = log
            else:
                split = await self._compact(metadata, log, allocator)
        except NoSpace:
            raise
        except BaseException:
            # What is on the disk now is not known: read it again.
            self._known.pop(_key(metadata.pair), None)
            raise
        metadata.names = None
        # A walk for free blocks may have put another copy in its place.
        self._known[_key(metadata.pair)] = metadata
        self.state = after
        return split

    async def create(self, attributes: list[Attribute], allocator: Allocator) -> Metadata:
        """A new pair, which nothing leads to yet."""
        one, other = await allocator.take(2)
        log = Log(b"\xff" * self._geometry.block_size, await self._revision(one))
        for tag, data in attributes:
            log.apply(tag, data)
        metadata = Metadata((one, other), log)
        await self._rewrite(metadata, log)
        self._known[_key(metadata.pair)] = metadata
        return metadata

    def drop(self, metadata: Metadata) -> None:
        self._known.pop(_key(metadata.pair), None)

    def place(self, metadata: Metadata) -> int:
        """The device's offset, for error messages."""
        return metadata.pair[0] * self._geometry.block_size

    # -- reading --

    async def _read(self, pair: Pair) -> Metadata:
        size, count = self._geometry.block_size, self._geometry.block_count
        if max(pair) >= count or pair[0] == pair[1]:
            raise StorageError(f"littlefs metadata leads to blocks {pair} of {count}", None)
        found = dict(zip(pair, await self._blocks(pair), strict=True))
        one, other = pair
        if self._newer(u32_le(found[other], 0), u32_le(found[one], 0)):
            one, other = other, one
        for first, second in ((one, other), (other, one)):
            log = logs.read(found[first], first * size, forward=self._geometry.forward)
            if log is not None:
                return Metadata((first, second), log)
        raise StorageError(f"no whole commit in the littlefs metadata of blocks {pair}", one * size)

    async def _blocks(self, pair: Pair) -> tuple[bytes, bytes]:
        """Both blocks: in one read where they are neighbours, as a call of the host costs more."""
        size = self._geometry.block_size
        one, other = pair
        if abs(one - other) == 1:
            data = await self._span.read(min(pair) * size, 2 * size)
            halves = data[:size], data[size:]
            return halves if one < other else (halves[1], halves[0])
        return await self._span.read(one * size, size), await self._span.read(other * size, size)

    async def _revision(self, block: int) -> int:
        return u32_le(await self._span.read(block * self._geometry.block_size, 4), 0)

    @staticmethod
    def _newer(one: int, other: int) -> bool:
        """Revisions wrap around."""
        return 0 < (one - other) & 0xFFFF_FFFF < 0x8000_0000

    # -- writing --

    async def _compact(self, metadata: Metadata, log: Log, allocator: Allocator) -> list[Metadata]:
        """Writes the state into the other block, what is too much for it into pairs behind."""
        entries, tail, split = log.entries, log.tail, log.split
        made: list[Metadata] = []
        try:
            while (cut := self._cut(log)) > 0:
                behind = Log(b"\xff" * self._geometry.block_size, 0)
                behind.entries, behind.tail, behind.split = log.entries[cut:], log.tail, log.split
                one, other = await allocator.take(2)
                revision = await self._revision(one)
                part = Metadata((one, other), behind)
                await self._rewrite(part, behind, revision)
                made.insert(0, part)
                log.entries, log.tail, log.split = log.entries[:cut], part.pair, True
            await self._span.flush()
        except NoSpace:
            # In one block after all, as long as that goes.
            log.entries, log.tail, log.split = entries, tail, split
            made.clear()
        await self._rewrite(metadata, log)
        for part in made:
            self._known[_key(part.pair)] = part
        return made

    def _cut(self, log: Log) -> int:
        """From which entry on the state goes to a pair behind; 0 when all of it fits."""
        size = self._geometry.block_size
        limit = min(size - _ROOM, -(-size // 2 // UNIT) * UNIT)
        sizes = [entry.size() for entry in log.entries]
        cut, end = 0, len(sizes)
        while end - cut > 1 and not (end - cut < _MOST_ENTRIES and sum(sizes[cut:]) <= limit):
            cut += (end - cut) // 2
        return cut

    async def _rewrite(self, metadata: Metadata, log: Log, revision: int | None = None) -> None:
        one, other = metadata.pair
        number = log.revision if revision is None else revision
        fresh = log.compacted((number + 1) & 0xFFFF_FFFF, forward=self._geometry.forward)
        if fresh is None:
            raise NoSpace("a littlefs directory cannot grow: there are no free blocks to split it into")
        await self._write(other, fresh, 0, self._geometry.block_size)
        metadata.pair, metadata.log = (other, one), fresh

    async def _write(self, block: int, log: Log, start: int, end: int) -> None:
        """Writes a part of the block, with the rest of the sectors that it touches."""
        base = block * self._geometry.block_size
        sector = self._span.sector_size
        if self._geometry.block_size % sector == 0:
            start = start // sector * sector
            end = -(-end // sector) * sector
        await self._span.write(base + start, log.block[start:end])
        await self._span.flush()


def _key(pair: Pair) -> Pair:
    return min(pair), max(pair)
