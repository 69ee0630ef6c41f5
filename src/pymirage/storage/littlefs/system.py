"""The file system as a whole: the list of all metadata pairs, the free blocks, and repair after a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import final

from pymirage.device.block import Block
from pymirage.octets import u32_le
from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import geometry as superblocks
from pymirage.storage.littlefs import log as logs
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.allocator import Allocator
from pymirage.storage.littlefs.files import Files
from pymirage.storage.littlefs.geometry import Geometry
from pymirage.storage.littlefs.log import NO_PAIR, Pair
from pymirage.storage.littlefs.pairs import Metadata, Pairs
from pymirage.storage.littlefs.state import NOTHING, GlobalState, xor
from pymirage.storage.span import Span

_START: Pair = (0, 1)


@final
class System:
    """What all parts of a littlefs share; `root` is the first pair of the root directory."""

    def __init__(self, span: Span, geometry: Geometry, pairs: Pairs, root: Pair, seed: int) -> None:
        self._span = span
        self.geometry = geometry
        self.pairs = pairs
        self.root = root
        self.read_only = span.read_only
        self.allocator = Allocator(geometry.block_count, seed, self.mark)
        self.files = Files(span, geometry, self.allocator)

    @classmethod
    async def mount(cls, block: Block) -> System:
        """Walks all metadata. Raises WrongFormat, StorageError."""
        span = Span(block)
        size = await superblocks.find_block_size(span)
        # Enough to read the superblock by; what it says comes next.
        guess = Geometry(size, span.size // size)
        geometry, root, seed, state = guess, _START, 0, NOTHING
        first = await Pairs(span, guess).fetch(_START)
        if not first.log.entries or first.log.entries[0].kind != tags.SUPERBLOCK:
            raise StorageError("littlefs metadata without a superblock", first.pair[0] * size)
        geometry = superblocks.parse(first.log.entries[0], span.size, first.pair[0] * size)
        pairs = Pairs(span, geometry)
        async for metadata in walk(pairs):
            entries = metadata.log.entries
            if entries and entries[0].kind == tags.SUPERBLOCK:
                # Superblocks are copied when their pair wears out: the last one is the root directory.
                root = metadata.pair
            state = xor(state, metadata.log.state)
            seed ^= metadata.log.seed
        pairs.state = state
        system = cls(span, geometry, pairs, root, seed)
        moved = GlobalState.parse(state).moved
        if moved is not None and span.read_only:
            await system._hide(*moved)
        return system

    async def flush(self) -> None:
        await self._span.flush()

    async def mark(self, used: bytearray) -> None:
        """Marks every block that something leads to."""
        async for metadata in walk(self.pairs):
            for block in metadata.pair:
                used[block] = 1
            for entry in metadata.log.entries:
                if entry.struct == tags.CTZ_STRUCT and len(entry.data) == 8:
                    await self.files.mark(u32_le(entry.data, 0), u32_le(entry.data, 4), used)
                elif entry.struct == tags.DIRECTORY_STRUCT and len(entry.data) == 8:
                    for at in (0, 4):
                        if u32_le(entry.data, at) < len(used):
                            used[u32_le(entry.data, at)] = 1

    async def before(self, wanted: Metadata) -> Metadata:
        """The pair whose tail is the wanted one."""
        async for metadata in walk(self.pairs):
            if set(metadata.log.tail) == set(wanted.pair):
                return metadata
        raise StorageError("a littlefs directory is not in the list of metadata", self.pairs.place(wanted))

    async def drop(
        self, before: Metadata, gone: Metadata, state: GlobalState | None = None
    ) -> list[Metadata]:
        """Takes a pair out of the list; the one before it takes over its tail and its share of the state.

        Gives, as `Pairs.commit`, the pairs that were split off behind `before`.
        """
        kind = tags.HARD_TAIL if gone.log.split else tags.SOFT_TAIL
        link = tags.make(kind, tags.NO_ID, logs.pair_bytes(gone.log.tail))
        behind = await self.pairs.commit(before, [link], self.allocator, state=state, inherit=gone.log.state)
        self.pairs.drop(gone)
        return behind

    # -- after a crash --

    async def make_consistent(self) -> None:
        """Ends a move, and takes pairs out of the list that no directory leads to."""
        state = GlobalState.parse(self.pairs.state)
        if state.moved is not None:
            pair, id = state.moved
            source = await self.pairs.fetch(pair)
            if id >= len(source.log.entries):
                place = self.pairs.place(source)
                raise StorageError(f"a littlefs entry, number {id}, was moved and is not there", place)
            self.allocator.begin()
            await self.pairs.commit(
                source, [tags.make(tags.DELETE, id)], self.allocator, state=GlobalState(state.orphans)
            )
        if state.orphans:
            await self._adopt()
            await self._remove_orphans()
            start = await self.pairs.fetch(_START)
            await self.pairs.commit(start, [], self.allocator, state=GlobalState())

    async def _adopt(self) -> None:
        """Half-orphans: an entry leads to a pair with one block replaced, the list still to the old pair."""
        entries = await self._directory_pairs()
        before: Metadata | None = None
        async for metadata in walk(self.pairs):
            if before is not None and not before.log.split:
                tail = before.log.tail
                for pair in entries:
                    if set(pair) != set(tail) and not set(pair).isdisjoint(tail):
                        link = tags.make(tags.SOFT_TAIL, tags.NO_ID, logs.pair_bytes(pair))
                        self.allocator.begin()
                        await self.pairs.commit(before, [link], self.allocator)
                        return await self._adopt()
            before = metadata
        return None

    async def _remove_orphans(self) -> None:
        """Orphans: a directory in the list that no entry leads to."""
        while True:
            entries = {frozenset(pair) for pair in await self._directory_pairs()}
            before: Metadata | None = None
            async for metadata in walk(self.pairs):
                if before is not None and not before.log.split and frozenset(before.log.tail) not in entries:
                    break
                before = metadata
            else:
                return
            self.allocator.begin()
            await self.drop(before, metadata)

    async def _directory_pairs(self) -> list[Pair]:
        return [
            (u32_le(entry.data, 0), u32_le(entry.data, 4))
            async for metadata in walk(self.pairs)
            for entry in metadata.log.entries
            if entry.struct == tags.DIRECTORY_STRUCT and len(entry.data) == 8
        ]

    async def _hide(self, pair: Pair, id: int) -> None:
        """On a device that cannot be written, what was moved away is only not shown."""
        source = await self.pairs.fetch(pair)
        if id < len(source.log.entries):
            del source.log.entries[id]


async def walk(pairs: Pairs) -> AsyncIterator[Metadata]:
    """Every metadata pair, in the order of their tails. Raises StorageError when they go in a circle."""
    seen: set[int] = set()
    tail = _START
    while tail != NO_PAIR:
        metadata = await pairs.fetch(tail)
        if not seen.isdisjoint(metadata.pair):
            raise StorageError("the list of littlefs metadata leads back to itself", pairs.place(metadata))
        seen.update(metadata.pair)
        yield metadata
        tail = metadata.log.tail
