"""The contract: all of cryptography that pymirage uses, whoever computes it.

In images that is libcrypto beneath a small binding, on hosts pyca/cryptography. Both pass the same tests.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymirage.security.crypto.aead import Aead
    from pymirage.security.crypto.cipher import Cipher
    from pymirage.security.crypto.hash import Hash
    from pymirage.security.crypto.keys import (
        AgreementKey,
        EcPrivateKey,
        Ed25519PrivateKey,
        PrivateKey,
        PublicKey,
        RsaPrivateKey,
    )
    from pymirage.security.crypto.names import AeadName, CipherName, Curve, HashName, Octets


class Provider(ABC):
    """Wrong lengths and names raise UsageError; what a peer or a file got wrong raises what `error` names."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Library and version, for reports."""

    @abstractmethod
    def random(self, size: int) -> bytes:
        """Octets that nobody can predict. Raises OSError when the platform has no entropy."""

    @abstractmethod
    def equal(self, one: Octets, other: Octets) -> bool:
        """Whether they are the same, in a time that depends on their lengths only."""

    # --- Hashes, and what is made from them

    @abstractmethod
    def hash(self, name: HashName, data: Octets = b"") -> Hash:
        """A new hash, which has taken in `data`."""

    @abstractmethod
    def hmac(self, name: HashName, key: Octets, data: Octets = b"") -> Hash:
        """RFC 2104."""

    @abstractmethod
    def hkdf_extract(self, name: HashName, salt: Octets, secret: Octets) -> bytes:
        """RFC 5869 §2.2."""

    @abstractmethod
    def hkdf_expand(self, name: HashName, key: Octets, info: Octets, size: int) -> bytes:
        """RFC 5869 §2.3: at most 255 digests."""

    @abstractmethod
    def pbkdf2(self, name: HashName, password: Octets, salt: Octets, iterations: int, size: int) -> bytes:
        """RFC 8018 §5.2."""

    @abstractmethod
    def scrypt(
        self, password: Octets, salt: Octets, *, cost: int, block: int, parallel: int, size: int
    ) -> bytes:
        """RFC 7914; needs 128 · cost · block octets of memory."""

    # --- Secret keys

    @abstractmethod
    def aead(self, name: AeadName, key: Octets, tag_size: int = 16) -> Aead:
        """AES of 128, 192 or 256 bits, ChaCha20 of 256. Shorter tags are of AES-CCM only (RFC 3610: 4 to 16,
        even)."""

    @abstractmethod
    def ctr(self, key: Octets, counter: Octets) -> Cipher:
        """AES; the 16 octets of `counter` are one big-endian number. Both directions are the same."""

    @abstractmethod
    def cbc(self, name: CipherName, key: Octets, vector: Octets, *, encrypt: bool) -> Cipher:
        """The initialisation vector is as long as a block: 16 octets of AES, 8 of 3DES."""

    # --- Public and private keys

    @abstractmethod
    def public_key(self, der: Octets) -> PublicKey:
        """One of RsaPublicKey, EcPublicKey, Ed25519PublicKey. Raises InvalidKey."""

    @abstractmethod
    def private_key(self, der: Octets) -> PrivateKey:
        """One of RsaPrivateKey, EcPrivateKey, Ed25519PrivateKey. Raises InvalidKey."""

    @abstractmethod
    def generate_rsa(self, bits: int = 3072) -> RsaPrivateKey:
        """With the exponent 65537; 2048 to 8192 bits."""

    @abstractmethod
    def generate_ec(self, curve: Curve) -> EcPrivateKey:
        """To sign with: not X25519."""

    @abstractmethod
    def generate_ed25519(self) -> Ed25519PrivateKey:
        """A new key."""

    @abstractmethod
    def agreement(self, curve: Curve, private: Octets | None = None) -> AgreementKey:
        """A new key, or the one with this number (little-endian of X25519, big-endian of the others).

        Raises InvalidKey.
        """

    @abstractmethod
    def dh(self, prime: int, generator: int, private: int | None = None) -> AgreementKey:
        """Finite-field Diffie-Hellman with a group of 1024 to 8192 bits (RFC 7919, RFC 3526).

        The group is taken as it is: whoever did not choose it checks it first. Raises InvalidKey.
        """
