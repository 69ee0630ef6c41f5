"""Files embedded in the image when it was built."""

from __future__ import annotations

from pymirage.driver.solo5 import _contract
from pymirage.driver.tree import Leaf, Tree
from pymirage.driver.tree_reader import TreeReader
from pymirage.error import DeviceError

# The same files make the same image, so no date is kept: see KeyValueReader.last_modified.
_NO_DATE = 0


class Crunch(TreeReader):
    """Content stays in the image's read-only pages; only what is asked for is copied out of them."""

    def __init__(self, table: str) -> None:
        """Raises DeviceError when the image holds no such table."""
        try:
            files = _contract.crunched(table)
        except (OSError, LookupError) as error:
            raise DeviceError(f"this image holds no files {table!r}: {error}") from error
        super().__init__(Tree())
        for name, content, digest in files:
            self._tree.put(name, Leaf(content, _NO_DATE, digest))

    async def digest(self, key: str) -> bytes:
        digest = self._tree.leaf(key).digest
        assert digest is not None, "computed when the image was built"
        return digest

    def immutable(self) -> bool:
        return True
