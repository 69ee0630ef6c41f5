"""One directory of a store as a store of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from pymirage.device.error import NotFound
from pymirage.device.key import segments
from pymirage.device.key_value import KeyValue, Remove, Set
from pymirage.device.key_value_reader import Entry, KeyValueReader, Kind
from pymirage.error import UsageError


class PrefixReader(KeyValueReader):
    """What is below the directory `prefix` of another store. No key leads out of it."""

    def __init__(self, store: KeyValueReader, prefix: str) -> None:
        self._reader = store
        self._prefix = "/".join(segments(prefix))

    async def exists(self, key: str) -> Kind | None:
        found = await self._reader.exists(self._below(key))
        # The root is there, also when nothing has been stored in it yet.
        return found if found is not None or segments(key) else Kind.DIRECTORY

    async def get(self, key: str) -> bytes:
        return await self._reader.get(self._below(key))

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        return await self._reader.get_partial(self._below(key), offset, length)

    async def list(self, key: str = "") -> list[Entry]:
        try:
            return await self._reader.list(self._below(key))
        except NotFound:
            if segments(key):
                raise
            return []

    async def size(self, key: str) -> int:
        return await self._reader.size(self._below(key))

    async def last_modified(self, key: str) -> int:
        return await self._reader.last_modified(self._below(key))

    async def digest(self, key: str) -> bytes:
        return await self._reader.digest(self._below(key))

    def _below(self, key: str) -> str:
        names = segments(key)
        return "/".join((self._prefix, *names)) if self._prefix else "/".join(names)


@final
class Prefix(PrefixReader, KeyValue):
    """The same, to be written too."""

    def __init__(self, store: KeyValue, prefix: str) -> None:
        super().__init__(store, prefix)
        self._store = store

    async def set(self, key: str, value: bytes) -> None:
        await self._store.set(self._inside(key), value)

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        await self._store.set_partial(self._inside(key), offset, data)

    async def remove(self, key: str) -> None:
        await self._store.remove(self._inside(key))

    async def rename(self, source: str, destination: str) -> None:
        await self._store.rename(self._inside(source), self._inside(destination))

    async def allocate(self, key: str, size: int) -> None:
        await self._store.allocate(self._inside(key), size)

    async def batch(self, changes: Sequence[Set | Remove]) -> None:
        moved: list[Set | Remove] = []
        for change in changes:
            key = self._inside(change.key)
            moved.append(Set(key, change.value) if isinstance(change, Set) else Remove(key))
        await self._store.batch(moved)

    def _inside(self, key: str) -> str:
        if not segments(key):
            raise UsageError("the root can be neither set, removed nor renamed")
        return self._below(key)
