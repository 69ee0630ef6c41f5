"""From a place in the store to a page: what the store is asked, and what is made of its answers."""

from __future__ import annotations

import time

from pymirage.device.error import BadKey, IsDirectory, NotDirectory, NotFound
from pymirage.device.key_value_reader import Kind
from pymirage.web.files import body
from pymirage.web.files.coding import ENDINGS, IDENTITY
from pymirage.web.files.listing import listing
from pymirage.web.files.media import compressible, media_type
from pymirage.web.files.page import Page, Representation
from pymirage.web.message import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from pymirage.device import KeyValueReader
    from pymirage.protocol.http.fields import Pair
    from pymirage.web.files.place import Place
    from pymirage.web.files.settings import Settings

    # Of each value that a page is made of: coding, key, size, date, and the digest where there is no date.
    Stamp: TypeAlias = tuple[tuple[str, str, int, int, bytes], ...]

NANOSECONDS = 1_000_000_000
GZIP = "gzip"
SMALLEST_COMPRESSED = 256
"""Octets below which compression gains nothing."""
TAG_OCTETS = 16
"""Of a digest in a tag: nobody can find a second value for 128 bits."""
ABSENT = (NotFound, IsDirectory, NotDirectory, BadKey)


class Finder:
    """Makes pages from one store."""

    def __init__(self, store: KeyValueReader, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        more: list[Pair] = [(b"x-content-type-options", b"nosniff")]
        if settings.max_age is not None:
            more.append((b"cache-control", f"max-age={settings.max_age}".encode()))
        self._more = more

    async def kind(self, key: str) -> Kind | None:
        try:
            return await self._store.exists(key)
        except BadKey:
            return None

    async def page(self, key: str, status: int = 200) -> Page | None:
        """The page of a value; None when there is none."""
        try:
            stamp = await self.stamp(key)
            return None if not stamp else await self._make(key, status, stamp)
        except ABSENT:
            # Removed while we looked.
            return None

    async def stamp(self, key: str) -> Stamp:
        """What tells a value and its compressed variants from others; () when there is no value."""
        endings = ((IDENTITY, ""), *(ENDINGS if self._settings.variants else ()))
        found = []
        for coding, ending in endings:
            name = key + ending
            if await self.kind(name) is not Kind.VALUE:
                if not ending:
                    return ()
                continue
            size, modified = await self._store.size(name), await self._store.last_modified(name)
            found.append((coding, name, size, modified, await self._digest(name, size, modified)))
        return tuple(found)

    async def listing(self, place: Place) -> str:
        """The page of a directory."""
        entries = await self._store.list(place.key())
        if not self._settings.hidden:
            entries = [entry for entry in entries if not entry.name.startswith(".")]
        return listing(place.names, entries, self._settings.listed)

    async def _digest(self, key: str, size: int, modified: int) -> bytes:
        """What stands for a value's date where the store keeps none, and values can change."""
        if modified or self._store.immutable() or size > self._settings.largest:
            return b""
        return await self._store.digest(key)

    async def _make(self, key: str, status: int, stamp: Stamp) -> Page:
        found = []
        for coding, name, size, modified, digest in stamp:
            tag = await self._tag(name, size, modified, digest)
            content = await self._store.get(name) if size <= self._settings.largest else None
            # It may have become longer since its size was asked: what is sent is what was read.
            length = size if content is None else len(content)
            found.append(Representation(coding, name, length, tag, content))
        media = media_type(key, self._settings.types)
        if self._settings.gzip and body.can_compress() and compressible(media):
            compressed = _compressed(found)
            if compressed is not None:
                found.append(compressed)
        seconds = stamp[0][3] // NANOSECONDS
        # A date that lies ahead is none that a client could use (RFC 9110 §8.8.2.1).
        modified = seconds if 0 < seconds <= time.time() else 0
        return Page(status, media, modified, found, self._more, stamp)

    async def _tag(self, key: str, size: int, modified: int, digest: bytes) -> str:
        """A strong entity tag from the content, or what is known of a value that is too long for that.

        A date to the nanosecond changes with the value; one in seconds may not, and makes a weak tag
        (RFC 9110 §8.8.1). A long value in a store that changes and keeps no dates has no tag.
        """
        if not digest and (size <= self._settings.digest_up_to or self._store.immutable()):
            digest = await self._store.digest(key)
        if digest:
            return f'"{digest[:TAG_OCTETS].hex()}"'
        if not modified:
            return ""
        weak = "" if modified % NANOSECONDS else "W/"
        return f'{weak}"{modified:x}-{size:x}"'


def _compressed(found: list[Representation]) -> Representation | None:
    """The value in gzip, made here, unless the store has it or it would be no shorter."""
    plain = found[0]
    if plain.size < SMALLEST_COMPRESSED or any(each.encoding == GZIP for each in found):
        return None
    tag = f'{plain.tag[:-1]}-gzip"' if plain.tag else ""
    if plain.content is None:
        return Representation(GZIP, plain.key, UNKNOWN, tag, None)
    content = body.gzip(plain.content)
    if len(content) >= len(plain.content):
        return None
    return Representation(GZIP, plain.key, len(content), tag, content)
