"""Puts the parts together."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import cryptography
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from pymirage.error import UsageError
from pymirage.security.crypto import lengths
from pymirage.security.crypto.error import InvalidKey
from pymirage.security.crypto.names import Curve
from pymirage.security.crypto.pyca import agreement, asymmetric, secret
from pymirage.security.crypto.standard import Standard

if TYPE_CHECKING:
    from pymirage.security.crypto.aead import Aead
    from pymirage.security.crypto.cipher import Cipher
    from pymirage.security.crypto.keys import (
        AgreementKey,
        EcPrivateKey,
        Ed25519PrivateKey,
        PrivateKey,
        PublicKey,
        RsaPrivateKey,
    )
    from pymirage.security.crypto.names import AeadName, CipherName, Octets


@final
class Pyca(Standard):
    """See `Provider`."""

    @property
    def name(self) -> str:
        return f"cryptography {cryptography.__version__}"

    def aead(self, name: AeadName, key: Octets, tag_size: int = 16) -> Aead:
        return secret.PycaAead(name, key, tag_size)

    def ctr(self, key: Octets, counter: Octets) -> Cipher:
        return secret.PycaCtr(key, counter)

    def cbc(self, name: CipherName, key: Octets, vector: Octets, *, encrypt: bool) -> Cipher:
        return secret.PycaCbc(name, key, vector, encrypt)

    def public_key(self, der: Octets) -> PublicKey:
        try:
            key = serialization.load_der_public_key(bytes(der))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidKey("not a public key") from None
        if isinstance(key, rsa.RSAPublicKey):
            return asymmetric.PycaRsaPublicKey(key)
        if isinstance(key, ed25519.Ed25519PublicKey):
            return asymmetric.PycaEd25519PublicKey(key)
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in asymmetric.BY_NAME:
            return asymmetric.PycaEcPublicKey(key)
        raise InvalidKey("a public key of another kind")

    def private_key(self, der: Octets) -> PrivateKey:
        try:
            key = serialization.load_der_private_key(bytes(der), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidKey("not a private key") from None
        if isinstance(key, rsa.RSAPrivateKey):
            return asymmetric.PycaRsaPrivateKey(key)
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return asymmetric.PycaEd25519PrivateKey(key)
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in asymmetric.BY_NAME:
            return asymmetric.PycaEcPrivateKey(key)
        raise InvalidKey("a private key of another kind")

    def generate_rsa(self, bits: int = 3072) -> RsaPrivateKey:
        lengths.rsa(bits)
        return asymmetric.PycaRsaPrivateKey(rsa.generate_private_key(65537, bits))

    def generate_ec(self, curve: Curve) -> EcPrivateKey:
        if curve is Curve.X25519:
            raise UsageError("one does not sign with X25519: generate_ed25519()")
        return asymmetric.PycaEcPrivateKey(ec.generate_private_key(asymmetric.CURVES[curve]))

    def generate_ed25519(self) -> Ed25519PrivateKey:
        return asymmetric.PycaEd25519PrivateKey(ed25519.Ed25519PrivateKey.generate())

    def agreement(self, curve: Curve, private: Octets | None = None) -> AgreementKey:
        if curve is Curve.X25519:
            return agreement.PycaX25519(private)
        return agreement.PycaEcdh(curve, private)

    def dh(self, prime: int, generator: int, private: int | None = None) -> AgreementKey:
        return agreement.PycaDh(prime, generator, private)
