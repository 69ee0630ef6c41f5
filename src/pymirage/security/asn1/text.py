"""The string types of names (X.690 §8.23, RFC 5280 §4.1.2.4)."""

from __future__ import annotations

from pymirage.security.asn1 import tag

CODECS = {
    tag.UTF8_STRING: "utf-8",
    tag.NUMERIC_STRING: "ascii",
    tag.PRINTABLE_STRING: "ascii",
    tag.TELETEX_STRING: "latin-1",  # what everybody means by it, not T.61
    tag.IA5_STRING: "ascii",
    tag.VISIBLE_STRING: "ascii",
    tag.UNIVERSAL_STRING: "utf-32-be",
    tag.BMP_STRING: "utf-16-be",
}
PRINTABLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")
_NUMERIC = frozenset("0123456789 ")


def decode(kind: int, value: bytes) -> str:
    """Raises ValueError."""
    found = value.decode(CODECS[kind])
    if kind == tag.PRINTABLE_STRING and not PRINTABLE.issuperset(found.replace("*", "").replace("@", "")):
        # `*`, `@`, `_` and `&` are no PrintableString's, but the first two have been written into many.
        raise ValueError("not a PrintableString")
    if kind == tag.NUMERIC_STRING and not _NUMERIC.issuperset(found):
        raise ValueError("not a NumericString")
    return found
