"""Values under names, to be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum


class Kind(Enum):
    """What a key can name."""

    VALUE = "value"
    DIRECTORY = "directory"


class Entry:
    """One line of a directory's listing."""

    __slots__ = ("kind", "name")

    def __init__(self, name: str, kind: Kind) -> None:
        self.name = name
        self.kind = kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and (self.name, self.kind) == (other.name, other.kind)

    def __hash__(self) -> int:
        return hash((self.name, self.kind))

    def __repr__(self) -> str:
        return f"Entry({self.name!r}, {self.kind})"


class KeyValueReader(ABC):
    """A tree of directories with values (bytes) at its leaves. Keys are described in `device/key.py`.

    Every operation raises BadKey for text that is no key, and DeviceError when the host or the format
    fails; those on one key raise NotFound when it names nothing and NotDirectory when it leads through a
    value. Operations on a value raise IsDirectory when the key names a directory.
    """

    @abstractmethod
    async def exists(self, key: str) -> Kind | None:
        """What the key names; None when nothing (or when it leads through a value): never NotFound."""

    @abstractmethod
    async def get(self, key: str) -> bytes:
        """The whole value."""

    @abstractmethod
    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on: fewer, or none, where the value ends.

        Raises OutOfRange when either is negative.
        """

    @abstractmethod
    async def list(self, key: str = "") -> list[Entry]:
        """What the directory holds, sorted by name. Raises NotDirectory when the key names a value."""

    @abstractmethod
    async def size(self, key: str) -> int:
        """The value's length in bytes."""

    @abstractmethod
    async def last_modified(self, key: str) -> int:
        """When the value or directory last changed: nanoseconds since 1970-01-01T00:00:00Z.

        0 where the store keeps no dates, as content embedded in an image, which is the same on every build.
        """

    @abstractmethod
    async def digest(self, key: str) -> bytes:
        """The SHA-256 digest of the value (32 bytes), fit for an HTTP entity tag or a comparison."""

    def immutable(self) -> bool:
        """Whether no value changes while the program runs, so that what was read may be kept.

        False where that is not known. Does not wait.
        """
        return False
