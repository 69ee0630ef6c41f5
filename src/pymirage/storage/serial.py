"""One operation at a time on a store whose changes take several steps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import final

from pymirage.device.key_value import KeyValue, Remove, Set
from pymirage.device.key_value_reader import Entry, Kind
from pymirage.storage.whole import Whole


@final
class Serial(KeyValue):
    """Lets the operations of concurrent tasks wait for each other, first come, first served.

    A change that has begun is done to its end, also when its task is cancelled.
    """

    def __init__(self, store: KeyValue) -> None:
        self._store = store
        self._turn = asyncio.Lock()

    async def exists(self, key: str) -> Kind | None:
        async with self._turn:
            return await self._store.exists(key)

    async def get(self, key: str) -> bytes:
        async with self._turn:
            return await self._store.get(key)

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        async with self._turn:
            return await self._store.get_partial(key, offset, length)

    async def list(self, key: str = "") -> list[Entry]:
        async with self._turn:
            return await self._store.list(key)

    async def size(self, key: str) -> int:
        async with self._turn:
            return await self._store.size(key)

    async def last_modified(self, key: str) -> int:
        async with self._turn:
            return await self._store.last_modified(key)

    async def digest(self, key: str) -> bytes:
        async with self._turn:
            return await self._store.digest(key)

    async def set(self, key: str, value: bytes) -> None:
        async with self._turn:
            await Whole(self._store.set(key, value))

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        async with self._turn:
            await Whole(self._store.set_partial(key, offset, data))

    async def remove(self, key: str) -> None:
        async with self._turn:
            await Whole(self._store.remove(key))

    async def rename(self, source: str, destination: str) -> None:
        async with self._turn:
            await Whole(self._store.rename(source, destination))

    async def allocate(self, key: str, size: int) -> None:
        async with self._turn:
            await Whole(self._store.allocate(key, size))

    async def batch(self, changes: Sequence[Set | Remove]) -> None:
        async with self._turn:
            await Whole(self._store.batch(changes))
