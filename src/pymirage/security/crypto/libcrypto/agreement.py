"""Keys that agree on a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.crypto import _libcrypto, lengths
from pymirage.security.crypto._libcrypto import LibcryptoError
from pymirage.security.crypto.error import InvalidKey
from pymirage.security.crypto.keys import AgreementKey
from pymirage.security.crypto.libcrypto.names import GROUPS
from pymirage.security.crypto.names import COORDINATE, Curve

if TYPE_CHECKING:
    from pymirage.security.crypto._libcrypto import Key
    from pymirage.security.crypto.names import Octets

# PKCS #8 (RFC 5958, RFC 5915, RFC 8410) in front of a private number: all of it is fixed but the number.
PKCS8 = {
    Curve.X25519: bytes.fromhex("302e020100300506032b656e04220420"),
    Curve.P256: bytes.fromhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"),
    Curve.P384: bytes.fromhex("304e020100301006072a8648ce3d020106052b81040022043730350201010430"),
    Curve.P521: bytes.fromhex("3060020100301006072a8648ce3d020106052b81040023044930470201010442"),
}


def agreement(curve: Curve, private: Octets | None) -> AgreementKey:
    size = COORDINATE[curve]
    point = size if curve is Curve.X25519 else 1 + 2 * size
    if private is None:
        made = ("X25519", 0, "") if curve is Curve.X25519 else ("EC", 0, GROUPS[curve])
        return LibcryptoAgreementKey(_libcrypto.generate(*made), point)
    if len(private) != size:
        raise InvalidKey(f"a private key of {curve.value} has {size} octets")
    try:
        return LibcryptoAgreementKey(_libcrypto.private_key(PKCS8[curve] + bytes(private)), point)
    except LibcryptoError:
        raise InvalidKey("not a number below the curve's order") from None


def dh(prime: int, generator: int, private: int | None) -> AgreementKey:
    lengths.dh(prime, generator)
    size = (prime.bit_length() + 7) // 8
    numbers = (prime.to_bytes(size, "big"), generator.to_bytes(size, "big"))
    if private is None:
        return LibcryptoDh(_libcrypto.dh(*numbers, b"", b""), prime)
    if not 1 < private < prime - 1:
        raise InvalidKey("not a number of this group")
    public = pow(generator, private, prime).to_bytes(size, "big")
    return LibcryptoDh(_libcrypto.dh(*numbers, private.to_bytes(size, "big"), public), prime)


@final
class LibcryptoAgreementKey(AgreementKey):
    """On a curve."""

    def __init__(self, key: Key, point: int) -> None:
        self._key = key
        self._point = point

    @property
    def public(self) -> bytes:
        return self._key.public()

    def exchange(self, peer: Octets) -> bytes:
        if len(peer) != self._point:
            raise InvalidKey("not a point of this curve as protocols send it")
        try:
            return self._key.exchange(peer)
        except LibcryptoError:
            raise InvalidKey("not a point to agree with") from None


@final
class LibcryptoDh(AgreementKey):
    """In a finite field."""

    def __init__(self, key: Key, prime: int) -> None:
        self._key = key
        self._prime = prime

    @property
    def public(self) -> bytes:
        return self._key.public().rjust(self._size, b"\0")

    def exchange(self, peer: Octets) -> bytes:
        number = int.from_bytes(peer, "big")
        if not 1 < number < self._prime - 1:
            raise InvalidKey("not a number of this group")
        try:
            secret = self._key.exchange(number.to_bytes(self._size, "big"))
        except LibcryptoError:
            raise InvalidKey("not a number to agree with") from None
        return secret.rjust(self._size, b"\0")

    @property
    def _size(self) -> int:
        return (self._prime.bit_length() + 7) // 8
