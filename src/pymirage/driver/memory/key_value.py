"""A key-value store in memory."""

from __future__ import annotations

import hashlib

from pymirage.device import KeyValue, Kind, WallClock
from pymirage.device.error import NoSpace, OutOfRange
from pymirage.driver.tree import Leaf, Tree
from pymirage.driver.tree_reader import TreeReader
from pymirage.error import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class MemoryKeyValue(TreeReader, KeyValue):
    """Forgotten at the end of the program. Values together take up to `capacity` bytes, if one is given."""

    def __init__(
        self,
        content: Mapping[str, bytes] | None = None,
        *,
        clock: WallClock | None = None,
        capacity: int | None = None,
    ) -> None:
        """`clock` dates what is stored; without one everything is dated 0."""
        self._clock = clock
        self._capacity = capacity
        self._used = 0
        super().__init__(Tree(self._date()))
        for key, value in (content or {}).items():
            self._store(key, value)

    async def digest(self, key: str) -> bytes:
        return hashlib.sha256(self._tree.leaf(key).content).digest()

    async def set(self, key: str, value: bytes) -> None:
        self._store(key, value)

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        if offset < 0:
            raise OutOfRange(f"{key!r}: offset {offset} must not be negative")
        old = bytes(self._tree.leaf(key).content)
        self._store(key, old[:offset].ljust(offset, b"\0") + data + old[offset + len(data) :])

    async def remove(self, key: str) -> None:
        freed = self._size_below(key)
        self._tree.remove(key, self._date())
        self._used -= freed

    async def rename(self, source: str, destination: str) -> None:
        freed = self._replaced(destination) if source != destination else 0
        self._tree.rename(source, destination, self._date())
        self._used -= freed

    async def allocate(self, key: str, size: int) -> None:
        if size < 0:
            raise OutOfRange(f"{key!r}: size {size} must not be negative")
        if self._tree.kind(key) is not None:
            raise UsageError(f"{key!r} exists already: remove it first, or use set_partial")
        self._store(key, bytes(size))

    def _date(self) -> int:
        return 0 if self._clock is None else self._clock.now()

    def _store(self, key: str, value: bytes) -> None:
        used = self._used - self._replaced(key) + len(value)
        if self._capacity is not None and used > self._capacity:
            raise NoSpace(f"no room for {len(value)} bytes under {key!r}: the store holds {self._capacity}")
        self._tree.put(key, Leaf(bytes(value), self._date()))
        self._used = used

    def _replaced(self, key: str) -> int:
        """How many bytes a new value under `key` would free."""
        return len(self._tree.leaf(key).content) if self._tree.kind(key) is Kind.VALUE else 0

    def _size_below(self, key: str) -> int:
        kind = self._tree.kind(key)
        if kind is Kind.DIRECTORY:
            return sum(self._size_below(f"{key}/{entry.name}") for entry in self._tree.list(key))
        return self._replaced(key)
