"""What a site wants, and what it may cost."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

KIBIBYTE = 1 << 10
MEBIBYTE = 1 << 20
SECOND = 1_000_000_000


class Settings:
    """How `Files` answers; every bound is here. Read-only by convention."""

    def __init__(
        self,
        *,
        index: str = "index.html",
        not_found: str = "404.html",
        listing: bool = False,
        hidden: bool = False,
        max_age: int | None = None,
        types: Mapping[str, str] | None = None,
        variants: bool = True,
        gzip: bool = True,
        memory: int = 4 * MEBIBYTE,
        entries: int = 1024,
        largest: int = 256 * KIBIBYTE,
        fresh: int = SECOND,
        digest_up_to: int = 8 * MEBIBYTE,
        ranges: int = 16,
        listed: int = 1000,
    ) -> None:
        self.index = index
        """What a directory shows, if it holds a value of this name."""
        self.not_found = not_found
        """The key of the page for what is not there; a line of text where the store does not hold it."""
        self.listing = listing
        """Whether a directory without an index shows the names in it."""
        self.hidden = hidden
        """Whether names that begin with a dot are served. (`.well-known` always is: RFC 8615.)"""
        self.max_age = max_age
        """Seconds for which a browser need not ask again (Cache-Control); None says nothing."""
        self.types = dict(types or {})
        """Media types by ending (`"gmi"`), before those of `media.py`."""
        self.variants = variants
        """Whether `NAME.gz`, `NAME.br` and `NAME.zst` are NAME compressed."""
        self.gzip = gzip
        """Whether texts without such a variant are compressed here; needs zlib."""
        self.memory = memory
        """Octets of values that are kept in memory."""
        self.entries = entries
        """Paths about which anything is kept in memory."""
        self.largest = largest
        """Octets of a single value that is kept; larger ones are read in pieces, each time."""
        self.fresh = fresh
        """Nanoseconds after which the store is asked whether a value has changed, if it can."""
        self.digest_up_to = digest_up_to
        """Octets up to which a value is read through for its entity tag; above, its date makes the tag."""
        self.ranges = ranges
        """Ranges in one request; one with more is answered with everything (RFC 9110 §14.2)."""
        self.listed = listed
        """Names in one listing."""
