"""The algorithms, by the names that standards and `hashlib` give them."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, get_args

Octets = bytes | bytearray | memoryview
"""What secrets and data may come as; a secret in a bytearray can be wiped by its owner."""

HashName = Literal[
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha512_224",
    "sha512_256",
    "sha3_224",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "blake2b",
    "blake2s",
    "ripemd160",
]
"""MD5, SHA-1 and RIPEMD-160 are broken, and here for formats and protocols that still name them."""

HASHES: Final[tuple[HashName, ...]] = get_args(HashName)

AeadName = Literal["aes-gcm", "aes-ccm", "chacha20-poly1305"]

CipherName = Literal["aes", "3des"]


class Curve(Enum):
    """Of elliptic-curve keys: SEC 2, and RFC 7748 for the last, with which one agrees and does not sign."""

    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"
    X25519 = "X25519"


COORDINATE: Final = {Curve.P256: 32, Curve.P384: 48, Curve.P521: 66, Curve.X25519: 32}
"""Octets of a coordinate, and so of a private number and of a shared secret."""
