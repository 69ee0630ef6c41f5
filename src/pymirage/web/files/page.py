# pymirage: hot
"""What is known about a path: its representations, and the answers that need no look into the store."""

import time
from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

from pymirage.protocol.http import date
from pymirage.protocol.http.fields import Fields, Pair
from pymirage.protocol.http.writer import keep
from pymirage.web.files import coding
from pymirage.web.message import UNKNOWN, Response

if TYPE_CHECKING:
    from pymirage.web.files.finder import Stamp


@final
class Representation:
    """A value as it is, or in one content coding.

    key: where it is in the store. size: octets, or UNKNOWN where the coding is made while it is sent. tag:
    its entity tag, or "". content: all of it, where it is kept in memory.
    """

    def __init__(self, encoding: str, key: str, size: int, tag: str, content: bytes | None) -> None:
        self.encoding: Final = encoding
        self.key: Final = key
        self.size: Final = size
        self.tag: Final = tag
        self.content: Final = content

    def made_here(self) -> bool:
        """Compressed while it is sent."""
        return self.size == UNKNOWN


@final
class Page:
    """A path's representations, the one without coding first. modified: seconds since 1970, or 0."""

    def __init__(
        self,
        status: int,
        media: str,
        modified: int,
        representations: list[Representation],
        more: list[Pair],
        stamp: "Stamp",
    ) -> None:
        self.status: Final = status
        self.media: Final = media
        self.modified: Final = modified
        self.representations: Final = representations
        self.codings: Final = [each.encoding for each in representations[1:]]
        self.stamp: Final = stamp
        """What the store said when this was made."""
        self.checked: i64 = time.monotonic_ns()
        """When the store last said so."""
        self.used: bool = False
        self.weight: Final = sum([len(each.content) for each in representations if each.content is not None])
        self._more: Final = more
        self._whole: Final[dict[str, Response]] = {}
        for each in representations:
            content = each.content
            if content is not None:
                fields = self.fields(each)
                keep(fields)
                self._whole[each.encoding] = Response(status, fields, content)

    def select(self, accept: bytes | None) -> Representation:
        """The one for this field Accept-Encoding."""
        if accept is None or not self.codings:
            return self.representations[0]
        chosen = coding.best(accept, self.codings)
        for each in self.representations:
            if each.encoding == chosen:
                return each
        return self.representations[0]

    def whole(self, chosen: Representation) -> Response | None:
        """All of a representation that is in memory: the same object each time."""
        return self._whole.get(chosen.encoding)

    def fields(self, chosen: Representation) -> Fields:
        """Those of a 200."""
        pairs: list[Pair] = [(b"content-type", self.media.encode("latin-1"))]
        if chosen.encoding:
            pairs.append((b"content-encoding", chosen.encoding.encode("latin-1")))
        if self.modified:
            pairs.append((b"last-modified", date.emit(self.modified).encode("latin-1")))
        if not chosen.made_here() and self.status == 200:
            pairs.append((b"accept-ranges", b"bytes"))
        return Fields(pairs + self.validators(chosen).pairs)

    def validators(self, chosen: Representation) -> Fields:
        """Those of a 304, which the others have, too (RFC 9110 §15.4.5)."""
        pairs: list[Pair] = self._more.copy()
        if chosen.tag:
            pairs.append((b"etag", chosen.tag.encode("latin-1")))
        if self.codings:
            pairs.append((b"vary", b"accept-encoding"))
        return Fields(pairs)
