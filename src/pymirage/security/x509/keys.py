"""The crypto provider's keys, in the terms of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymirage.error import UsageError
from pymirage.security.asn1.error import EncodingError
from pymirage.security.crypto import provider
from pymirage.security.crypto.error import InvalidKey, InvalidSignature
from pymirage.security.crypto.keys import (
    EcPrivateKey,
    EcPublicKey,
    Ed25519PrivateKey,
    Ed25519PublicKey,
    RsaPrivateKey,
    RsaPublicKey,
)
from pymirage.security.crypto.names import Curve
from pymirage.security.x509 import private_key, public_key
from pymirage.security.x509.algorithm import Family
from pymirage.security.x509.error import KeyFileError
from pymirage.security.x509.public_key import KeyKind

if TYPE_CHECKING:
    from pymirage.security.crypto.keys import PrivateKey as ProviderKey
    from pymirage.security.x509.algorithm import Scheme
    from pymirage.security.x509.private_key import PrivateKey
    from pymirage.security.x509.public_key import PublicKey


def verify(key: PublicKey, scheme: Scheme, data: bytes, signature: bytes) -> bool:
    """False also for a key that is none, or of another kind than the signature."""
    try:
        found = provider.public_key(key.der)
        if isinstance(found, RsaPublicKey) and scheme.family is Family.RSA_PKCS1:
            found.verify_pkcs1(signature, data, scheme.hash)
        elif isinstance(found, RsaPublicKey) and scheme.family is Family.RSA_PSS:
            found.verify_pss(signature, data, scheme.hash, scheme.salt)
        elif isinstance(found, EcPublicKey) and scheme.family is Family.ECDSA:
            found.verify(signature, data, scheme.hash)
        elif isinstance(found, Ed25519PublicKey) and scheme.family is Family.EDDSA:
            found.verify(signature, data)
        else:
            return False
    except (InvalidSignature, InvalidKey):
        return False
    return True


def sign(key: PrivateKey, scheme: Scheme, data: bytes) -> bytes:
    found = _load(key)
    if isinstance(found, RsaPrivateKey) and scheme.family is Family.RSA_PKCS1:
        return found.sign_pkcs1(data, scheme.hash)
    if isinstance(found, RsaPrivateKey) and scheme.family is Family.RSA_PSS:
        return found.sign_pss(data, scheme.hash, scheme.salt)
    if isinstance(found, EcPrivateKey) and scheme.family is Family.ECDSA:
        return found.sign(data, scheme.hash)
    if isinstance(found, Ed25519PrivateKey) and scheme.family is Family.EDDSA:
        return found.sign(data)
    raise UsageError(f"{key!r} does not sign with {scheme.family.value}")


def public_key_of(key: PrivateKey) -> PublicKey:
    """Raises KeyFileError when its numbers are no key."""
    try:
        return public_key.parse(_load(key).public_der())
    except EncodingError as error:
        raise KeyFileError(str(error)) from None


def generate(kind: KeyKind = KeyKind.P256, bits: int = 3072) -> PrivateKey:
    """A new key. bits: of RSA only."""
    made: ProviderKey
    match kind:
        case KeyKind.RSA:
            made = provider.generate_rsa(bits)
        case KeyKind.ED25519:
            made = provider.generate_ed25519()
        case KeyKind.OTHER:
            raise UsageError("a key of one of the other kinds")
        case _:
            made = provider.generate_ec(Curve(kind.value))
    return private_key.parse(made.der())


def _load(key: PrivateKey) -> ProviderKey:
    try:
        return provider.private_key(key.der)
    except InvalidKey:
        raise KeyFileError(f"{key!r}: its numbers are no key") from None
