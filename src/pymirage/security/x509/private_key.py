"""Private keys as files hold them: PKCS #8 (RFC 5958), also encrypted, PKCS #1 (RFC 8017), SEC 1 (RFC 5915).

All become PKCS #8, which the provider takes. Holding one proves its form, not that its numbers fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.asn1 import tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader
from pymirage.security.asn1.writer import integer, null, object_identifier, octet_string, sequence
from pymirage.security.x509 import encryption, oids, pem
from pymirage.security.x509.error import KeyFileError
from pymirage.security.x509.public_key import CURVES, KeyKind

if TYPE_CHECKING:
    from pymirage.security.x509.pem import Block

_LABELS = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")


@final
class PrivateKey:
    """`der` is PKCS #8. Not shown, not compared."""

    __slots__ = ("der", "kind")

    def __init__(self, kind: KeyKind, der: bytes) -> None:
        self.kind = kind
        self.der = der

    def __repr__(self) -> str:
        return f"<private key, {self.kind.value}>"

    def to_pem(self) -> str:
        return pem.encode("PRIVATE KEY", self.der)


def load(data: bytes, password: bytes | None = None) -> PrivateKey:
    """The one key in a PEM file, or DER. Raises KeyFileError."""
    blocks = [block for block in pem.decode(data) if block.label in _LABELS]
    if len(blocks) > 1:
        raise KeyFileError("several private keys in one file: leave the one of the certificate")
    if not blocks and b"-----BEGIN" in data:
        raise KeyFileError("no private key in this file")
    try:
        return _of_block(blocks[0], password) if blocks else _of_der(data, password)
    except EncodingError as error:
        raise KeyFileError(f"not a private key: {error}") from None


def parse(der: bytes) -> PrivateKey:
    """PKCS #8 (RFC 5958 §2), which is written anew. Raises EncodingError."""
    outer = Reader(der)
    reader = outer.sequence()
    outer.finish()
    version = reader.small(1)
    algorithm = reader.sequence()
    octets = reader.octet_string()
    for number, kind in ((0, tag.CONSTRUCTED), (1, 0)):  # attributes, the public key
        if reader.peek() == tag.CONTEXT | kind | number and (number == 0 or version == 1):
            reader.any()
    reader.finish()
    oid = algorithm.oid()
    if oid == oids.RSA:
        if not algorithm.at_end():
            algorithm.null()
        return rsa(octets)
    if oid == oids.EC:
        return elliptic(octets, algorithm.oid())
    if oid == oids.ED25519:
        inner = Reader(octets)
        if len(inner.octet_string()) != 32:
            raise EncodingError("an Ed25519 key has 32 octets")
        inner.finish()
        return PrivateKey(KeyKind.ED25519, _pkcs8(sequence(object_identifier(oid)), octets))
    raise EncodingError(f"a key of a kind that is not known: {oid}")


def rsa(octets: bytes) -> PrivateKey:
    """RSAPrivateKey (RFC 8017 appendix A.1.2) of two primes."""
    outer = Reader(octets)
    inner = outer.sequence()
    outer.finish()
    if inner.small(1) != 0:
        raise EncodingError("an RSA key of more than two primes")
    for _ in range(8):
        if inner.integer() <= 0:
            raise EncodingError("not an RSA key")
    inner.finish()
    return PrivateKey(KeyKind.RSA, _pkcs8(sequence(object_identifier(oids.RSA), null()), octets))


def elliptic(octets: bytes, curve: str = "") -> PrivateKey:
    """ECPrivateKey (RFC 5915 §3); the curve is inside when it is not around."""
    outer = Reader(octets)
    inner = outer.sequence()
    outer.finish()
    if inner.small(1) != 1:
        raise EncodingError("an elliptic key of another version")
    inner.octet_string()
    parameters = inner.explicit(0)
    if parameters is not None:
        inside = parameters.oid()
        if curve and inside != curve:
            raise EncodingError("two curves")
        curve = inside
    if curve not in CURVES:
        raise EncodingError("a curve that is not known")
    algorithm = sequence(object_identifier(oids.EC), object_identifier(curve))
    return PrivateKey(CURVES[curve][0], _pkcs8(algorithm, octets))


def _pkcs8(algorithm: bytes, octets: bytes) -> bytes:
    return sequence(integer(0), algorithm, octet_string(octets))


def _of_block(block: Block, password: bytes | None) -> PrivateKey:
    match block.label:
        case "RSA PRIVATE KEY":
            return rsa(block.der)
        case "EC PRIVATE KEY":
            return elliptic(block.der)
        case "PRIVATE KEY":
            return parse(block.der)
        case _:
            return parse(_decrypted(block.der, password))


def _of_der(der: bytes, password: bytes | None) -> PrivateKey:
    """PKCS #8 begins with a version, its encrypted form with an algorithm."""
    encrypted = Reader(der).sequence().peek() == tag.SEQUENCE
    return parse(_decrypted(der, password) if encrypted else der)


def _decrypted(der: bytes, password: bytes | None) -> bytes:
    if password is None:
        raise KeyFileError("the key is encrypted: give its password")
    return encryption.decrypt(der, password)
