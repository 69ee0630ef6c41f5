"""libcrypto's names for ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymirage.error import UsageError
from pymirage.security.crypto.names import Curve

if TYPE_CHECKING:
    from pymirage.security.crypto.names import HashName

DIGESTS: dict[str, str] = {
    "md5": "MD5",
    "sha1": "SHA1",
    "sha224": "SHA2-224",
    "sha256": "SHA2-256",
    "sha384": "SHA2-384",
    "sha512": "SHA2-512",
    "sha512_224": "SHA2-512/224",
    "sha512_256": "SHA2-512/256",
    "sha3_224": "SHA3-224",
    "sha3_256": "SHA3-256",
    "sha3_384": "SHA3-384",
    "sha3_512": "SHA3-512",
}

GROUPS = {Curve.P256: "prime256v1", Curve.P384: "secp384r1", Curve.P521: "secp521r1"}
CURVES = {name: curve for curve, name in GROUPS.items()}


def digest(name: HashName) -> str:
    if name not in DIGESTS:
        raise UsageError(f"nothing is signed or encrypted with {name}")
    return DIGESTS[name]
