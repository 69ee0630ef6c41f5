"""Puts the parts together."""

from __future__ import annotations

# With it `hashlib` has PBKDF2, scrypt and RIPEMD-160, and the processor's instructions for the others.
import _hashlib  # noqa: F401
from typing import TYPE_CHECKING, final

from pymirage.error import UsageError
from pymirage.security.crypto import _libcrypto, lengths
from pymirage.security.crypto._libcrypto import LibcryptoError
from pymirage.security.crypto.error import InvalidKey
from pymirage.security.crypto.libcrypto import agreement, asymmetric, secret
from pymirage.security.crypto.libcrypto.names import GROUPS
from pymirage.security.crypto.names import Curve
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
class Libcrypto(Standard):
    """See `Provider`."""

    @property
    def name(self) -> str:
        return f"OpenSSL {_libcrypto.VERSION}"

    def aead(self, name: AeadName, key: Octets, tag_size: int = 16) -> Aead:
        return secret.LibcryptoAead(name, key, tag_size)

    def ctr(self, key: Octets, counter: Octets) -> Cipher:
        return secret.ctr(key, counter)

    def cbc(self, name: CipherName, key: Octets, vector: Octets, *, encrypt: bool) -> Cipher:
        return secret.cbc(name, key, vector, encrypt)

    def public_key(self, der: Octets) -> PublicKey:
        try:
            return asymmetric.public_key(_libcrypto.public_key(der))
        except LibcryptoError:
            raise InvalidKey("not a public key") from None

    def private_key(self, der: Octets) -> PrivateKey:
        try:
            return asymmetric.private_key(_libcrypto.private_key(der))
        except LibcryptoError:
            raise InvalidKey("not a private key") from None

    def generate_rsa(self, bits: int = 3072) -> RsaPrivateKey:
        lengths.rsa(bits)
        return asymmetric.LibcryptoRsaPrivateKey(_libcrypto.generate("RSA", bits, ""))

    def generate_ec(self, curve: Curve) -> EcPrivateKey:
        if curve is Curve.X25519:
            raise UsageError("one does not sign with X25519: generate_ed25519()")
        return asymmetric.LibcryptoEcPrivateKey(_libcrypto.generate("EC", 0, GROUPS[curve]))

    def generate_ed25519(self) -> Ed25519PrivateKey:
        return asymmetric.LibcryptoEd25519PrivateKey(_libcrypto.generate("ED25519", 0, ""))

    def agreement(self, curve: Curve, private: Octets | None = None) -> AgreementKey:
        return agreement.agreement(curve, private)

    def dh(self, prime: int, generator: int, private: int | None = None) -> AgreementKey:
        return agreement.dh(prime, generator, private)
