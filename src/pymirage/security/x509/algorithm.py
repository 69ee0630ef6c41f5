"""Signature algorithms of certificates (RFC 4055, RFC 5758, RFC 8017 appendix A.2.3, RFC 8410)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from pymirage.security.asn1 import tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader
from pymirage.security.asn1.writer import explicit, integer, null, object_identifier, sequence
from pymirage.security.x509 import oids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymirage.security.crypto.names import HashName


class Family(Enum):
    """How a signature is made, whatever the hash."""

    RSA_PKCS1 = "rsa-pkcs1"
    RSA_PSS = "rsa-pss"
    ECDSA = "ecdsa"
    EDDSA = "eddsa"


class Scheme(NamedTuple):
    """hash: its name as hashlib spells it. salt: octets, of PSS only."""

    family: Family
    hash: HashName
    salt: int = 0


RSA_PKCS1_SHA256: Final = Scheme(Family.RSA_PKCS1, "sha256")
RSA_PKCS1_SHA384: Final = Scheme(Family.RSA_PKCS1, "sha384")
RSA_PKCS1_SHA512: Final = Scheme(Family.RSA_PKCS1, "sha512")
ECDSA_SHA256: Final = Scheme(Family.ECDSA, "sha256")
ECDSA_SHA384: Final = Scheme(Family.ECDSA, "sha384")
ECDSA_SHA512: Final = Scheme(Family.ECDSA, "sha512")
ED25519: Final = Scheme(Family.EDDSA, "sha512")

_BY_OID: Mapping[str, Scheme] = {
    oids.SHA1_WITH_RSA: Scheme(Family.RSA_PKCS1, "sha1"),
    oids.SHA256_WITH_RSA: RSA_PKCS1_SHA256,
    oids.SHA384_WITH_RSA: RSA_PKCS1_SHA384,
    oids.SHA512_WITH_RSA: RSA_PKCS1_SHA512,
    oids.ECDSA_WITH_SHA256: ECDSA_SHA256,
    oids.ECDSA_WITH_SHA384: ECDSA_SHA384,
    oids.ECDSA_WITH_SHA512: ECDSA_SHA512,
    oids.ED25519: ED25519,
}
_OIDS = {scheme: oid for oid, scheme in _BY_OID.items()}
_HASHES: Mapping[str, HashName] = {
    oids.SHA1: "sha1",
    oids.SHA256: "sha256",
    oids.SHA384: "sha384",
    oids.SHA512: "sha512",
}
_HASH_OIDS = {name: oid for oid, name in _HASHES.items()}
MOST_SALT = 64


def parse(der: bytes) -> Scheme | None:
    """Of an AlgorithmIdentifier; None for one that is not known. Raises EncodingError."""
    reader = Reader(der).sequence()
    oid = reader.oid()
    if oid == oids.RSA_PSS:
        return _pss(reader)
    scheme = _BY_OID.get(oid)
    if scheme is None:
        return None
    if scheme.family is Family.RSA_PKCS1 and not reader.at_end():
        reader.null()  # RFC 4055 §5: NULL, and absent is to be taken, too
    reader.finish()
    return scheme


def emit(scheme: Scheme) -> bytes:
    if scheme.family is Family.RSA_PSS:
        hashed = sequence(object_identifier(_HASH_OIDS[scheme.hash]), null())
        mask = sequence(object_identifier(oids.MGF1), hashed)
        salt = explicit(2, integer(scheme.salt))
        return sequence(
            object_identifier(oids.RSA_PSS), sequence(explicit(0, hashed), explicit(1, mask), salt)
        )
    parameters = null() if scheme.family is Family.RSA_PKCS1 else b""
    return sequence(object_identifier(_OIDS[scheme]), parameters)


def _pss(reader: Reader) -> Scheme | None:
    """RFC 4055 §3.1. The hash of the mask is that of the message, or there is no scheme."""
    inner = reader.sequence()
    reader.finish()
    hashed, mask, salt, trailer = (inner.explicit(number) for number in range(4))
    inner.finish()
    name: HashName | None = "sha1" if hashed is None else _hash(hashed)
    masked: HashName | None = "sha1"
    if mask is not None:
        algorithm = mask.sequence()
        mask.finish()
        if algorithm.oid() != oids.MGF1:
            return None
        masked = _hash(algorithm)
    octets = 20 if salt is None else salt.small(MOST_SALT)
    if trailer is not None and trailer.integer() != 1:
        raise EncodingError("the trailer field is 1")
    return Scheme(Family.RSA_PSS, name, octets) if name is not None and name == masked else None


def _hash(reader: Reader) -> HashName | None:
    """None for one that is not known."""
    algorithm = reader.sequence()
    reader.finish()
    oid = algorithm.oid()
    if algorithm.peek() == tag.NULL:
        algorithm.null()
    algorithm.finish()
    return _HASHES.get(oid)
