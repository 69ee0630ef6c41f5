"""Reading values that lie in a tree in memory, wherever they came from."""

from __future__ import annotations

from pymirage.device import Entry, KeyValueReader, Kind
from pymirage.driver.tree import Tree, check_part


class TreeReader(KeyValueReader):
    """Only what is asked for is copied out."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    async def exists(self, key: str) -> Kind | None:
        return self._tree.kind(key)

    async def get(self, key: str) -> bytes:
        return bytes(self._tree.leaf(key).content)

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        check_part(key, offset, length)
        return bytes(self._tree.leaf(key).content[offset : offset + length])

    async def list(self, key: str = "") -> list[Entry]:
        return self._tree.list(key)

    async def size(self, key: str) -> int:
        return len(self._tree.leaf(key).content)

    async def last_modified(self, key: str) -> int:
        return self._tree.find(key).modified
