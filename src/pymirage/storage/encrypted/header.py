"""The header of an encrypted disk: enough to tell the right key, and to make the keys from it.

    magic 16 | salt 32 | sector size 4 | sectors 8 | check 32        big-endian, the rest zero

The check is HMAC-SHA-256 over what is before it. Two copies, for a crash while they are written.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from pymirage.error import UsageError
from pymirage.security.crypto import provider
from pymirage.storage.error import StorageError, WrongFormat

if TYPE_CHECKING:
    from pymirage.security.crypto.names import Octets

MAGIC: Final = b"pymirage disk 1\n"
FIELDS: Final = struct.Struct(">16s32sIQ")
CHECK: Final = 32
SALT: Final = 32

SHORTEST_SECRET: Final = 16
"""Octets. The secret is a key, not a password: nothing slows down who tries all short ones."""


class WrongKey(StorageError):
    """The disk was encrypted with another key."""


class Header(NamedTuple):
    """What a disk says of itself, and the key of its sectors."""

    sector_size: int
    sectors: int
    key: bytes


def make(secret: Octets, size: int, count: int) -> tuple[Header, bytes]:
    """A new header, with the sector that says it."""
    salt = provider.random(SALT)
    fields = FIELDS.pack(MAGIC, salt, size, count)
    check, key = keys(secret, salt)
    mac = provider.hmac("sha256", check, fields).digest()
    return Header(size, count, key), (fields + mac).ljust(size, b"\0")


def read(secret: Octets, copies: list[bytes]) -> Header | None:
    """From the copies on a disk; None for a blank one. Raises WrongKey, WrongFormat."""
    if not any(any(copy) for copy in copies):
        return None
    found = [copy for copy in copies if copy.startswith(MAGIC)]
    if not found:
        raise WrongFormat("no encrypted disk")
    for copy in found:
        fields = copy[: FIELDS.size]
        _, salt, size, count = FIELDS.unpack(fields)
        check, key = keys(secret, salt)
        mac = provider.hmac("sha256", check, fields).digest()
        if provider.equal(mac, copy[FIELDS.size : FIELDS.size + CHECK]):
            return Header(size, count, key)
    raise WrongKey("the disk is encrypted with another key")


def keys(secret: Octets, salt: bytes) -> tuple[bytes, bytes]:
    """Of the check, and of the sectors. Each disk has its own, because each has its salt."""
    if len(secret) < SHORTEST_SECRET:
        raise UsageError(f"the key of a disk has {SHORTEST_SECRET} octets or more, not {len(secret)}")
    root = provider.hkdf_extract("sha256", salt, secret)
    check = provider.hkdf_expand("sha256", root, b"pymirage disk: header", 32)
    return check, provider.hkdf_expand("sha256", root, b"pymirage disk: sectors", 32)
