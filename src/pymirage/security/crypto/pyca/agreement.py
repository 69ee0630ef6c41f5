"""Keys that agree on a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dh, ec, x25519

from pymirage.security.crypto import lengths
from pymirage.security.crypto.error import InvalidKey
from pymirage.security.crypto.keys import AgreementKey
from pymirage.security.crypto.names import COORDINATE, Curve
from pymirage.security.crypto.pyca.asymmetric import CURVES

if TYPE_CHECKING:
    from pymirage.security.crypto.names import Octets


@final
class PycaX25519(AgreementKey):
    """RFC 7748."""

    def __init__(self, private: Octets | None) -> None:
        if private is not None and len(private) != COORDINATE[Curve.X25519]:
            raise InvalidKey("a private key of X25519 has 32 octets")
        make = x25519.X25519PrivateKey
        self._key = make.generate() if private is None else make.from_private_bytes(private)

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def exchange(self, peer: Octets) -> bytes:
        try:
            return self._key.exchange(x25519.X25519PublicKey.from_public_bytes(bytes(peer)))
        except ValueError:
            raise InvalidKey("not a point to agree with") from None


@final
class PycaEcdh(AgreementKey):
    """SEC 1 §3.3.1."""

    def __init__(self, curve: Curve, private: Octets | None) -> None:
        self._size = COORDINATE[curve]
        self._curve = CURVES[curve]
        if private is None:
            self._key = ec.generate_private_key(self._curve)
            return
        if len(private) != self._size:
            raise InvalidKey(f"a private key of {curve.value} has {self._size} octets")
        try:
            self._key = ec.derive_private_key(int.from_bytes(private, "big"), self._curve)
        except ValueError:
            raise InvalidKey("not a number below the curve's order") from None

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def exchange(self, peer: Octets) -> bytes:
        if len(peer) != 1 + 2 * self._size or peer[0] != 4:
            raise InvalidKey("not an uncompressed point of this curve")
        try:
            return self._key.exchange(
                ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(self._curve, bytes(peer))
            )
        except ValueError:
            raise InvalidKey("not a point to agree with") from None


@final
class PycaDh(AgreementKey):
    """PKCS #3, as in RFC 7919 and RFC 4253."""

    def __init__(self, prime: int, generator: int, private: int | None) -> None:
        lengths.dh(prime, generator)
        self._size = (prime.bit_length() + 7) // 8
        self._group = dh.DHParameterNumbers(prime, generator)
        if private is None:
            self._key = self._group.parameters().generate_private_key()
            return
        if not 1 < private < prime - 1:
            raise InvalidKey("not a number of this group")
        public = dh.DHPublicNumbers(pow(generator, private, prime), self._group)
        self._key = dh.DHPrivateNumbers(private, public).private_key()

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_numbers().y.to_bytes(self._size, "big")

    def exchange(self, peer: Octets) -> bytes:
        number = int.from_bytes(peer, "big")
        if not 1 < number < self._group.p - 1:
            raise InvalidKey("not a number of this group")
        try:
            secret = self._key.exchange(dh.DHPublicNumbers(number, self._group).public_key())
        except ValueError:
            raise InvalidKey("not a number to agree with") from None
        return secret.rjust(self._size, b"\0")
