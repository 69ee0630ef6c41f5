"""An index of keys in memory: directories of names with leaves of any kind; for flat formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from pymirage.device.error import IsDirectory, NotDirectory, NotFound
from pymirage.device.key_value_reader import Entry, Kind

Leaf = TypeVar("Leaf")


class Directory(Generic[Leaf]):
    """One directory; `mark` is the leaf of the directory itself, where the format wrote one."""

    __slots__ = ("children", "mark")

    def __init__(self) -> None:
        self.children: dict[str, Leaf | Directory[Leaf]] = {}
        self.mark: Leaf | None = None

    def find(self, names: tuple[str, ...]) -> Leaf | Directory[Leaf] | None:
        """What the path names; None when nothing. Raises NotDirectory when it leads through a leaf."""
        node: Leaf | Directory[Leaf] = self
        for name in names:
            if not isinstance(node, Directory):
                raise NotDirectory(f"{'/'.join(names)!r} leads through a value")
            child = node.children.get(name)
            if child is None:
                return None
            node = child
        return node

    def leaf(self, names: tuple[str, ...]) -> Leaf:
        """The leaf at the path. Raises NotFound, NotDirectory, IsDirectory."""
        node = self.find(names)
        if node is None:
            raise NotFound(f"{'/'.join(names)!r} is not there")
        if isinstance(node, Directory):
            raise IsDirectory(f"{'/'.join(names)!r} is a directory")
        return node

    def directory(self, names: tuple[str, ...]) -> Directory[Leaf]:
        """The directory at the path. Raises NotFound, NotDirectory."""
        node = self.find(names)
        if node is None:
            raise NotFound(f"{'/'.join(names)!r} is not there")
        if not isinstance(node, Directory):
            raise NotDirectory(f"{'/'.join(names)!r} is a value")
        return node

    def make(self, names: tuple[str, ...]) -> Directory[Leaf]:
        """The directory at the path, made with its parents where absent. Raises NotDirectory."""
        node: Directory[Leaf] = self
        for name in names:
            child = node.children.setdefault(name, Directory())
            if not isinstance(child, Directory):
                raise NotDirectory(f"{'/'.join(names)!r} leads through a value")
            node = child
        return node

    def entries(self) -> list[Entry]:
        """The listing, sorted by name."""
        return [
            Entry(name, Kind.DIRECTORY if isinstance(child, Directory) else Kind.VALUE)
            for name, child in sorted(self.children.items(), key=lambda item: item[0])
        ]

    def leaves(self) -> Iterator[Leaf]:
        """Every leaf and mark at and below this directory."""
        if self.mark is not None:
            yield self.mark
        for child in self.children.values():
            if isinstance(child, Directory):
                yield from child.leaves()
            else:
                yield child


def kind(node: Leaf | Directory[Leaf] | None) -> Kind | None:
    if node is None:
        return None
    return Kind.DIRECTORY if isinstance(node, Directory) else Kind.VALUE
