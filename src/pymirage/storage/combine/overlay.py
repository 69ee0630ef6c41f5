"""A store that can be written, over one that cannot: what is set hides what is below."""

from __future__ import annotations

from typing import Final, final

from pymirage.device.arguments import below_root, check_move, check_range, spliced
from pymirage.device.error import BadKey, IsDirectory, NotDirectory, NotFound
from pymirage.device.key import segments
from pymirage.device.key_value import KeyValue
from pymirage.device.key_value_reader import Entry, KeyValueReader, Kind
from pymirage.error import UsageError

# As in layers of container images: an empty value with this before the name says that the name is gone.
WHITEOUT: Final = ".wh."


@final
class Overlay(KeyValue):
    """Reads `upper` first, then `lower`; writes to `upper` only.

    A removed key of `lower` is remembered in `upper`, as an empty value whose name starts with ".wh.":
    such names cannot be used. `rename` of what lies in `lower` copies it, and a change is as safe as
    `upper` makes each of its steps.
    """

    def __init__(self, upper: KeyValue, lower: KeyValueReader) -> None:
        self._upper = upper
        self._lower = lower

    async def exists(self, key: str) -> Kind | None:
        names = segments(key)
        if _is_ours(names):
            return None
        found = await self._upper.exists(key)
        if found is not None or not names:
            return found or Kind.DIRECTORY
        return await self._lower.exists(key) if await self._shines(names) else None

    async def get(self, key: str) -> bytes:
        return await (await self._owner(key)).get(key)

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        return await (await self._owner(key)).get_partial(key, offset, length)

    async def list(self, key: str = "") -> list[Entry]:
        names = segments(key)
        if await self.exists(key) is not Kind.DIRECTORY:
            # Says what is wrong with the key.
            return await (await self._owner(key)).list(key)
        found: dict[str, Entry] = {}
        gone: set[str] = set()
        if await self._upper.exists(key) is Kind.DIRECTORY:
            for entry in await self._upper.list(key):
                if entry.name.startswith(WHITEOUT):
                    gone.add(entry.name[len(WHITEOUT) :])
                else:
                    found[entry.name] = entry
        if await self._shines(names) and await self._lower.exists(key) is Kind.DIRECTORY:
            for entry in await self._lower.list(key):
                if entry.name not in gone:
                    found.setdefault(entry.name, entry)
        return [found[name] for name in sorted(found)]

    async def size(self, key: str) -> int:
        return await (await self._owner(key)).size(key)

    async def last_modified(self, key: str) -> int:
        return await (await self._owner(key)).last_modified(key)

    async def digest(self, key: str) -> bytes:
        return await (await self._owner(key)).digest(key)

    async def set(self, key: str, value: bytes) -> None:
        names = self._changing(key)
        await self._check_way(names)
        if await self.exists(key) is Kind.DIRECTORY:
            raise IsDirectory(f"{key!r} is a directory")
        await self._upper.set(key, value)

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        check_range(key, offset)
        self._changing(key)
        if await self._upper.exists(key) is Kind.VALUE:
            await self._upper.set_partial(key, offset, data)
        else:
            await self.set(key, spliced(await self.get(key), offset, data))

    async def remove(self, key: str) -> None:
        names = self._changing(key)
        if await self.exists(key) is None:
            return
        # First the mark, so that what is below does not come through in between.
        hidden = await self._shines(names) and await self._lower.exists(key) is not None
        if hidden:
            await self._upper.set("/".join((*names[:-1], WHITEOUT + names[-1])), b"")
        elif len(names) > 1 and await self._upper.exists("/".join(names[:-1])) is None:
            return
        await self._upper.remove(key)

    async def rename(self, source: str, destination: str) -> None:
        old, new = self._changing(source), self._changing(destination)
        kind = await self.exists(source)
        if kind is None:
            await self._owner(source)
            raise NotFound(f"{source!r} is not there")
        if old == new:
            return
        check_move(old, new)
        if await self.exists(destination) is Kind.DIRECTORY:
            raise IsDirectory(f"{destination!r} is a directory")
        await self._check_way(new)
        await self._copy("/".join(old), "/".join(new), kind)
        await self.remove(source)

    async def allocate(self, key: str, size: int) -> None:
        check_range(key, 0, size)
        names = self._changing(key)
        if await self.exists(key) is not None:
            raise UsageError(f"{key!r} exists already: remove it first, or use set_partial")
        await self._check_way(names)
        await self._upper.allocate(key, size)

    async def _copy(self, source: str, destination: str, kind: Kind) -> None:
        if kind is Kind.VALUE:
            await self._upper.set(destination, await self.get(source))
            return
        if await self._upper.exists(destination) is Kind.VALUE:
            await self._upper.remove(destination)
        # Made even if it is to stay empty, and nothing of a lower namesake may shine through.
        await self._upper.set(f"{destination}/{WHITEOUT}", b"")
        for entry in await self.list(source):
            await self._copy(f"{source}/{entry.name}", f"{destination}/{entry.name}", entry.kind)

    async def _owner(self, key: str) -> KeyValueReader:
        """The store that answers for a key that names something; else the one that says what is wrong."""
        names = segments(key)
        if _is_ours(names):
            raise NotFound(f"{key!r} is not there")
        if await self._upper.exists(key) is not None:
            return self._upper
        for depth in range(1, len(names)):
            if await self.exists("/".join(names[:depth])) is Kind.VALUE:
                raise NotDirectory(f"{key!r} leads through a value")
        return self._lower if await self._shines(names) else self._upper

    async def _shines(self, names: tuple[str, ...]) -> bool:
        """Whether nothing in the upper store hides the key from the lower one."""
        for depth in range(len(names)):
            above = "/".join(names[:depth])
            kind = await self._upper.exists(above)
            if kind is Kind.VALUE:
                return False
            if kind is None:
                return True
            if await self._upper.exists("/".join((*names[:depth], WHITEOUT + names[depth]))) is not None:
                return False
            if depth and await self._upper.exists("/".join((*names[:depth], WHITEOUT))) is not None:
                return False
        if names and await self._upper.exists("/".join(names)) is Kind.DIRECTORY:
            return await self._upper.exists("/".join((*names, WHITEOUT))) is None
        return True

    async def _check_way(self, names: tuple[str, ...]) -> None:
        for depth in range(1, len(names)):
            if await self.exists("/".join(names[:depth])) is Kind.VALUE:
                raise NotDirectory(f"{'/'.join(names)!r} leads through a value")

    def _changing(self, key: str) -> tuple[str, ...]:
        names = below_root(key)
        if _is_ours(names):
            raise BadKey(f"{key!r}: names that start with {WHITEOUT!r} are the overlay's own")
        return names


def _is_ours(names: tuple[str, ...]) -> bool:
    return any(name.startswith(WHITEOUT) for name in names)
