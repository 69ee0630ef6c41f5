"""One change to the index of an archive: what it adds, what it replaces, and how to take it back."""

from __future__ import annotations

from typing import final

from pymirage.device.error import IsDirectory, NotDirectory
from pymirage.storage.tar import member as blocks
from pymirage.storage.tar.header import DIRECTORY, REGULAR, padded
from pymirage.storage.tar.member import Member
from pymirage.storage.tree import Directory

Node = Member | Directory[Member]


@final
class Edit:
    """Changes the index at once; offsets of added members count from the unit until it is placed."""

    def __init__(self, root: Directory[Member]) -> None:
        self._root = root
        self._undo: list[tuple[Directory[Member], str, Node | None]] = []
        self._undo_marks: list[tuple[Directory[Member], Member | None]] = []
        self._parents: list[tuple[str, ...]] = []
        self.added: dict[Member, bytes] = {}
        self.dead: list[Member] = []

    def put(self, key: tuple[str, ...], value: bytes, mtime: int) -> None:
        """Raises NotDirectory, IsDirectory."""
        parent = self._way(key)
        old = parent.children.get(key[-1])
        if isinstance(old, Directory):
            raise IsDirectory(f"{'/'.join(key)!r} is a directory")
        data = blocks.value(key, value, mtime)
        start = len(data) - padded(len(value))
        member = Member(key, REGULAR, 0, start, len(value), len(data), mtime)
        self._replace(parent, key[-1], member)
        self.added[member] = data

    def put_directory(self, key: tuple[str, ...], mtime: int) -> None:
        parent = self._way(key)
        directory = parent.children.get(key[-1])
        if not isinstance(directory, Directory):
            directory = Directory()
            self._replace(parent, key[-1], directory)
        data = blocks.headers(key, 0, mtime, DIRECTORY)
        member = Member(key, DIRECTORY, 0, len(data), 0, len(data), mtime)
        self._undo_marks.append((directory, directory.mark))
        self._bury(directory.mark)
        directory.mark = member
        self.added[member] = data

    def remove(self, key: tuple[str, ...]) -> None:
        """Removes what is there, if anything."""
        try:
            if self._root.find(key) is None:
                return
        except NotDirectory:
            return
        self._replace(self._root.directory(key[:-1]), key[-1], None)
        self._parents.append(key[:-1])

    def keep_empty_directories(self, mtime: int) -> None:
        """A directory without members needs one of its own to stay."""
        for key in self._parents:
            try:
                directory = self._root.find(key)
            except NotDirectory:
                continue
            if key and isinstance(directory, Directory) and not directory.children and not directory.mark:
                self.put_directory(key, mtime)

    def is_nothing(self) -> bool:
        return not self.added and not self.dead and not self._undo

    def pieces(self) -> list[bytes]:
        return list(self.added.values())

    def placed(self, at: int) -> None:
        """Says where the first added member lies; the others follow it. There is no way back then."""
        for member, data in self.added.items():
            member.shift(at)
            at += len(data)
        self._undo.clear()
        self._undo_marks.clear()

    def forget_added(self) -> None:
        """Takes back the directories that were to be kept, for want of room."""
        for directory, mark in self._undo_marks:
            directory.mark = mark
        self.added.clear()

    def undo(self) -> None:
        for directory, mark in reversed(self._undo_marks):
            directory.mark = mark
        for directory, name, node in reversed(self._undo):
            if node is None:
                directory.children.pop(name, None)
            else:
                directory.children[name] = node
        self._undo.clear()
        self._undo_marks.clear()

    def _way(self, key: tuple[str, ...]) -> Directory[Member]:
        """The parent of `key`, made where absent, so that it is unmade when the change fails."""
        node = self._root
        for depth, name in enumerate(key[:-1]):
            if name not in node.children:
                self._undo.append((node, name, None))
            node = node.make(key[depth : depth + 1])
        return node

    def _replace(self, parent: Directory[Member], name: str, node: Node | None) -> None:
        old = parent.children.get(name)
        self._undo.append((parent, name, old))
        if isinstance(old, Directory):
            for member in list(old.leaves()):
                self._bury(member)
        else:
            self._bury(old)
        if node is None:
            del parent.children[name]
        else:
            parent.children[name] = node

    def _bury(self, member: Member | None) -> None:
        """A member that this very change added was never there; another one is dead."""
        if member is not None and self.added.pop(member, None) is None:
            self.dead.append(member)
