"""A tree of directories and values in memory, addressed by keys: what crunched and in-memory stores share."""

from __future__ import annotations

from pymirage.device import Entry, Kind
from pymirage.device.error import IsDirectory, NotDirectory, NotFound, OutOfRange
from pymirage.device.key import segments
from pymirage.error import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias


class Leaf:
    """A value: its bytes, when it was stored (nanoseconds since 1970), and its SHA-256 if known."""

    __slots__ = ("content", "digest", "modified")

    def __init__(self, content: bytes | memoryview, modified: int, digest: bytes | None = None) -> None:
        self.content = content
        self.modified = modified
        self.digest = digest


class Branch:
    """A directory: its entries by name, and when one was last added or removed."""

    __slots__ = ("entries", "modified")

    def __init__(self, modified: int) -> None:
        self.entries: dict[str, Node] = {}
        self.modified = modified


if TYPE_CHECKING:
    Node: TypeAlias = Leaf | Branch


class Tree:
    """Keys and errors as in `device/key_value_reader.py` and `device/key_value.py`."""

    def __init__(self, modified: int = 0) -> None:
        self._root = Branch(modified)

    def kind(self, key: str) -> Kind | None:
        try:
            return Kind.DIRECTORY if isinstance(self.find(key), Branch) else Kind.VALUE
        except (NotFound, NotDirectory):
            return None

    def find(self, key: str) -> Node:
        node: Node = self._root
        for name in segments(key):
            if isinstance(node, Leaf):
                raise NotDirectory(f"{key!r} leads through a value, before {name!r}")
            if name not in node.entries:
                raise NotFound(f"nothing is stored under {key!r}")
            node = node.entries[name]
        return node

    def leaf(self, key: str) -> Leaf:
        node = self.find(key)
        if isinstance(node, Branch):
            raise IsDirectory(f"{key!r} is a directory")
        return node

    def list(self, key: str) -> list[Entry]:
        node = self.find(key)
        if isinstance(node, Leaf):
            raise NotDirectory(f"{key!r} is a value, not a directory")
        return [
            Entry(name, Kind.DIRECTORY if isinstance(below, Branch) else Kind.VALUE)
            for name, below in sorted(node.entries.items())
        ]

    def put(self, key: str, leaf: Leaf) -> None:
        """Stores a leaf in place of the one that was there, making the directories on the way."""
        branch, name = self._place(key, leaf.modified)
        if isinstance(branch.entries.get(name), Branch):
            raise IsDirectory(f"{key!r} is a directory")
        branch.entries[name] = leaf
        branch.modified = leaf.modified

    def remove(self, key: str, now: int) -> None:
        names = _below_root(key)
        if self.kind(key) is not None:
            branch = self._parent(names)
            del branch.entries[names[-1]]
            branch.modified = now

    def rename(self, source: str, destination: str, now: int) -> None:
        old, new = _below_root(source), _below_root(destination)
        node = self.find(source)
        if new == old:
            return
        if new[: len(old)] == old:
            raise UsageError(f"cannot move {source!r} below itself, to {destination!r}")
        branch, name = self._place(destination, now)
        if isinstance(branch.entries.get(name), Branch):
            raise IsDirectory(f"{destination!r} is a directory")
        # First gone from the old place, then there in the new one: the old parent may be the new one, too.
        parent = self._parent(old)
        del parent.entries[old[-1]]
        branch.entries[name] = node
        parent.modified = branch.modified = now

    def _parent(self, names: tuple[str, ...]) -> Branch:
        node = self.find("/".join(names[:-1]))
        assert isinstance(node, Branch)
        return node

    def _place(self, key: str, now: int) -> tuple[Branch, str]:
        """The directory that holds, or will hold, `key`, and the name in it."""
        names = _below_root(key)
        self._check_way(key, names)
        branch = self._root
        for name in names[:-1]:
            below = branch.entries.setdefault(name, Branch(now))
            assert isinstance(below, Branch)
            branch = below
        return branch, names[-1]

    def _check_way(self, key: str, names: tuple[str, ...]) -> None:
        """Refuses a way through a value before any directory is made on it."""
        node: Node | None = self._root
        for name in names[:-1]:
            node = node.entries.get(name) if isinstance(node, Branch) else node
            if isinstance(node, Leaf):
                raise NotDirectory(f"{key!r} leads through {name!r}, which is a value")


def _below_root(key: str) -> tuple[str, ...]:
    names = segments(key)
    if not names:
        raise UsageError("the root can be neither set, removed nor renamed")
    return names


def check_part(key: str, offset: int, length: int) -> None:
    if offset < 0 or length < 0:
        raise OutOfRange(f"{key!r}: offset {offset} and length {length} must not be negative")
