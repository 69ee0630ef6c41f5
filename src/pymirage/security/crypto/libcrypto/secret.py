"""Encryption with secret keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.crypto import _libcrypto, lengths
from pymirage.security.crypto.aead import Aead
from pymirage.security.crypto.cipher import Cipher
from pymirage.security.crypto.error import InvalidTag

if TYPE_CHECKING:
    from pymirage.security.crypto.names import AeadName, CipherName, Octets


@final
class LibcryptoAead(Aead):
    """See `Aead`."""

    __slots__ = ("_aead", "_name", "_tag_size")

    def __init__(self, name: AeadName, key: Octets, tag_size: int) -> None:
        lengths.aead(name, key, tag_size)
        self._name = name
        self._tag_size = tag_size
        cipher = "ChaCha20-Poly1305" if name[0] == "c" else f"AES-{8 * len(key)}-{name[4:].upper()}"
        self._aead = _libcrypto.Aead(cipher, key, tag_size)

    @property
    def tag_size(self) -> int:
        return self._tag_size

    def seal(self, nonce: Octets, plaintext: Octets, associated: Octets = b"") -> bytes:
        lengths.nonce(self._name, nonce, len(plaintext))
        return self._aead.seal(nonce, plaintext, associated)

    def open(self, nonce: Octets, sealed: Octets, associated: Octets = b"") -> bytes:
        lengths.nonce(self._name, nonce, len(sealed))
        plaintext = self._aead.open(nonce, sealed, associated)
        if plaintext is None:
            raise InvalidTag("the data is not what was sealed")
        return plaintext


@final
class LibcryptoCipher(Cipher):
    """See `Cipher`."""

    __slots__ = ("_block", "_cipher")

    def __init__(self, cipher: _libcrypto.Cipher, block: int) -> None:
        self._cipher = cipher
        self._block = block

    def update(self, data: Octets) -> bytes:
        lengths.blocks(data, self._block)
        return self._cipher.update(data)


def ctr(key: Octets, counter: Octets) -> LibcryptoCipher:
    lengths.ctr(key, counter)
    return LibcryptoCipher(_libcrypto.Cipher(f"AES-{8 * len(key)}-CTR", key, counter, True), 1)


def cbc(name: CipherName, key: Octets, vector: Octets, encrypt: bool) -> LibcryptoCipher:
    lengths.cbc(name, key, vector)
    cipher = f"AES-{8 * len(key)}-CBC" if name == "aes" else "DES-EDE3-CBC"
    return LibcryptoCipher(_libcrypto.Cipher(cipher, key, vector, encrypt), lengths.BLOCK[name])
