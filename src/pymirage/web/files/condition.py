# pymirage: hot
"""Conditional requests: RFC 9110 §13. Entity tags are text with their quotes, weak ones begin with `W/`."""

from typing import Final

from mypy_extensions import i64

from pymirage.protocol.http import date
from pymirage.protocol.http.fields import Fields

PROCEED: Final = 0
NOT_MODIFIED: Final = 304
FAILED: Final = 412


def evaluate(fields: Fields, tag: str, modified: int) -> i64:
    """What the preconditions of a GET or HEAD come to, in the order of §13.2.2.

    tag: of the selected representation, "" without one. modified: seconds since 1970, 0 for unknown.
    """
    found = fields.find(b"if-match")
    if found is not None:
        if not listed(found, tag, False):
            return FAILED
    else:
        found = fields.find(b"if-unmodified-since")
        if found is not None and modified:
            limit = date.parse(found.decode("latin-1"))
            if limit is not None and modified > limit:
                return FAILED
    found = fields.find(b"if-none-match")
    if found is not None:
        return NOT_MODIFIED if listed(found, tag, True) else PROCEED
    found = fields.find(b"if-modified-since")
    if found is not None and modified:
        limit = date.parse(found.decode("latin-1"))
        if limit is not None and modified <= limit:
            return NOT_MODIFIED
    return PROCEED


def unchanged(if_range: bytes, tag: str, modified: int, now: int) -> bool:
    """Whether a range still is one of what the client has: If-Range, §13.1.5.

    A date proves it when it is ours to the second and that second is over: until then a value may change
    without its date (§8.8.2.2).
    """
    text = if_range.decode("latin-1").strip()
    if text.startswith(('"', "W/")):
        return bool(tag) and text == tag and not tag.startswith("W/")
    given = date.parse(text)
    return given is not None and modified != 0 and given == modified and now > modified + 1


def listed(field: bytes, tag: str, weak: bool) -> bool:
    """Whether a list of entity tags, or `*`, holds `tag`; weak: or one that is equivalent (§8.8.3.2)."""
    text = field.decode("latin-1").strip()
    if text == "*":
        return True
    if not tag or (not weak and tag.startswith("W/")):
        return False
    opaque = tag.removeprefix("W/")
    at = 0
    while True:
        opening = text.find('"', at)
        closing = text.find('"', opening + 1)
        if opening < 0 or closing < 0:
            return False
        if text[opening : closing + 1] == opaque and (weak or text[max(0, opening - 2) : opening] != "W/"):
            return True
        at = closing + 1
