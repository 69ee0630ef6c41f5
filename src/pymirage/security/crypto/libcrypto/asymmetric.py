"""Keys that sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.error import UsageError
from pymirage.security.crypto._libcrypto import LibcryptoError
from pymirage.security.crypto.error import InvalidCiphertext, InvalidKey, InvalidSignature
from pymirage.security.crypto.keys import (
    EcPrivateKey,
    EcPublicKey,
    Ed25519PrivateKey,
    Ed25519PublicKey,
    PrivateKey,
    PublicKey,
    RsaPrivateKey,
    RsaPublicKey,
)
from pymirage.security.crypto.libcrypto.names import CURVES, digest

if TYPE_CHECKING:
    from pymirage.security.crypto._libcrypto import Key
    from pymirage.security.crypto.names import Curve, HashName, Octets


def verify(
    key: Key,
    signature: Octets,
    message: Octets,
    hashed: str,
    padding: str = "",
    salt: int = 0,
    mask: str = "",
) -> None:
    try:
        if key.verify(signature, message, hashed, padding, salt, mask):
            return
    except LibcryptoError:
        pass  # a key too short for this hash: then nothing is its signature
    raise InvalidSignature("the signature is not this key's over this message")


def salted(salt: int) -> int:
    if not 0 <= salt < 1 << 16:
        raise UsageError("salt has 0 to 65535 octets")
    return salt


@final
class LibcryptoRsaPublicKey(RsaPublicKey):
    """See `RsaPublicKey`."""

    def __init__(self, key: Key) -> None:
        self._key = key

    @property
    def bits(self) -> int:
        return self._key.bits

    def der(self) -> bytes:
        return self._key.public_der()

    def verify_pkcs1(self, signature: Octets, message: Octets, name: HashName) -> None:
        verify(self._key, signature, message, digest(name), "pkcs1")

    def verify_pss(
        self, signature: Octets, message: Octets, name: HashName, salt: int, mask: HashName | None = None
    ) -> None:
        masked = digest(mask or name)
        verify(self._key, signature, message, digest(name), "pss", salted(salt), masked)

    def encrypt_pkcs1(self, plaintext: Octets) -> bytes:
        return self._encrypt(plaintext, "pkcs1")

    def encrypt_oaep(
        self, plaintext: Octets, name: HashName, label: Octets = b"", mask: HashName | None = None
    ) -> bytes:
        return self._encrypt(plaintext, "oaep", digest(name), digest(mask or name), label)

    def _encrypt(
        self, plaintext: Octets, padding: str, hashed: str = "", mask: str = "", label: Octets = b""
    ) -> bytes:
        try:
            return self._key.encrypt(plaintext, padding, hashed, mask, label)
        except LibcryptoError:
            raise UsageError(f"{len(plaintext)} octets are too long for this key") from None


@final
class LibcryptoRsaPrivateKey(RsaPrivateKey):
    """See `RsaPrivateKey`."""

    def __init__(self, key: Key) -> None:
        self._key = key

    @property
    def bits(self) -> int:
        return self._key.bits

    def der(self) -> bytes:
        return self._key.private_der()

    def public_der(self) -> bytes:
        return self._key.public_der()

    def sign_pkcs1(self, message: Octets, name: HashName) -> bytes:
        return self._sign(message, digest(name), "pkcs1")

    def sign_pss(self, message: Octets, name: HashName, salt: int, mask: HashName | None = None) -> bytes:
        return self._sign(message, digest(name), "pss", salted(salt), digest(mask or name))

    def _sign(self, message: Octets, hashed: str, padding: str, salt: int = 0, mask: str = "") -> bytes:
        try:
            return self._key.sign(message, hashed, padding, salt, mask)
        except LibcryptoError:
            raise UsageError(f"a key of {self.bits} bits is too short for this signature") from None

    def decrypt_pkcs1(self, ciphertext: Octets) -> bytes:
        return self._decrypt(ciphertext, "pkcs1")

    def decrypt_oaep(
        self, ciphertext: Octets, name: HashName, label: Octets = b"", mask: HashName | None = None
    ) -> bytes:
        return self._decrypt(ciphertext, "oaep", digest(name), digest(mask or name), label)

    def _decrypt(
        self, ciphertext: Octets, padding: str, hashed: str = "", mask: str = "", label: Octets = b""
    ) -> bytes:
        if len(ciphertext) != (self.bits + 7) // 8:
            raise InvalidCiphertext("the data was not encrypted to this key")
        try:
            return self._key.decrypt(ciphertext, padding, hashed, mask, label)
        except LibcryptoError:
            raise InvalidCiphertext("the data was not encrypted to this key") from None


@final
class LibcryptoEcPublicKey(EcPublicKey):
    """See `EcPublicKey`."""

    def __init__(self, key: Key) -> None:
        self._key = key

    @property
    def curve(self) -> Curve:
        return CURVES[self._key.group]

    def der(self) -> bytes:
        return self._key.public_der()

    def point(self) -> bytes:
        return self._key.public()

    def verify(self, signature: Octets, message: Octets, name: HashName) -> None:
        verify(self._key, signature, message, digest(name))


@final
class LibcryptoEcPrivateKey(EcPrivateKey):
    """See `EcPrivateKey`."""

    def __init__(self, key: Key) -> None:
        self._key = key

    @property
    def curve(self) -> Curve:
        return CURVES[self._key.group]

    def der(self) -> bytes:
        return self._key.private_der()

    def public_der(self) -> bytes:
        return self._key.public_der()

    def sign(self, message: Octets, name: HashName) -> bytes:
        return self._key.sign(message, digest(name), "", 0, "")


@final
class LibcryptoEd25519PublicKey(Ed25519PublicKey):
    """See `Ed25519PublicKey`."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def der(self) -> bytes:
        return self._key.public_der()

    def octets(self) -> bytes:
        # SubjectPublicKeyInfo ends with them (RFC 8410 §4).
        return self._key.public_der()[-32:]

    def verify(self, signature: Octets, message: Octets) -> None:
        verify(self._key, signature, message, "")


@final
class LibcryptoEd25519PrivateKey(Ed25519PrivateKey):
    """See `Ed25519PrivateKey`."""

    def __init__(self, key: Key) -> None:
        self._key = key

    def der(self) -> bytes:
        return self._key.private_der()

    def public_der(self) -> bytes:
        return self._key.public_der()

    def sign(self, message: Octets) -> bytes:
        return self._key.sign(message, "", "", 0, "")


def public_key(key: Key) -> PublicKey:
    match key.kind:
        case "RSA" | "RSA-PSS":
            return LibcryptoRsaPublicKey(key)
        case "ED25519":
            return LibcryptoEd25519PublicKey(key)
        case "EC" if key.group in CURVES:
            return LibcryptoEcPublicKey(key)
    raise InvalidKey("a public key of another kind")


def private_key(key: Key) -> PrivateKey:
    match key.kind:
        case "RSA" | "RSA-PSS":
            return LibcryptoRsaPrivateKey(key)
        case "ED25519":
            return LibcryptoEd25519PrivateKey(key)
        case "EC" if key.group in CURVES:
            return LibcryptoEcPrivateKey(key)
    raise InvalidKey("a private key of another kind")
