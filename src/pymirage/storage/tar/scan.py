"""Walks through an archive: its members, its holes, and where it ends."""

from __future__ import annotations

from typing import Final, final

from pymirage.device.error import BadKey
from pymirage.device.key import segments
from pymirage.storage import sniff
from pymirage.storage.error import StorageError, WrongFormat
from pymirage.storage.span import Span
from pymirage.storage.tar import header, hole, pax
from pymirage.storage.tar.header import BLOCK, Header, padded
from pymirage.storage.tar.member import REPLACES, Member

# Long names and pax headers of sane archives take a few blocks; libarchive draws the line here too.
_EXTENSION_LIMIT: Final = 1 << 20
_FAR: Final = 256 * 1024
_NEAR: Final = 4 * 1024
_EXTENSIONS: Final = frozenset(
    (header.PAX, header.PAX_SUN, header.PAX_GLOBAL, header.GNU_LONG_NAME, header.GNU_LONG_LINK)
)


@final
class Archive:
    """What a scan found. `members` in order of the archive: of two with one key the later counts."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.holes: list[tuple[int, int]] = []
        # Intents whose clean-up a crash may have cut off: (start, end of the header, offsets replaced).
        self.intents: list[tuple[int, int, frozenset[int]]] = []
        # Holes that our reader takes for what they are but others would not.
        self.ragged: list[tuple[int, int]] = []
        self.end = 0

    def alive(self) -> list[Member]:
        """The members that no intent has replaced."""
        dead = frozenset[int]().union(*(replaced for _, _, replaced in self.intents))
        return [member for member in self.members if member.start not in dead]


async def scan(span: Span) -> Archive:
    """Reads every header. Raises StorageError with the place of the first thing that is wrong."""
    scanner = _Scanner(span)
    await scanner.run()
    return scanner.archive


@final
class _Scanner:
    """Goes from header to header. Those of extensions say something about the member that follows them."""

    def __init__(self, span: Span) -> None:
        self.archive = Archive()
        self._span = span
        self._window = _Window(span)
        self._by_name: dict[bytes, Member] = {}
        # What global headers say of all members after them.
        self._defaults: dict[str, bytes] = {}
        self._start = -1
        self._records: dict[str, bytes] = {}
        self._long: dict[bytes, bytes] = {}

    async def run(self) -> None:
        window = self._window
        at = 0
        while at + BLOCK <= self._span.size:
            block = window.data[at - window.start : at - window.start + BLOCK]
            if len(block) < BLOCK or at < window.start:
                block = await window.bytes(at, BLOCK)
            if header.is_zero(block):
                break
            head = await self._header(block, at)
            if head.typeflag in _EXTENSIONS:
                at = await self._extension(head, at)
            else:
                at = self._member(block, head, at)
                self._start = -1
        if self._start >= 0:
            raise StorageError("tar extension header without the member that it describes", self._start)
        self.archive.end = at

    async def _header(self, block: bytes, at: int) -> Header:
        try:
            return header.parse(block, at)
        except StorageError:
            if at:
                raise
        raise WrongFormat(f"no tar archive: {sniff.describe(await sniff.identify(self._span))}")

    async def _extension(self, head: Header, at: int) -> int:
        """Notes what an extension header says; where the next header is."""
        data = at + BLOCK
        end = self._end(head, at, head.size)
        if head.typeflag == header.PAX_GLOBAL and head.name == hole.NAME:
            await self._hole(head, at, end)
            return end
        if head.size > _EXTENSION_LIMIT:
            raise StorageError(f"tar extension header of {head.size} bytes", at)
        body = await self._window.bytes(data, head.size)
        if head.typeflag == header.PAX_GLOBAL:
            self._global(pax.parse(body, data), at, end)
            return end
        if self._start < 0:
            self._start, self._records, self._long = at, dict(self._defaults), {}
        if head.typeflag in (header.GNU_LONG_NAME, header.GNU_LONG_LINK):
            self._long[head.typeflag] = body.partition(b"\0")[0]
        else:
            self._records.update(_whole(pax.parse(body, data), data))
        return end

    async def _hole(self, head: Header, at: int, end: int) -> None:
        self.archive.holes.append((at, end))
        if head.size:
            start = await self._window.bytes(at + BLOCK, min(head.size, 32))
            if not hole.is_neat(start, await self._window.bytes(end - 1, 1), head.size):
                self.archive.ragged.append((at, end))

    def _global(self, records: dict[str, bytes], at: int, end: int) -> None:
        replaced = records.pop(REPLACES, None)
        if replaced is None:
            self._defaults.update(records)
        else:
            starts = frozenset(pax.number(offset, at) for offset in replaced.split())
            self.archive.intents.append((at, end, starts))

    def _member(self, block: bytes, head: Header, at: int) -> int:
        """Notes the member with main header `head`, if a key can name it; where the next header is."""
        if self._start < 0:
            self._start, self._records = at, self._defaults
            if self._long:
                self._long = {}
        records = self._records
        size = head.body
        if "size" in records and head.typeflag not in header.BODILESS:
            size = pax.number(records["size"], at)
        end = self._end(head, at, size)
        raw = self._long.get(header.GNU_LONG_NAME, head.name)
        mtime = head.mtime * 1_000_000_000
        if records:
            raw = records.get("path", raw)
            mtime = pax.nanoseconds(records["mtime"], at) if "mtime" in records else mtime
        typeflag, data = _kind(head, raw, at), at + BLOCK
        if typeflag == header.HARD_LINK:
            target = self._by_name.get(self._link_name(block))
            if target is None:
                return end
            typeflag, data, size = header.REGULAR, target.data, target.size
        key = _key(raw) if typeflag else None
        if key is not None:
            size = 0 if typeflag == header.DIRECTORY else size
            member = Member(key, typeflag, self._start, data, size, end, mtime)
            self._by_name[raw] = member
            self.archive.members.append(member)
        return end

    def _link_name(self, block: bytes) -> bytes:
        start, size = header.LINKNAME
        short = block[start : start + size].partition(b"\0")[0]
        return self._long.get(header.GNU_LONG_LINK, self._records.get("linkpath", short))

    def _end(self, head: Header, at: int, size: int) -> int:
        end = at + BLOCK + padded(size)
        if end > self._span.size:
            raise StorageError(f"the device ends within {_shown(head)}, which has {size} bytes", at)
        return end


def _whole(records: dict[str, bytes], place: int) -> dict[str, bytes]:
    """The records, which may not say that only parts of the file are there."""
    if any(keyword.startswith("GNU.sparse.") for keyword in records):
        name = records.get("GNU.sparse.name", b"a member").decode("utf-8", "replace")
        raise StorageError(f"{name!r} is sparse (pax format): make the archive without --sparse", place)
    return records


def _kind(head: Header, raw: bytes, at: int) -> bytes:
    """REGULAR, DIRECTORY or HARD_LINK; empty for what no key names. Raises for what cannot be read."""
    match head.typeflag:
        case header.REGULAR | header.HARD_LINK:
            return head.typeflag
        case header.REGULAR_V7:
            # Archives from before POSIX have no type for directories but a slash at the end of the name.
            return header.DIRECTORY if raw.endswith(b"/") else header.REGULAR
        case header.DIRECTORY | header.GNU_DUMPDIR:
            return header.DIRECTORY
        case header.SYMBOLIC_LINK | header.CHARACTER_DEVICE | header.BLOCK_DEVICE | header.FIFO:
            return b""
        case header.GNU_VOLUME:
            return b""
        case header.GNU_SPARSE:
            what = f"{_shown(head)} is a sparse member (old GNU format): make the archive without --sparse"
            raise StorageError(what, at)
        case header.GNU_MULTI_VOLUME:
            what = f"{_shown(head)} is the rest of another volume: make the archive in one volume"
            raise StorageError(what, at)
    # POSIX: a type that is not known is a regular file.
    return header.REGULAR


def _shown(head: Header) -> str:
    return repr(head.name.decode("utf-8", "replace"))


def _key(raw: bytes) -> tuple[str, ...] | None:
    """The key of a member's name; None for the root and for names that lead out of the archive."""
    text = raw.decode("utf-8", "surrogateescape").strip("/")
    try:
        return segments(text) or None
    except BadKey:
        pass
    try:
        return segments("/".join(name for name in text.split("/") if name not in ("", "."))) or None
    except BadKey:
        return None


@final
class _Window:
    """Reads ahead: much while headers lie close together, little while they lie far apart."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.start = 0
        self.data = b""

    async def bytes(self, at: int, length: int) -> bytes:
        skip = at - self.start
        if skip >= 0 and skip + length <= len(self.data):
            return self.data[skip : skip + length]
        ahead = _FAR if 0 <= skip <= len(self.data) + _NEAR else _NEAR
        self.data = await self._span.read(at, min(max(length, ahead), max(self._span.size - at, length)))
        self.start = at
        return self.data[:length]
