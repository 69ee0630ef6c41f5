"""Distinguished names (RFC 5280 §4.1.2.4) and when two are the same (§7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.asn1.writer import object_identifier, sequence, set_of, string
from pymirage.security.x509 import oids

if TYPE_CHECKING:
    from pymirage.security.asn1.reader import Reader

MOST_PARTS = 64
LABELS = {
    oids.COMMON_NAME: "CN",
    oids.COUNTRY: "C",
    oids.LOCALITY: "L",
    oids.STATE: "ST",
    oids.ORGANIZATION: "O",
    oids.ORGANIZATIONAL_UNIT: "OU",
    oids.DOMAIN_COMPONENT: "DC",
    oids.EMAIL_ADDRESS: "emailAddress",
}


@final
class Name:
    """A sequence of sets of (type, text). `der` is how it was written, which need not be how we would."""

    __slots__ = ("_canonical", "der", "parts")

    def __init__(self, parts: tuple[frozenset[tuple[str, str]], ...], der: bytes = b"") -> None:
        self.parts = parts
        self.der = der or emit(parts)
        self._canonical = tuple(frozenset((kind, fold(value)) for kind, value in part) for part in parts)

    @staticmethod
    def of(common_name: str) -> Name:
        return Name((frozenset(((oids.COMMON_NAME, common_name),)),))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self._canonical == other._canonical

    def __hash__(self) -> int:
        return hash(self._canonical)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __str__(self) -> str:
        """RFC 4514's order reversed, as openssl shows it."""
        return ", ".join("+".join(f"{LABELS.get(k, k)}={v}" for k, v in sorted(part)) for part in self.parts)

    def within(self, base: Name) -> bool:
        """Whether it lies in the subtree of `base` (§4.2.1.10)."""
        return self._canonical[: len(base.parts)] == base._canonical

    def values(self, kind: str) -> list[str]:
        return [value for part in self.parts for found, value in sorted(part) if found == kind]


def parse(reader: Reader) -> Name:
    """The next element, a Name. Raises EncodingError."""
    der = reader.raw()
    inner = type(reader)(der).sequence()
    parts: list[frozenset[tuple[str, str]]] = []
    while not inner.at_end() and len(parts) < MOST_PARTS:
        attributes = inner.set()
        part: set[tuple[str, str]] = set()
        while not attributes.at_end() or not part:
            attribute = attributes.sequence()
            part.add((attribute.oid(), attribute.string()))
            attribute.finish()
        parts.append(frozenset(part))
    inner.finish()
    return Name(tuple(parts), der)


def emit(parts: tuple[frozenset[tuple[str, str]], ...]) -> bytes:
    return sequence(
        *(set_of(*(sequence(object_identifier(k), string(v)) for k, v in part)) for part in parts)
    )


def fold(value: str) -> str:
    """Case and runs of blanks make no difference (RFC 5280 §7.1).

    Forms of one character do: normalising takes a megabyte of tables, and authorities copy their names.
    """
    return " ".join(value.casefold().split())
