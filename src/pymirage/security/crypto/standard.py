"""The part of a provider that the standard library has: hashes, and what is made from them.

`hashlib` and `hmac` compute with libcrypto on hosts and in images that carry it; all with a provider do.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Any, Protocol, final

from pymirage.error import UsageError
from pymirage.security.crypto.contract import Provider
from pymirage.security.crypto.hash import Hash
from pymirage.security.crypto.names import HASHES

if TYPE_CHECKING:
    from pymirage.security.crypto.names import HashName, Octets

MOST_MEMORY = 1 << 30
"""Of scrypt, whose parameters are often somebody else's choice."""


class Standard(Provider):
    """See `Provider`."""

    def random(self, size: int) -> bytes:
        if size < 0:
            raise UsageError("size must not be negative")
        return os.urandom(size)

    def equal(self, one: Octets, other: Octets) -> bool:
        return hmac.compare_digest(one, other)

    def hash(self, name: HashName, data: Octets = b"") -> Hash:
        return StandardHash(hashlib.new(known(name), data))

    def hmac(self, name: HashName, key: Octets, data: Octets = b"") -> Hash:
        return StandardHash(hmac.new(bytes(key), data, known(name)))

    def hkdf_extract(self, name: HashName, salt: Octets, secret: Octets) -> bytes:
        return hmac.digest(bytes(salt), bytes(secret), known(name))

    def hkdf_expand(self, name: HashName, key: Octets, info: Octets, size: int) -> bytes:
        each = hashlib.new(known(name)).digest_size
        if not 0 <= size <= 255 * each:
            raise UsageError(f"HKDF with {name} makes at most {255 * each} octets, not {size}")
        key, info, block, out = bytes(key), bytes(info), b"", b""
        for number in range(1, -(-size // each) + 1):
            block = hmac.digest(key, block + info + bytes((number,)), name)
            out += block
        return out[:size]

    def pbkdf2(self, name: HashName, password: Octets, salt: Octets, iterations: int, size: int) -> bytes:
        if iterations < 1 or size < 1:
            raise UsageError("PBKDF2 needs at least one iteration and one octet")
        return hashlib.pbkdf2_hmac(known(name), password, salt, iterations, size)

    def scrypt(
        self, password: Octets, salt: Octets, *, cost: int, block: int, parallel: int, size: int
    ) -> bytes:
        if cost < 2 or cost & (cost - 1) or block < 1 or parallel < 1 or size < 1:
            raise UsageError(
                "scrypt's cost is a power of two from 2 on, and its other parameters are positive"
            )
        if block * parallel >= 1 << 30:
            raise UsageError("scrypt: block times parallel must be below 2**30")
        if 128 * block * (cost + parallel + 2) > MOST_MEMORY:
            raise UsageError(f"scrypt with these parameters needs more than {MOST_MEMORY >> 20} MiB")
        return hashlib.scrypt(
            password, salt=salt, n=cost, r=block, p=parallel, maxmem=MOST_MEMORY + (1 << 20), dklen=size
        )


def known(name: str) -> str:
    if name not in HASHES:
        raise UsageError(f"no hash {name!r}: there are {', '.join(HASHES)}")
    return name


class Hashing(Protocol):
    """What objects of `hashlib` and `hmac` have in common."""

    @property
    def digest_size(self) -> int: ...
    @property
    def block_size(self) -> int: ...
    def update(self, data: Any, /) -> None: ...
    def digest(self) -> bytes: ...
    def copy(self) -> Any: ...


@final
class StandardHash(Hash):
    """An object of `hashlib` or `hmac`."""

    __slots__ = ("_hashing",)

    def __init__(self, hashing: Hashing) -> None:
        self._hashing = hashing

    @property
    def digest_size(self) -> int:
        return self._hashing.digest_size

    @property
    def block_size(self) -> int:
        return self._hashing.block_size

    def update(self, data: Octets) -> None:
        self._hashing.update(data)

    def digest(self) -> bytes:
        return self._hashing.digest()

    def copy(self) -> Hash:
        return StandardHash(self._hashing.copy())
