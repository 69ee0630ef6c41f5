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

_HARD_LINK: Final = b"1"
# Symbolic links and devices are nothing that a key names.
_NOT_VALUES: Final = (b"2", b"3", b"4", b"6", header.GNU_VOLUME)


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


@final
class _Pending:
    """What extension headers say about the member that follows them."""

    def __init__(self, start: int, records: dict[str, bytes]) -> None:
        self.start = start
        self.records = records
        self.long_name: bytes | None = None
        self.long_link: bytes | None = None


async def scan(span: Span) -> Archive:
    """Reads every header. Raises StorageError with the place of the first thing that is wrong."""
    archive = Archive()
    window = _Window(span)
    defaults: dict[str, bytes] = {}
    by_name: dict[bytes, Member] = {}
    pending: _Pending | None = None
    at = 0
    while at + BLOCK <= span.size:
        block = window.data[at - window.start : at - window.start + BLOCK]
        if len(block) < BLOCK or at < window.start:
            block = await window.bytes(at, BLOCK)
        if header.is_zero(block):
            break
        try:
            head = header.parse(block, at)
        except StorageError:
            if at:
                raise
            raise WrongFormat(f"no tar archive: {sniff.describe(await sniff.identify(span))}") from None
        _refuse(head, at)
        data = at + BLOCK
        if head.typeflag in (header.PAX, header.PAX_SUN, header.PAX_GLOBAL) or head.typeflag in b"LK":
            end = _end_of_body(span, head, at, head.size)
            if head.typeflag == header.PAX_GLOBAL:
                await _global(archive, window, head, at, end, defaults)
                at = end
                continue
            if head.size > _EXTENSION_LIMIT:
                raise StorageError(f"tar extension header of {head.size} bytes", at)
            body = await window.bytes(data, head.size)
            pending = pending or _Pending(at, dict(defaults))
            _extend(pending, head, body, data)
            at = end
            continue
        if pending is None:
            pending = _Pending(at, dict(defaults) if defaults else {})
        member = _member(span, block, pending, head, at, by_name)
        at = _end_of_body(span, head, at, _size(pending.records, head, at))
        pending = None
        if member is not None:
            archive.members.append(member)
    if pending is not None:
        raise StorageError("tar extension header without the member that it describes", pending.start)
    archive.end = at
    return archive


def _refuse(head: Header, at: int) -> None:
    if head.typeflag not in (header.GNU_SPARSE, header.GNU_MULTI_VOLUME):
        return
    name = head.name.decode("utf-8", "replace")
    if head.typeflag == header.GNU_SPARSE:
        raise StorageError(
            f"{name!r} is a sparse member (old GNU format): make the archive without --sparse", at
        )
    if head.typeflag == header.GNU_MULTI_VOLUME:
        raise StorageError(f"{name!r} is the rest of another volume: make the archive in one volume", at)


def _extend(pending: _Pending, head: Header, body: bytes, data: int) -> None:
    if head.typeflag == header.GNU_LONG_NAME:
        pending.long_name = body.partition(b"\0")[0]
    elif head.typeflag == header.GNU_LONG_LINK:
        pending.long_link = body.partition(b"\0")[0]
    else:
        records = pax.parse(body, data)
        if any(keyword.startswith("GNU.sparse.") for keyword in records):
            name = records.get("GNU.sparse.name", b"a member").decode("utf-8", "replace")
            raise StorageError(f"{name!r} is sparse (pax format): make the archive without --sparse", data)
        pending.records.update(records)


async def _global(
    archive: Archive, window: _Window, head: Header, at: int, end: int, defaults: dict[str, bytes]
) -> None:
    """A pax global header: ours for a hole or an intent, else defaults for the members after it."""
    data = at + BLOCK
    if head.name == hole.NAME:
        archive.holes.append((at, end))
        if head.size:
            start = await window.bytes(data, min(head.size, 32))
            if not hole.is_neat(start, await window.bytes(end - 1, 1), head.size):
                archive.ragged.append((at, end))
        return
    if head.size > _EXTENSION_LIMIT:
        raise StorageError(f"tar global header of {head.size} bytes", at)
    records = pax.parse(await window.bytes(data, head.size), data)
    replaced = records.pop(REPLACES, None)
    if replaced is None:
        defaults.update(records)
        return
    starts = frozenset(pax.number(offset, data) for offset in replaced.split())
    archive.intents.append((at, end, starts))


def _member(
    span: Span, block: bytes, pending: _Pending, head: Header, at: int, by_name: dict[bytes, Member]
) -> Member | None:
    """The member with main header `head`, from `block` at `at`; None for what no key can name."""
    records = pending.records
    raw = head.name
    if pending.long_name is not None:
        raw = pending.long_name
    if records:
        raw = records.get("path", raw)
    size = _size(records, head, at)
    end = _end_of_body(span, head, at, size)
    mtime = head.mtime * 1_000_000_000
    if "mtime" in records:
        mtime = pax.nanoseconds(records["mtime"], at)
    typeflag, data = head.typeflag, at + BLOCK
    if typeflag in _NOT_VALUES:
        return None
    if typeflag == _HARD_LINK:
        target = by_name.get(_link_name(block, pending))
        if target is None:
            return None
        typeflag, data, size = header.REGULAR, target.data, target.size
    # v7 archives have no type for directories but a slash at the end of the name.
    elif typeflag in (header.DIRECTORY, b"D") or (typeflag == header.REGULAR_V7 and raw.endswith(b"/")):
        typeflag, size = header.DIRECTORY, 0
    else:
        typeflag = header.REGULAR
    key = _key(raw)
    if key is None:
        return None
    member = Member(key, typeflag, pending.start, data, size, end, mtime)
    by_name[raw] = member
    return member


def _link_name(block: bytes, pending: _Pending) -> bytes:
    if pending.long_link is not None:
        return pending.long_link
    if "linkpath" in pending.records:
        return pending.records["linkpath"]
    start, size = header.LINKNAME
    return block[start : start + size].partition(b"\0")[0]


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


def _size(records: dict[str, bytes], head: Header, at: int) -> int:
    if records and "size" in records and head.typeflag not in header.BODILESS:
        return pax.number(records["size"], at)
    return head.body


def _end_of_body(span: Span, head: Header, at: int, size: int) -> int:
    end = at + BLOCK + padded(size)
    if end > span.size:
        name = head.name.decode("utf-8", "replace")
        raise StorageError(f"the device ends within {name!r}, which has {size} bytes", at)
    return end


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
