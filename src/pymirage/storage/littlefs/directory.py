"""A directory: a chain of metadata pairs, whose entries are in order of their names."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, final

from pymirage.storage.error import StorageError
from pymirage.storage.littlefs import tag as tags
from pymirage.storage.littlefs.log import Entry, Log, Pair
from pymirage.storage.littlefs.pairs import Metadata, Pairs

# Longer than any name, and after all of them.
_LONGEST: Final = 1023

Order = tuple[bytes, int]


def order(name: bytes) -> Order:
    """What names are sorted by: of two, one of which starts with the other, the longer comes first."""
    return name.ljust(_LONGEST, b"\xff"), -len(name)


@final
class Directory:
    """The pairs of a directory, and for each but the last the greatest name that may be in it.

    So that a name is looked for in one pair only, however many there are.
    """

    def __init__(self, pairs: Pairs, chain: list[Pair], bounds: list[Order]) -> None:
        self._pairs = pairs
        self.chain = chain
        self._bounds = bounds

    @classmethod
    async def read(cls, pairs: Pairs, head: Pair) -> Directory:
        """Walks the chain. Raises StorageError when it never ends."""
        chain: list[Pair] = []
        bounds: list[Order] = []
        seen: set[int] = set()
        pair = head
        while True:
            metadata = await pairs.fetch(pair)
            if metadata.pair[0] in seen:
                raise StorageError("a littlefs directory leads to itself", pairs.place(metadata))
            seen.update(metadata.pair)
            chain.append(metadata.pair)
            if not metadata.log.split:
                return cls(pairs, chain, bounds)
            bounds.append(_bound(metadata.log, bounds))
            pair = metadata.log.tail

    @property
    def head(self) -> Pair:
        return self.chain[0]

    async def find(self, name: bytes) -> tuple[Metadata, int | None]:
        """The pair that holds, or would hold, the name, and the entry's id in it if there is one."""
        metadata = await self._pairs.fetch(self.chain[bisect_left(self._bounds, order(name))])
        id = metadata.find(name)
        if id is not None and metadata.log.entries[id].kind == tags.SUPERBLOCK:
            id = None
        return metadata, id

    async def last(self) -> Metadata:
        return await self._pairs.fetch(self.chain[-1])

    async def entries(self) -> list[Entry]:
        found: list[Entry] = []
        for pair in self.chain:
            found += (await self._pairs.fetch(pair)).log.entries
        return [entry for entry in found if entry.kind in (tags.REGULAR, tags.DIRECTORY)]

    def was_split(self, metadata: Metadata, behind: Sequence[Metadata]) -> None:
        """Says that a commit put a part of the pair's entries into pairs behind it."""
        at = self._index(metadata)
        parts = [metadata, *behind]
        bounds: list[Order] = []
        for part in parts[:-1]:
            bounds.append(_bound(part.log, self._bounds[:at] + bounds))
        self.chain[at : at + 1] = [part.pair for part in parts]
        self._bounds[at:at] = bounds

    def was_dropped(self, metadata: Metadata) -> None:
        """Says that an empty pair, not the first, is no longer there."""
        at = self._index(metadata)
        del self.chain[at]
        # The names that would have been in it belong to the pair before now.
        del self._bounds[at - 1]

    def before(self, metadata: Metadata) -> Pair:
        """The pair before one that is not the first."""
        return self.chain[self._index(metadata) - 1]

    def holds(self, metadata: Metadata) -> bool:
        wanted = min(metadata.pair)
        return any(min(pair) == wanted for pair in self.chain)

    def is_head(self, metadata: Metadata) -> bool:
        return self._index(metadata) == 0

    def _index(self, metadata: Metadata) -> int:
        # The order in a pair changes; a block belongs to one pair only.
        wanted = min(metadata.pair)
        return next(number for number, pair in enumerate(self.chain) if min(pair) == wanted)


def place_for(log: Log, name: bytes) -> int:
    """The id that a new entry is to get."""
    keys = [order(entry.name) for entry in log.entries if entry.kind != tags.SUPERBLOCK]
    return len(log.entries) - len(keys) + bisect_left(keys, order(name))


def _bound(log: Log, before: list[Order]) -> Order:
    names = [order(entry.name) for entry in log.entries if entry.kind != tags.SUPERBLOCK]
    # A pair without entries is passed over: nothing is between the bounds before and after it.
    return max(names) if names else (before[-1] if before else (b"", 0))
