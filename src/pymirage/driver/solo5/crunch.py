"""Files embedded in the image when it was built."""

from __future__ import annotations

from pymirage.device import Entry, KeyValueReader, Kind
from pymirage.driver.solo5 import _contract
from pymirage.driver.tree import Leaf, Tree, check_part
from pymirage.error import DeviceError

# The same files make the same image, so no date is kept: see KeyValueReader.last_modified.
_NO_DATE = 0


class Crunch(KeyValueReader):
    """Content stays in the image's read-only pages; only what is asked for is copied out of them."""

    def __init__(self, table: str) -> None:
        """Raises DeviceError when the image holds no such table."""
        try:
            files = _contract.crunched(table)
        except (OSError, LookupError) as error:
            raise DeviceError(f"this image holds no files {table!r}: {error}") from error
        self._tree = Tree()
        for name, content, digest in files:
            self._tree.put(name, Leaf(content, _NO_DATE, digest))

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

    async def digest(self, key: str) -> bytes:
        digest = self._tree.leaf(key).digest
        assert digest is not None, "computed when the image was built"
        return digest

    def immutable(self) -> bool:
        return True
