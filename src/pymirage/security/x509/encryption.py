"""Password-based encryption of keys: PBES2 (RFC 8018 §6.2) and that of PKCS #12 (RFC 7292 appendix C).

Only decryption: what is written is protected by where it lies. Iterations are bounded: a file chooses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymirage.security.asn1 import tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader
from pymirage.security.crypto import provider
from pymirage.security.x509 import oids, pkcs12_kdf, rc2
from pymirage.security.x509.error import KeyFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymirage.security.crypto.names import CipherName, HashName

MOST_ITERATIONS = 10_000_000
MOST_SCRYPT_MEMORY = 1 << 28

_MACS: Mapping[str, HashName] = {
    oids.HMAC_SHA1: "sha1",
    oids.HMAC_SHA256: "sha256",
    oids.HMAC_SHA384: "sha384",
    oids.HMAC_SHA512: "sha512",
}


class _Cipher(NamedTuple):
    name: CipherName
    key: int
    block: int


_CIPHERS = {
    oids.AES_128_CBC: _Cipher("aes", 16, 16),
    oids.AES_192_CBC: _Cipher("aes", 24, 16),
    oids.AES_256_CBC: _Cipher("aes", 32, 16),
    oids.DES_EDE3_CBC: _Cipher("3des", 24, 8),
}


def decrypt(der: bytes, password: bytes | None) -> bytes:
    """EncryptedPrivateKeyInfo (RFC 5958 §3). Raises KeyFileError, EncodingError."""
    outer = Reader(der)
    reader = outer.sequence()
    outer.finish()
    algorithm = reader.raw()
    data = reader.octet_string()
    reader.finish()
    return decrypt_with(algorithm, data, password)


def decrypt_with(algorithm: bytes, data: bytes, password: bytes | None) -> bytes:
    """`algorithm` is an AlgorithmIdentifier. No password is the empty one, but in PKCS #12's own way."""
    reader = Reader(algorithm).sequence()
    oid = reader.oid()
    if oid == oids.PBES2:
        return _pbes2(reader.sequence(), data, password or b"")
    if oid in (oids.PBE_SHA1_3DES, oids.PBE_SHA1_2DES, oids.PBE_SHA1_RC2_40):
        return _pkcs12(oid, reader.sequence(), data, password)
    raise KeyFileError(f"encrypted in a way that is not known: {oid}")


def _pbes2(reader: Reader, data: bytes, password: bytes) -> bytes:
    derivation, scheme = reader.sequence(), reader.sequence()
    reader.finish()
    cipher = _CIPHERS.get(oid := scheme.oid())
    if cipher is None:
        raise KeyFileError(f"a cipher that is not known: {oid}")
    iv = scheme.octet_string()
    if len(iv) != cipher.block:
        raise EncodingError("an initialisation vector of another size")
    key = _derive(derivation, password, cipher.key)
    return _unpadded(_decrypted(cipher.name, key, iv, _blocks(data, cipher.block)), cipher.block)


def _derive(reader: Reader, password: bytes, size: int) -> bytes:
    oid = reader.oid()
    inner = reader.sequence()
    if oid == oids.PBKDF2:
        salt, iterations = inner.octet_string(), _iterations(inner)
        if inner.peek() == tag.INTEGER and inner.integer() != size:
            raise EncodingError("a key of another size")
        return provider.pbkdf2(_mac(inner), password, salt, iterations, size)
    if oid == oids.SCRYPT:  # RFC 7914 §7
        salt = inner.octet_string()
        cost, block, parallel = inner.small(1 << 24), inner.small(64), inner.small(64)
        if cost < 2 or cost & (cost - 1) or not block or not parallel:
            raise EncodingError("parameters that scrypt does not have")
        if 128 * cost * block > MOST_SCRYPT_MEMORY:
            raise KeyFileError("scrypt with more memory than is reasonable")
        return provider.scrypt(password, salt, cost=cost, block=block, parallel=parallel, size=size)
    raise KeyFileError(f"a key derivation that is not known: {oid}")


def _pkcs12(oid: str, reader: Reader, data: bytes, password: bytes | None) -> bytes:
    salt, iterations = reader.octet_string(), _iterations(reader)
    size = {oids.PBE_SHA1_3DES: 24, oids.PBE_SHA1_2DES: 16}.get(oid, 5)
    secret = pkcs12_kdf.password_octets(password)
    key = pkcs12_kdf.derive("sha1", pkcs12_kdf.KEY, secret, salt, iterations, size)
    iv = pkcs12_kdf.derive("sha1", pkcs12_kdf.IV, secret, salt, iterations, 8)
    blocks = _blocks(data, 8)
    if oid == oids.PBE_SHA1_RC2_40:
        return _unpadded(rc2.decrypt_cbc(key, 40, iv, blocks), 8)
    key = key if size == 24 else key + key[:8]
    return _unpadded(_decrypted("3des", key, iv, blocks), 8)


def _mac(reader: Reader) -> HashName:
    """The pseudo-random function of PBKDF2; SHA-1's when it is left out (RFC 8018 appendix A.2)."""
    if reader.at_end():
        return "sha1"
    oid = reader.sequence().oid()
    if oid not in _MACS:
        raise KeyFileError(f"a pseudo-random function that is not known: {oid}")
    return _MACS[oid]


def _decrypted(name: CipherName, key: bytes, vector: bytes, blocks: bytes) -> bytes:
    return provider.cbc(name, key, vector, encrypt=False).update(blocks)


def _iterations(reader: Reader) -> int:
    found = reader.integer()
    if not 0 < found <= MOST_ITERATIONS:
        raise KeyFileError(f"{found} iterations")
    return found


def _blocks(data: bytes, size: int) -> bytes:
    if not data or len(data) % size:
        raise EncodingError("not whole blocks")
    return data


def _unpadded(data: bytes, size: int) -> bytes:
    """RFC 8018 §6.1.1 step 4. A wrong password is found here, with luck, or by what the octets then are."""
    count = data[-1]
    if not 1 <= count <= size or data[-count:] != bytes((count,)) * count:
        raise KeyFileError("the password is wrong, or the file is damaged")
    return data[:-count]
