"""Keys that sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cryptography.exceptions import InvalidSignature as PycaInvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from pymirage.error import UsageError
from pymirage.security.crypto.error import InvalidCiphertext, InvalidSignature
from pymirage.security.crypto.keys import (
    EcPrivateKey,
    EcPublicKey,
    Ed25519PrivateKey,
    Ed25519PublicKey,
    RsaPrivateKey,
    RsaPublicKey,
)
from pymirage.security.crypto.names import Curve
from pymirage.security.crypto.pyca.hashes import algorithm

if TYPE_CHECKING:
    from pymirage.security.crypto.names import HashName, Octets

CURVES: dict[Curve, ec.EllipticCurve] = {
    Curve.P256: ec.SECP256R1(),
    Curve.P384: ec.SECP384R1(),
    Curve.P521: ec.SECP521R1(),
}
BY_NAME = {curve.name: ours for ours, curve in CURVES.items()}

WRONG = "the signature is not this key's over this message"


def public_der(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_der(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def pss(name: HashName, salt: int, mask: HashName | None) -> padding.PSS:
    if salt < 0:
        raise UsageError("salt must not be negative")
    return padding.PSS(padding.MGF1(algorithm(mask or name)), salt)


def oaep(name: HashName, label: Octets, mask: HashName | None) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(algorithm(mask or name)), algorithm(name), bytes(label) or None)


@final
class PycaRsaPublicKey(RsaPublicKey):
    """See `RsaPublicKey`."""

    def __init__(self, key: rsa.RSAPublicKey) -> None:
        self._key = key

    @property
    def bits(self) -> int:
        return self._key.key_size

    def der(self) -> bytes:
        return public_der(self._key)

    def verify_pkcs1(self, signature: Octets, message: Octets, name: HashName) -> None:
        try:
            self._key.verify(bytes(signature), bytes(message), padding.PKCS1v15(), algorithm(name))
        except PycaInvalidSignature:
            raise InvalidSignature(WRONG) from None

    def verify_pss(
        self, signature: Octets, message: Octets, name: HashName, salt: int, mask: HashName | None = None
    ) -> None:
        try:
            self._key.verify(bytes(signature), bytes(message), pss(name, salt, mask), algorithm(name))
        except PycaInvalidSignature:
            raise InvalidSignature(WRONG) from None

    def encrypt_pkcs1(self, plaintext: Octets) -> bytes:
        return self._encrypt(plaintext, padding.PKCS1v15())

    def encrypt_oaep(
        self, plaintext: Octets, name: HashName, label: Octets = b"", mask: HashName | None = None
    ) -> bytes:
        return self._encrypt(plaintext, oaep(name, label, mask))

    def _encrypt(self, plaintext: Octets, how: padding.AsymmetricPadding) -> bytes:
        try:
            return self._key.encrypt(bytes(plaintext), how)
        except UnsupportedAlgorithm as error:
            raise UsageError(str(error)) from None
        except ValueError:
            raise UsageError(f"{len(plaintext)} octets are too long for this key") from None


@final
class PycaRsaPrivateKey(RsaPrivateKey):
    """See `RsaPrivateKey`."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    @property
    def bits(self) -> int:
        return self._key.key_size

    def der(self) -> bytes:
        return private_der(self._key)

    def public_der(self) -> bytes:
        return public_der(self._key.public_key())

    def sign_pkcs1(self, message: Octets, name: HashName) -> bytes:
        return self._sign(message, padding.PKCS1v15(), name)

    def sign_pss(self, message: Octets, name: HashName, salt: int, mask: HashName | None = None) -> bytes:
        return self._sign(message, pss(name, salt, mask), name)

    def _sign(self, message: Octets, how: padding.AsymmetricPadding, name: HashName) -> bytes:
        try:
            return self._key.sign(bytes(message), how, algorithm(name))
        except ValueError:
            raise UsageError(f"a key of {self.bits} bits is too short for this signature") from None

    def decrypt_pkcs1(self, ciphertext: Octets) -> bytes:
        return self._decrypt(ciphertext, padding.PKCS1v15())

    def decrypt_oaep(
        self, ciphertext: Octets, name: HashName, label: Octets = b"", mask: HashName | None = None
    ) -> bytes:
        return self._decrypt(ciphertext, oaep(name, label, mask))

    def _decrypt(self, ciphertext: Octets, how: padding.AsymmetricPadding) -> bytes:
        try:
            return self._key.decrypt(bytes(ciphertext), how)
        except UnsupportedAlgorithm as error:
            raise UsageError(str(error)) from None
        except ValueError:
            raise InvalidCiphertext("the data was not encrypted to this key") from None


@final
class PycaEcPublicKey(EcPublicKey):
    """See `EcPublicKey`."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key

    @property
    def curve(self) -> Curve:
        return BY_NAME[self._key.curve.name]

    def der(self) -> bytes:
        return public_der(self._key)

    def point(self) -> bytes:
        return self._key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def verify(self, signature: Octets, message: Octets, name: HashName) -> None:
        try:
            self._key.verify(bytes(signature), bytes(message), ec.ECDSA(algorithm(name)))
        except PycaInvalidSignature:
            raise InvalidSignature(WRONG) from None


@final
class PycaEcPrivateKey(EcPrivateKey):
    """See `EcPrivateKey`."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @property
    def curve(self) -> Curve:
        return BY_NAME[self._key.curve.name]

    def der(self) -> bytes:
        return private_der(self._key)

    def public_der(self) -> bytes:
        return public_der(self._key.public_key())

    def sign(self, message: Octets, name: HashName) -> bytes:
        return self._key.sign(bytes(message), ec.ECDSA(algorithm(name)))


@final
class PycaEd25519PublicKey(Ed25519PublicKey):
    """See `Ed25519PublicKey`."""

    def __init__(self, key: ed25519.Ed25519PublicKey) -> None:
        self._key = key

    def der(self) -> bytes:
        return public_der(self._key)

    def octets(self) -> bytes:
        return self._key.public_bytes_raw()

    def verify(self, signature: Octets, message: Octets) -> None:
        try:
            self._key.verify(bytes(signature), bytes(message))
        except PycaInvalidSignature:
            raise InvalidSignature(WRONG) from None


@final
class PycaEd25519PrivateKey(Ed25519PrivateKey):
    """See `Ed25519PrivateKey`."""

    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self._key = key

    def der(self) -> bytes:
        return private_der(self._key)

    def public_der(self) -> bytes:
        return public_der(self._key.public_key())

    def sign(self, message: Octets) -> bytes:
        return self._key.sign(bytes(message))
