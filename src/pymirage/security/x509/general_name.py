"""GeneralName (RFC 5280 §4.2.1.6): what a certificate can be issued to besides its subject."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from pymirage.security.asn1 import tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.writer import element, explicit
from pymirage.security.x509 import name

if TYPE_CHECKING:
    from pymirage.security.asn1.reader import Reader

MOST_NAMES = 4096


class Kind(Enum):
    """By the number of its choice."""

    OTHER = 0
    EMAIL = 1
    DNS = 2
    X400 = 3
    DIRECTORY = 4
    EDI_PARTY = 5
    URI = 6
    IP = 7
    REGISTERED = 8


class GeneralName(NamedTuple):
    """value: text for EMAIL, DNS and URI, octets for IP, a Name for DIRECTORY, the raw octets otherwise."""

    kind: Kind
    value: str | bytes | name.Name

    def __str__(self) -> str:
        return self.value if isinstance(self.value, str) else f"{self.kind.name} {_shown(self.value)}"


def parse(reader: Reader) -> GeneralName:
    """The next element, a GeneralName. Raises EncodingError."""
    number = reader.peek() & 0x1F
    if reader.peek() & 0xC0 != tag.CONTEXT or number > Kind.REGISTERED.value:
        raise EncodingError("a general name is one of nine choices")
    kind = Kind(number)
    match kind:
        case Kind.EMAIL | Kind.DNS | Kind.URI:
            value = reader.octet_string(tag.context(number))
            try:
                return GeneralName(kind, value.decode("ascii"))
            except UnicodeDecodeError:
                raise EncodingError(f"a {kind.name} name is ASCII") from None
        case Kind.IP:
            return GeneralName(kind, reader.octet_string(tag.context(number)))
        case Kind.DIRECTORY:
            inner = reader.element(tag.context(number, constructed=True))
            found = name.parse(inner)
            inner.finish()
            return GeneralName(kind, found)
        case Kind.REGISTERED:
            return GeneralName(kind, reader.oid(tag.context(number)))
        case _:
            return GeneralName(kind, reader.element(tag.context(number, constructed=True)).rest())


def parse_all(reader: Reader) -> tuple[GeneralName, ...]:
    """Up to the end of `reader`; at least one."""
    found = [parse(reader)]
    while not reader.at_end():
        if len(found) == MOST_NAMES:
            raise EncodingError(f"more than {MOST_NAMES} names")
        found.append(parse(reader))
    return tuple(found)


def emit(general: GeneralName) -> bytes:
    value = general.value
    if isinstance(value, name.Name):
        return explicit(general.kind.value, value.der)
    octets = value if isinstance(value, bytes) else value.encode("ascii")
    return element(tag.context(general.kind.value), octets)


def _shown(value: object) -> str:
    return value.hex(":") if isinstance(value, bytes) else str(value)
