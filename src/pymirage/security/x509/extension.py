"""Extensions of certificates (RFC 5280 §4.2): each class reads one, each `emit_…` writes one."""

from __future__ import annotations

from typing import Final, NamedTuple

from pymirage.security.asn1 import tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader
from pymirage.security.asn1.writer import (
    boolean,
    element,
    integer,
    named_bits,
    object_identifier,
    octet_string,
    sequence,
)
from pymirage.security.x509 import general_name, oids
from pymirage.security.x509.general_name import GeneralName, Kind

# Bits of KeyUsage, §4.2.1.3.
DIGITAL_SIGNATURE: Final = 1 << 0
KEY_ENCIPHERMENT: Final = 1 << 2
KEY_AGREEMENT: Final = 1 << 4
KEY_CERT_SIGN: Final = 1 << 5
CRL_SIGN: Final = 1 << 6

MOST_EXTENSIONS = 64
MOST_PURPOSES = 64
MOST_SUBTREES = 4096


class Extension(NamedTuple):
    """value: the octets inside of the OCTET STRING."""

    oid: str
    critical: bool
    value: bytes


class BasicConstraints(NamedTuple):
    """§4.2.1.9. path_length: how many authorities may follow; None for any number."""

    ca: bool
    path_length: int | None


class Subtree(NamedTuple):
    """§4.2.1.10: `minimum` is 0 and `maximum` absent, always."""

    base: GeneralName


class NameConstraints(NamedTuple):
    permitted: tuple[Subtree, ...]
    excluded: tuple[Subtree, ...]


class AuthorityKeyIdentifier(NamedTuple):
    """§4.2.1.1."""

    key: bytes | None
    issuer: tuple[GeneralName, ...]
    serial: int | None


def parse_all(reader: Reader) -> tuple[Extension, ...]:
    """The Extensions in `reader`. One of each at most (§4.2)."""
    found: dict[str, Extension] = {}
    inner = reader.sequence()
    reader.finish()
    while not inner.at_end() or not found:
        each = inner.sequence()
        oid = each.oid()
        critical = False
        if each.peek() == tag.BOOLEAN:
            critical = each.boolean()
            if not critical:
                raise EncodingError("a default value is left out")
        if oid in found or len(found) == MOST_EXTENSIONS:
            raise EncodingError(f"extension {oid} twice, or too many extensions")
        found[oid] = Extension(oid, critical, each.octet_string())
        each.finish()
    return tuple(found.values())


def emit(extension: Extension) -> bytes:
    critical = boolean(True) if extension.critical else b""
    return sequence(object_identifier(extension.oid), critical, octet_string(extension.value))


def basic_constraints(value: bytes) -> BasicConstraints:
    reader, inner = _sequence(value)
    ca = False
    if inner.peek() == tag.BOOLEAN:
        ca = inner.boolean()
        if not ca:
            raise EncodingError("a default value is left out")
    length = None if inner.at_end() else inner.small(255)
    inner.finish()
    reader.finish()
    return BasicConstraints(ca, length)


def key_usage(value: bytes) -> int:
    reader = Reader(value)
    bits = reader.named_bits()
    reader.finish()
    if not bits:
        raise EncodingError("a key usage of nothing")
    return bits


def extended_key_usage(value: bytes) -> frozenset[str]:
    reader, inner = _sequence(value)
    reader.finish()
    found = {inner.oid()}
    while not inner.at_end():
        if len(found) == MOST_PURPOSES:
            raise EncodingError(f"more than {MOST_PURPOSES} purposes")
        found.add(inner.oid())
    return frozenset(found)


def alternative_names(value: bytes) -> tuple[GeneralName, ...]:
    """§4.2.1.6."""
    reader, inner = _sequence(value)
    reader.finish()
    found = general_name.parse_all(inner)
    for each in found:
        if each.kind is Kind.IP and len(each.value) not in (4, 16):  # type: ignore[arg-type]
            raise EncodingError("an address of neither 4 nor 16 octets")
    return found


def subject_key_identifier(value: bytes) -> bytes:
    reader = Reader(value)
    found = reader.octet_string()
    reader.finish()
    return found


def authority_key_identifier(value: bytes) -> AuthorityKeyIdentifier:
    reader, inner = _sequence(value)
    reader.finish()
    key = inner.octet_string(tag.context(0)) if inner.peek() == tag.context(0) else None
    issuer = inner.explicit(1)
    names = general_name.parse_all(issuer) if issuer is not None else ()
    serial = inner.integer(tag.context(2)) if inner.peek() == tag.context(2) else None
    inner.finish()
    return AuthorityKeyIdentifier(key, names, serial)


def name_constraints(value: bytes) -> NameConstraints:
    reader, inner = _sequence(value)
    reader.finish()
    permitted, excluded = inner.explicit(0), inner.explicit(1)
    inner.finish()
    if permitted is None and excluded is None:
        raise EncodingError("name constraints without any")
    return NameConstraints(_subtrees(permitted), _subtrees(excluded))


def information_access(value: bytes) -> tuple[tuple[str, GeneralName], ...]:
    """§4.2.2.1: methods and places."""
    reader, inner = _sequence(value)
    reader.finish()
    found: list[tuple[str, GeneralName]] = []
    while not inner.at_end() or not found:
        each = inner.sequence()
        found.append((each.oid(), general_name.parse(each)))
        each.finish()
    return tuple(found)


def emit_basic_constraints(ca: bool, path_length: int | None = None) -> Extension:
    length = b"" if path_length is None else integer(path_length)
    return Extension(oids.BASIC_CONSTRAINTS, True, sequence(boolean(True) if ca else b"", length))


def emit_key_usage(bits: int) -> Extension:
    return Extension(oids.KEY_USAGE, True, named_bits(bits))


def emit_extended_key_usage(*purposes: str) -> Extension:
    return Extension(oids.EXTENDED_KEY_USAGE, False, sequence(*map(object_identifier, purposes)))


def emit_alternative_names(names: tuple[GeneralName, ...], critical: bool) -> Extension:
    return Extension(oids.SUBJECT_ALT_NAME, critical, sequence(*map(general_name.emit, names)))


def emit_subject_key_identifier(key: bytes) -> Extension:
    return Extension(oids.SUBJECT_KEY_IDENTIFIER, False, octet_string(key))


def emit_authority_key_identifier(key: bytes) -> Extension:
    return Extension(oids.AUTHORITY_KEY_IDENTIFIER, False, sequence(element(tag.context(0), key)))


def emit_name_constraints(permitted: tuple[GeneralName, ...], excluded: tuple[GeneralName, ...]) -> Extension:
    parts = [
        element(tag.context(number, constructed=True), *(sequence(general_name.emit(each)) for each in names))
        for number, names in enumerate((permitted, excluded))
        if names
    ]
    return Extension(oids.NAME_CONSTRAINTS, True, sequence(*parts))


def _sequence(value: bytes) -> tuple[Reader, Reader]:
    """The reader of an extension's value and one inside of its SEQUENCE."""
    reader = Reader(value)
    return reader, reader.sequence()


def _subtrees(reader: Reader | None) -> tuple[Subtree, ...]:
    found: list[Subtree] = []
    while reader is not None and (not reader.at_end() or not found):
        if len(found) == MOST_SUBTREES:
            raise EncodingError(f"more than {MOST_SUBTREES} subtrees")
        each = reader.sequence()
        found.append(Subtree(general_name.parse(each)))
        # minimum is 0 (and so left out) and maximum absent, §4.2.1.10.
        each.finish()
    return tuple(found)
