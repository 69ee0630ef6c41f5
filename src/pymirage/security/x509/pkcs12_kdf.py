"""The key derivation of PKCS #12 (RFC 7292 appendix B.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymirage.security.crypto import provider

if TYPE_CHECKING:
    from pymirage.security.crypto.names import HashName

KEY: Final = 1
IV: Final = 2
MAC: Final = 3


def password_octets(password: bytes | None) -> bytes:
    """UTF-16 with a zero at the end (appendix B.1), also of the empty password; nothing for no password."""
    return b"" if password is None else (password.decode() + "\0").encode("utf-16-be")


def derive(name: HashName, purpose: int, password: bytes, salt: bytes, iterations: int, size: int) -> bytes:
    new = provider.hash
    block = new(name).block_size
    diversifier = bytes((purpose,)) * block
    data = _filled(salt, block) + _filled(password, block)
    found = b""
    while True:
        digest = new(name, diversifier + data).digest()
        for _ in range(iterations - 1):
            digest = new(name, digest).digest()
        found += digest
        if len(found) >= size:
            return found[:size]
        step = int.from_bytes(_filled(digest, block)[:block], "big") + 1
        pieces = (data[at : at + block] for at in range(0, len(data), block))
        whole = 1 << 8 * block
        data = b"".join(
            ((int.from_bytes(each, "big") + step) % whole).to_bytes(block, "big") for each in pieces
        )


def _filled(data: bytes, block: int) -> bytes:
    """Repeated to whole blocks; nothing stays nothing."""
    size = (len(data) + block - 1) // block * block
    return (data * (size // len(data) + 1))[:size] if data else b""
