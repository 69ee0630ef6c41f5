"""Values under names, to be read and written."""

from __future__ import annotations

from abc import abstractmethod

from pymirage.device.key_value_reader import KeyValueReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Set:
    """In a batch: store `value` under `key`."""

    __slots__ = ("key", "value")

    def __init__(self, key: str, value: bytes) -> None:
        self.key = key
        self.value = value


class Remove:
    """In a batch: remove `key` and what is below it."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key


class KeyValue(KeyValueReader):
    """A tree that can change. Directories come into being with their first value, and are kept when empty.

    What an operation has stored is read back at once; the store's own documentation says when it also
    survives a crash. Every operation raises NoSpace when the store is full, leaving it as it was, and
    ReadOnly when it cannot be written; the root can be neither set, removed nor renamed (UsageError).
    """

    @abstractmethod
    async def set(self, key: str, value: bytes) -> None:
        """Stores `value`, in place of the value that was there: readers see the old or the new one whole.

        Raises IsDirectory when the key names a directory.
        """

    @abstractmethod
    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        """Overwrites part of an existing value, which grows, with zeros in a gap, when it ends before.

        Raises OutOfRange when `offset` is negative.
        """

    @abstractmethod
    async def remove(self, key: str) -> None:
        """Removes a value, or a directory and all below it. Removing what is not there is no error."""

    @abstractmethod
    async def rename(self, source: str, destination: str) -> None:
        """Moves a value or a directory; a value at the destination is replaced.

        Raises IsDirectory when the destination is a directory, UsageError when it lies below the source.
        """

    @abstractmethod
    async def allocate(self, key: str, size: int) -> None:
        """Makes a new value of `size` zero bytes, so that later `set_partial`s find their room.

        Raises UsageError when the key exists, OutOfRange when `size` is negative.
        """

    async def batch(self, changes: Sequence[Set | Remove]) -> None:
        """Applies the changes in order; all or nothing where the store promises it, else one by one."""
        for change in changes:
            if isinstance(change, Set):
                await self.set(change.key, change.value)
            else:
                await self.remove(change.key)
