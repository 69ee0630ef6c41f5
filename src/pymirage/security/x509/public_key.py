"""SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): RSA (RFC 3279), named curves (RFC 5480), Ed25519 (RFC 8410)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, final

from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader
from pymirage.security.x509 import oids

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BITS = 16384
"""Of an RSA modulus: verifying with more is a way to keep us busy."""


class KeyKind(Enum):
    RSA = "RSA"
    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"
    ED25519 = "Ed25519"
    OTHER = "of another kind"


CURVES: Mapping[str, tuple[KeyKind, int]] = {
    oids.P256: (KeyKind.P256, 32),
    oids.P384: (KeyKind.P384, 48),
    oids.P521: (KeyKind.P521, 66),
}


@final
class PublicKey:
    """`der` is the SubjectPublicKeyInfo, `octets` its BIT STRING; `bits` of the modulus or field.

    Holding one does not prove that its point is on the curve: the provider says so when it is used.
    """

    __slots__ = ("bits", "der", "exponent", "kind", "octets")

    def __init__(self, kind: KeyKind, bits: int, der: bytes, octets: bytes, exponent: int = 0) -> None:
        self.kind = kind
        self.bits = bits
        self.der = der
        self.octets = octets
        self.exponent = exponent

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __str__(self) -> str:
        return f"RSA of {self.bits} bits" if self.kind is KeyKind.RSA else self.kind.value


def parse(der: bytes) -> PublicKey:
    """Raises EncodingError. A key of a kind that nothing here uses is OTHER."""
    outer = Reader(der)
    reader = outer.sequence()
    outer.finish()
    algorithm = reader.sequence()
    oid = algorithm.oid()
    octets = reader.octets_of_bits()
    reader.finish()
    if oid == oids.RSA:
        algorithm.null()
        algorithm.finish()
        return _rsa(der, octets)
    if oid == oids.EC:
        return _elliptic(der, octets, algorithm)
    if oid == oids.ED25519:
        algorithm.finish()
        if len(octets) != 32:
            raise EncodingError("an Ed25519 key has 32 octets")
        return PublicKey(KeyKind.ED25519, 256, der, octets)
    return PublicKey(KeyKind.OTHER, 0, der, octets)


def _rsa(der: bytes, octets: bytes) -> PublicKey:
    outer = Reader(octets)
    inner = outer.sequence()
    outer.finish()
    modulus, exponent = inner.integer(), inner.integer()
    inner.finish()
    if modulus <= 0 or exponent < 3 or exponent % 2 == 0 or not 0 < modulus.bit_length() <= MOST_BITS:
        raise EncodingError("not an RSA key")
    return PublicKey(KeyKind.RSA, modulus.bit_length(), der, octets, exponent)


def _elliptic(der: bytes, octets: bytes, algorithm: Reader) -> PublicKey:
    """RFC 5480 §2.1.1: named curves only."""
    if algorithm.peek() != 0x06:
        return PublicKey(KeyKind.OTHER, 0, der, octets)
    curve = CURVES.get(algorithm.oid())
    algorithm.finish()
    if curve is None:
        return PublicKey(KeyKind.OTHER, 0, der, octets)
    kind, size = curve
    if len(octets) != 1 + 2 * size or octets[0] != 4:
        raise EncodingError("a point is 04 and two coordinates")
    return PublicKey(kind, 521 if size == 66 else size * 8, der, octets)
