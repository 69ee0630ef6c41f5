"""Lengths that algorithms have, checked in one place for all providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymirage.error import UsageError

if TYPE_CHECKING:
    from pymirage.security.crypto.names import Octets

AES_KEYS = (16, 24, 32)
BLOCK = {"aes": 16, "3des": 8}


def aes_key(key: Octets) -> None:
    if len(key) not in AES_KEYS:
        raise UsageError(f"an AES key has 16, 24 or 32 octets, not {len(key)}")


def aead(name: str, key: Octets, tag_size: int) -> None:
    """Key and tag of an algorithm."""
    if name == "chacha20-poly1305":
        if len(key) != 32:
            raise UsageError(f"a ChaCha20-Poly1305 key has 32 octets, not {len(key)}")
    elif name in ("aes-gcm", "aes-ccm"):
        aes_key(key)
    else:
        raise UsageError(f"no AEAD {name!r}: there are aes-gcm, aes-ccm, chacha20-poly1305")
    allowed = range(4, 17, 2) if name == "aes-ccm" else (16,)
    if tag_size not in allowed:
        raise UsageError(f"{name} has no tags of {tag_size} octets")


def nonce(name: str, nonce: Octets, size: int) -> None:
    """`size` octets of message: a nonce of AES-CCM leaves 15 - len(nonce) octets to count them."""
    if name == "aes-ccm":
        if not 7 <= len(nonce) <= 13:
            raise UsageError(f"a nonce of AES-CCM has 7 to 13 octets, not {len(nonce)}")
        if size >> (8 * (15 - len(nonce))):
            raise UsageError(f"a nonce of {len(nonce)} octets is too long for {size} octets with AES-CCM")
    elif name == "aes-gcm":
        if not 8 <= len(nonce) <= 128:
            raise UsageError(f"a nonce of AES-GCM has 8 to 128 octets, best 12, not {len(nonce)}")
    elif len(nonce) != 12:
        raise UsageError(f"a nonce of ChaCha20-Poly1305 has 12 octets, not {len(nonce)}")


def cbc(name: str, key: Octets, vector: Octets) -> None:
    if name not in BLOCK:
        raise UsageError(f"no block cipher {name!r}: there are aes, 3des")
    if name == "aes":
        aes_key(key)
    elif len(key) != 24:
        raise UsageError(f"a 3DES key has 24 octets, not {len(key)}")
    if len(vector) != BLOCK[name]:
        raise UsageError(f"an initialisation vector of {name} has {BLOCK[name]} octets, not {len(vector)}")


def ctr(key: Octets, counter: Octets) -> None:
    aes_key(key)
    if len(counter) != BLOCK["aes"]:
        raise UsageError(f"a counter of AES has 16 octets, not {len(counter)}")


def blocks(data: Octets, block: int) -> None:
    if len(data) % block:
        raise UsageError(f"{len(data)} octets are not whole blocks of {block}")


def rsa(bits: int) -> None:
    if not 2048 <= bits <= 8192 or bits % 8:
        raise UsageError(f"an RSA key has 2048 to 8192 bits, a multiple of 8, not {bits}")


def dh(prime: int, generator: int) -> None:
    if not 1024 <= prime.bit_length() <= 8192 or not prime & 1 or not 1 < generator < prime - 1:
        raise UsageError(
            "a Diffie-Hellman group has an odd prime of 1024 to 8192 bits and a generator below it"
        )
