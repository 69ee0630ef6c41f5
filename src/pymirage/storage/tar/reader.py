"""The values of a tar archive, to be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, final

from pymirage.device.arguments import check_range
from pymirage.device.block import Block
from pymirage.device.error import NotDirectory, NotFound
from pymirage.device.key import segments
from pymirage.device.key_value_reader import Entry, KeyValueReader, Kind
from pymirage.storage import tree
from pymirage.storage.digest import sha256
from pymirage.storage.error import StorageError
from pymirage.storage.span import Span
from pymirage.storage.tar.member import Member
from pymirage.storage.tar.scan import scan

_PIECE: Final = 1 << 20


@final
class Tar(KeyValueReader):
    """Reads the archive's headers when connected, values when asked.

    Of members with one name the last counts. Hard links name the value that they link to; symbolic
    links, devices, and names with ".." are passed over. Sparse and multi-volume archives are refused.
    """

    def __init__(self, span: Span, root: tree.Directory[Member]) -> None:
        self._span = span
        self._root = root

    @classmethod
    async def connect(cls, block: Block) -> Tar:
        """Raises WrongFormat when the device holds no archive, StorageError when it is damaged."""
        span = Span(block)
        archive = await scan(span)
        return cls(span, index(archive.alive()))

    async def exists(self, key: str) -> Kind | None:
        try:
            return tree.kind(self._root.find(segments(key)))
        except NotDirectory:
            return None

    async def get(self, key: str) -> bytes:
        member = self._root.leaf(segments(key))
        return await self._span.read(member.data, member.size)

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        check_range(key, offset, length)
        member = self._root.leaf(segments(key))
        start = min(offset, member.size)
        return await self._span.read(member.data + start, min(length, member.size - start))

    async def list(self, key: str = "") -> list[Entry]:
        return self._root.directory(segments(key)).entries()

    async def size(self, key: str) -> int:
        return self._root.leaf(segments(key)).size

    async def last_modified(self, key: str) -> int:
        node = self._root.find(segments(key))
        if node is None:
            raise NotFound(f"{key!r} is not there")
        if isinstance(node, Member):
            return node.mtime
        if node.mark is not None:
            return node.mark.mtime
        return max((child.mtime for child in node.children.values() if isinstance(child, Member)), default=0)

    async def digest(self, key: str) -> bytes:
        return await sha256(self._pieces(self._root.leaf(segments(key))))

    async def _pieces(self, member: Member) -> AsyncIterator[bytes]:
        for at in range(0, member.size, _PIECE):
            yield await self._span.read(member.data + at, min(_PIECE, member.size - at))


def index(members: list[Member]) -> tree.Directory[Member]:
    """The members by key; of two with one key the later."""
    root: tree.Directory[Member] = tree.Directory()
    parents: dict[tuple[str, ...], tree.Directory[Member]] = {}
    for member in members:
        key = member.key
        try:
            if member.is_directory:
                root.make(key).mark = member
                continue
            # Archives list one directory after another: remembering the parents saves walking to each.
            parent = parents.get(key[:-1])
            if parent is None:
                parent = parents[key[:-1]] = root.make(key[:-1])
        except NotDirectory:
            raise StorageError(f"{'/'.join(key)!r} leads through a value", member.start) from None
        if isinstance(parent.children.get(key[-1]), tree.Directory):
            raise StorageError(f"{'/'.join(key)!r} is a directory and a value", member.start)
        parent.children[key[-1]] = member
    return root
