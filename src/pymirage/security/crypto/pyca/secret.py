"""Encryption with secret keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cryptography.exceptions import InvalidTag as PycaInvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as PycaCipher
from cryptography.hazmat.primitives.ciphers import CipherContext, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from pymirage.security.crypto import lengths
from pymirage.security.crypto.aead import Aead
from pymirage.security.crypto.cipher import Cipher
from pymirage.security.crypto.error import InvalidTag

if TYPE_CHECKING:
    from pymirage.security.crypto.names import AeadName, CipherName, Octets


@final
class PycaAead(Aead):
    """See `Aead`."""

    def __init__(self, name: AeadName, key: Octets, tag_size: int) -> None:
        lengths.aead(name, key, tag_size)
        self._name = name
        self._tag_size = tag_size
        self._aead: AESGCM | AESCCM | ChaCha20Poly1305
        if name == "aes-gcm":
            self._aead = AESGCM(key)
        elif name == "aes-ccm":
            self._aead = AESCCM(key, tag_size)
        else:
            self._aead = ChaCha20Poly1305(key)

    @property
    def tag_size(self) -> int:
        return self._tag_size

    def seal(self, nonce: Octets, plaintext: Octets, associated: Octets = b"") -> bytes:
        lengths.nonce(self._name, nonce, len(plaintext))
        return self._aead.encrypt(nonce, plaintext, associated)

    def open(self, nonce: Octets, sealed: Octets, associated: Octets = b"") -> bytes:
        lengths.nonce(self._name, nonce, len(sealed))
        try:
            return self._aead.decrypt(nonce, sealed, associated)
        except PycaInvalidTag:
            raise InvalidTag("the data is not what was sealed") from None


@final
class PycaCtr(Cipher):
    """See `Cipher`."""

    def __init__(self, key: Octets, counter: Octets) -> None:
        lengths.ctr(key, counter)
        self._context = PycaCipher(algorithms.AES(key), modes.CTR(counter)).encryptor()

    def update(self, data: Octets) -> bytes:
        return self._context.update(data)


@final
class PycaCbc(Cipher):
    """See `Cipher`."""

    def __init__(self, name: CipherName, key: Octets, vector: Octets, encrypt: bool) -> None:
        lengths.cbc(name, key, vector)
        algorithm = algorithms.AES(key) if name == "aes" else TripleDES(bytes(key))
        cipher = PycaCipher(algorithm, modes.CBC(vector))
        self._context: CipherContext = cipher.encryptor() if encrypt else cipher.decryptor()
        self._block = lengths.BLOCK[name]

    def update(self, data: Octets) -> bytes:
        lengths.blocks(data, self._block)
        return self._context.update(data)
