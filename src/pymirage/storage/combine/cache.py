"""Values of a slow store, remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from pymirage.device.key import segments
from pymirage.device.key_value import KeyValue, Remove, Set
from pymirage.device.key_value_reader import Entry, Kind


@final
class Cache(KeyValue):
    """Keeps up to `size` bytes of the whole values that were read last. Nobody else may write to `store`.

    Changes go through at once, so a crash does what it would do without.
    """

    def __init__(self, store: KeyValue, size: int) -> None:
        self._store = store
        self._capacity = size
        self._held = 0
        self._values: dict[tuple[str, ...], bytes] = {}

    async def exists(self, key: str) -> Kind | None:
        return await self._store.exists(key)

    async def get(self, key: str) -> bytes:
        names = segments(key)
        value = self._values.pop(names, None)
        if value is not None:
            self._values[names] = value
            return value
        value = await self._store.get(key)
        if len(value) <= self._capacity // 4:
            self._values[names] = value
            self._held += len(value)
            while self._held > self._capacity:
                self._held -= len(self._values.pop(next(iter(self._values))))
        return value

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        value = self._values.get(segments(key))
        if value is not None and offset >= 0 and length >= 0:
            return value[offset : offset + length]
        return await self._store.get_partial(key, offset, length)

    async def list(self, key: str = "") -> list[Entry]:
        return await self._store.list(key)

    async def size(self, key: str) -> int:
        return await self._store.size(key)

    async def last_modified(self, key: str) -> int:
        return await self._store.last_modified(key)

    async def digest(self, key: str) -> bytes:
        return await self._store.digest(key)

    async def set(self, key: str, value: bytes) -> None:
        self._forget(key)
        await self._store.set(key, value)

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        self._forget(key)
        await self._store.set_partial(key, offset, data)

    async def remove(self, key: str) -> None:
        self._forget(key)
        await self._store.remove(key)

    async def rename(self, source: str, destination: str) -> None:
        self._forget(source)
        self._forget(destination)
        await self._store.rename(source, destination)

    async def allocate(self, key: str, size: int) -> None:
        self._forget(key)
        await self._store.allocate(key, size)

    async def batch(self, changes: Sequence[Set | Remove]) -> None:
        for change in changes:
            self._forget(change.key)
        await self._store.batch(changes)

    def _forget(self, key: str) -> None:
        """Drops the key and what is below it."""
        names = segments(key)
        for known in [known for known in self._values if known[: len(names)] == names]:
            self._held -= len(self._values.pop(known))
