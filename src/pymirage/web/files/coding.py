# pymirage: hot
"""Which content coding a client wants: Accept-Encoding, RFC 9110 §12.5.3."""

from collections.abc import Sequence
from typing import Final

IDENTITY: Final = ""
"""No coding."""
ENDINGS: Final = (("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz"))
"""Codings and the endings of values that are so coded, best first."""
FULL: Final = 1000
MOST: Final = 32
"""Codings in one field that are looked at."""


def best(accept: bytes, available: Sequence[str]) -> str:
    """The coding with the highest weight, among equals the first; `available` is without IDENTITY.

    Identity is used when it alone is wanted, or preferred, and when nothing else is left, even if the client
    refuses it: it can be read by everyone.
    """
    weights = weights_of(accept)
    rest = weights.get("*", 0)
    chosen, weight = IDENTITY, weights.get("identity", 0)
    for coding in available:
        wanted = weights.get(coding, rest)
        if wanted > weight or (wanted == weight and wanted > 0 and chosen == IDENTITY):
            chosen, weight = coding, wanted
    return chosen


def weights_of(accept: bytes) -> dict[str, int]:
    """Weights in thousandths by coding, in lower case."""
    weights: dict[str, int] = {}
    for item in accept.decode("latin-1").lower().split(",")[:MOST]:
        parts = item.split(";")
        name = parts[0].strip()
        weight = FULL
        for part in parts[1:]:
            label, _, value = part.strip().partition("=")
            if label == "q":
                weight = _thousandths(value)
        weights["gzip" if name == "x-gzip" else name] = weight
    return weights


def _thousandths(text: str) -> int:
    """A qvalue (§12.4.2); what is none is 0, as a coding that is wanted strangely is better not used."""
    whole, _, fraction = text.partition(".")
    if whole not in ("0", "1") or len(fraction) > 3 or not (fraction + "0").isdecimal():
        return 0
    return min(int(whole + fraction.ljust(3, "0")), FULL)
