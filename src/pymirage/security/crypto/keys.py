"""Keys of public-key cryptography. They come in and go out as DER: PKCS #8 (RFC 5958) when private,
SubjectPublicKeyInfo (RFC 5280 §4.1) when public.

Their `repr` shows the kind and never the key.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymirage.security.crypto.names import Curve, HashName, Octets


class PublicKey(ABC):
    """Of any kind; see the subclasses."""

    @abstractmethod
    def der(self) -> bytes:
        """SubjectPublicKeyInfo."""


class PrivateKey(ABC):
    """Of any kind; see the subclasses."""

    @abstractmethod
    def der(self) -> bytes:
        """PKCS #8, not encrypted."""

    @abstractmethod
    def public_der(self) -> bytes:
        """SubjectPublicKeyInfo of its public half."""


class RsaPublicKey(PublicKey):
    """RFC 8017. `mask` is the hash of the mask generation, `name` where it is left out."""

    @property
    @abstractmethod
    def bits(self) -> int:
        """Of the modulus."""

    @abstractmethod
    def verify_pkcs1(self, signature: Octets, message: Octets, name: HashName) -> None:
        """RSASSA-PKCS1-v1_5. Raises InvalidSignature."""

    @abstractmethod
    def verify_pss(
        self, signature: Octets, message: Octets, name: HashName, salt: int, mask: HashName | None = None
    ) -> None:
        """RSASSA-PSS with `salt` octets of salt. Raises InvalidSignature."""

    @abstractmethod
    def encrypt_pkcs1(self, plaintext: Octets) -> bytes:
        """RSAES-PKCS1-v1_5: for protocols that still do. Raises UsageError for what is too long."""

    @abstractmethod
    def encrypt_oaep(
        self, plaintext: Octets, name: HashName, label: Octets = b"", mask: HashName | None = None
    ) -> bytes:
        """RSAES-OAEP. Raises UsageError for what is too long."""


class RsaPrivateKey(PrivateKey):
    """RFC 8017. All operations with the private key are blinded."""

    @property
    @abstractmethod
    def bits(self) -> int:
        """Of the modulus."""

    @abstractmethod
    def sign_pkcs1(self, message: Octets, name: HashName) -> bytes:
        """RSASSA-PKCS1-v1_5."""

    @abstractmethod
    def sign_pss(self, message: Octets, name: HashName, salt: int, mask: HashName | None = None) -> bytes:
        """RSASSA-PSS with `salt` octets of salt."""

    @abstractmethod
    def decrypt_pkcs1(self, ciphertext: Octets) -> bytes:
        """RSAES-PKCS1-v1_5. What was not made so gives random octets of some length: implicit rejection
        leaves no oracle (Bleichenbacher). Raises InvalidCiphertext for one of another length than the key's.
        """

    @abstractmethod
    def decrypt_oaep(
        self, ciphertext: Octets, name: HashName, label: Octets = b"", mask: HashName | None = None
    ) -> bytes:
        """RSAES-OAEP. Raises InvalidCiphertext."""


class EcPublicKey(PublicKey):
    """ECDSA (FIPS 186-5). Signatures are Ecdsa-Sig-Value in DER."""

    @property
    @abstractmethod
    def curve(self) -> Curve:
        """One of P-256, P-384 and P-521."""

    @abstractmethod
    def point(self) -> bytes:
        """Uncompressed (SEC 1 §2.3.3)."""

    @abstractmethod
    def verify(self, signature: Octets, message: Octets, name: HashName) -> None:
        """Raises InvalidSignature."""


class EcPrivateKey(PrivateKey):
    """ECDSA (FIPS 186-5), and the agreement of SP 800-56A with the same key."""

    @property
    @abstractmethod
    def curve(self) -> Curve:
        """One of P-256, P-384 and P-521."""

    @abstractmethod
    def sign(self, message: Octets, name: HashName) -> bytes:
        """Ecdsa-Sig-Value in DER."""


class Ed25519PublicKey(PublicKey):
    """RFC 8032, without context and without a hash before it."""

    @abstractmethod
    def octets(self) -> bytes:
        """The key's 32 octets."""

    @abstractmethod
    def verify(self, signature: Octets, message: Octets) -> None:
        """Raises InvalidSignature."""


class Ed25519PrivateKey(PrivateKey):
    """RFC 8032, without context and without a hash before it."""

    @abstractmethod
    def sign(self, message: Octets) -> bytes:
        """64 octets."""


class AgreementKey(ABC):
    """A private key of Diffie and Hellman's: ephemeral, so it is made, used and dropped."""

    @property
    @abstractmethod
    def public(self) -> bytes:
        """What the peer is sent: 32 octets of X25519 (RFC 7748), an uncompressed point (SEC 1 §2.3.3), or
        a big-endian number as long as the group's prime."""

    @abstractmethod
    def exchange(self, peer: Octets) -> bytes:
        """The shared secret, leading zeros included: x of the point, or a number as long as the prime.

        Raises InvalidKey for a point that is not on the curve, a number outside of the group, a zero secret.
        """
