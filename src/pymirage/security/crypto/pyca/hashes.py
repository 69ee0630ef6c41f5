"""pyca's objects for our names of hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes

from pymirage.error import UsageError

if TYPE_CHECKING:
    from pymirage.security.crypto.names import HashName

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha512_224": hashes.SHA512_224(),
    "sha512_256": hashes.SHA512_256(),
    "sha3_224": hashes.SHA3_224(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}


def algorithm(name: HashName) -> hashes.HashAlgorithm:
    if name not in _HASHES:
        raise UsageError(f"nothing is signed or encrypted with {name}")
    return _HASHES[name]
