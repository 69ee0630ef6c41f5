"""Project Wycheproof's vectors: attacks on implementations, each with the answer that is right.

`failures` knows nothing of pytest and reads no files: the same checks run on hosts and in images.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymirage.error import PeerError, UsageError
from pymirage.security.crypto.aead import Aead
from pymirage.security.crypto.contract import Provider
from pymirage.security.crypto.error import InvalidKey
from pymirage.security.crypto.keys import EcPublicKey, Ed25519PublicKey, RsaPrivateKey, RsaPublicKey
from pymirage.security.crypto.names import COORDINATE, HASHES, Curve

Case = dict[str, Any]
"""A case, with what its group and its file say of all their cases."""

Check = Callable[[Provider, Case], bool]
"""Whether the provider takes the case. A case it refuses may also raise PeerError or UsageError."""

HASH_NAMES = {
    **{name.upper().replace("SHA", "SHA-").replace("_", "/"): name for name in HASHES if "sha3_" not in name},
    **{name.upper().replace("_", "-"): name for name in HASHES if name.startswith("sha3_")},
    **{f"HMACSHA{bits}": f"sha{bits}" for bits in (1, 224, 256, 384, 512)},
    **{f"HMACSHA3-{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)},
    "HMACSHA512/256": "sha512_256",
}
CURVES = {"secp256r1": Curve.P256, "secp384r1": Curve.P384, "secp521r1": Curve.P521}
AEADS = {"AES-GCM": "aes-gcm", "AES-CCM": "aes-ccm", "CHACHA20-POLY1305": "chacha20-poly1305"}


def octets(case: Case, *names: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(case[name]) for name in names)


def hash_name(case: Case) -> Any:
    return HASH_NAMES[case["sha"] if "sha" in case else case["algorithm"]]


def aead(provider: Provider, case: Case) -> bool:
    key, nonce, associated, message, ciphertext, tag = octets(case, "key", "iv", "aad", "msg", "ct", "tag")
    name: Any = AEADS[case["algorithm"]]
    sealing = provider.aead(name, key, case["tagSize"] // 8)
    if name == "aes-gcm" and not 8 <= len(nonce) <= 128:
        return refuses(sealing, nonce, message) is (case["result"] == "valid")
    if case["result"] == "valid" and sealing.seal(nonce, message, associated) != ciphertext + tag:
        return False
    return sealing.open(nonce, ciphertext + tag, associated) == message


def refuses(sealing: Aead, nonce: bytes, message: bytes) -> bool:
    """GCM has nonces of any length but none; the contract has those that somebody uses."""
    try:
        sealing.seal(nonce, message)
    except UsageError:
        return True
    return False


def cbc(provider: Provider, case: Case) -> bool:
    """PKCS #5 padding is the test's: the provider has none."""
    key, vector, message, ciphertext = octets(case, "key", "iv", "msg", "ct")
    if not ciphertext:
        return False
    plain = provider.cbc("aes", key, vector, encrypt=False).update(ciphertext)
    size = plain[-1]
    if not 1 <= size <= 16 or plain[-size:] != bytes((size,)) * size:
        return False
    again = provider.cbc("aes", key, vector, encrypt=True).update(plain)
    return plain[:-size] == message and again == ciphertext


def mac(provider: Provider, case: Case) -> bool:
    key, message, tag = octets(case, "key", "msg", "tag")
    made = provider.hmac(hash_name(case), key, message).digest()
    return provider.equal(made[: case["tagSize"] // 8], tag)


def hkdf(provider: Provider, case: Case) -> bool:
    secret, salt, info, wanted = octets(case, "ikm", "salt", "info", "okm")
    name: Any = HASH_NAMES[case["algorithm"].replace("HKDF-", "")]
    key = provider.hkdf_extract(name, salt, secret)
    return provider.hkdf_expand(name, key, info, case["size"]) == wanted


def pbkdf2(provider: Provider, case: Case) -> bool:
    password, salt, wanted = octets(case, "password", "salt", "dk")
    name: Any = HASH_NAMES[case["algorithm"].replace("PBKDF2-", "")]
    return provider.pbkdf2(name, password, salt, case["iterationCount"], case["dkLen"]) == wanted


def ecdh(provider: Provider, case: Case) -> bool:
    public, shared = octets(case, "public", "shared")
    curve = CURVES[case["curve"]]
    peer = provider.public_key(public)
    if not isinstance(peer, EcPublicKey) or peer.curve is not curve:
        raise InvalidKey("of another curve")
    private = int(case["private"], 16).to_bytes(COORDINATE[curve], "big")
    return provider.agreement(curve, private).exchange(peer.point()) == shared


def x25519(provider: Provider, case: Case) -> bool:
    public, private, shared = octets(case, "public", "private", "shared")
    return provider.agreement(Curve.X25519, private).exchange(public) == shared


def ecdsa(provider: Provider, case: Case) -> bool:
    key = provider.public_key(bytes.fromhex(case["publicKeyDer"]))
    assert isinstance(key, EcPublicKey)
    message, signature = octets(case, "msg", "sig")
    key.verify(signature, message, hash_name(case))
    return True


def eddsa(provider: Provider, case: Case) -> bool:
    key = provider.public_key(bytes.fromhex(case["publicKeyDer"]))
    assert isinstance(key, Ed25519PublicKey)
    message, signature = octets(case, "msg", "sig")
    key.verify(signature, message)
    return True


def rsa_pkcs1(provider: Provider, case: Case) -> bool:
    key = provider.public_key(bytes.fromhex(case["publicKeyDer"]))
    assert isinstance(key, RsaPublicKey)
    message, signature = octets(case, "msg", "sig")
    key.verify_pkcs1(signature, message, hash_name(case))
    return True


def rsa_pss(provider: Provider, case: Case) -> bool:
    key = provider.public_key(bytes.fromhex(case["publicKeyDer"]))
    assert isinstance(key, RsaPublicKey)
    message, signature = octets(case, "msg", "sig")
    mask: Any = HASH_NAMES[case["mgfSha"]]
    key.verify_pss(signature, message, hash_name(case), case["sLen"], mask)
    return True


def rsa_oaep(provider: Provider, case: Case) -> bool:
    key = provider.private_key(bytes.fromhex(case["privateKeyPkcs8"]))
    assert isinstance(key, RsaPrivateKey)
    ciphertext, label, message = octets(case, "ct", "label", "msg")
    mask: Any = HASH_NAMES[case["mgfSha"]]
    return key.decrypt_oaep(ciphertext, hash_name(case), label, mask) == message


CHECKS: dict[str, Check] = {
    "AeadTest": aead,
    "EcdhTest": ecdh,
    "EcdsaVerify": ecdsa,
    "EddsaVerify": eddsa,
    "HkdfTest": hkdf,
    "IndCpaTest": cbc,
    "MacTest": mac,
    "PbkdfTest": pbkdf2,
    "RsaesOaepDecrypt": rsa_oaep,
    "RsassaPkcs1Verify": rsa_pkcs1,
    "RsassaPssVerify": rsa_pss,
    "RsassaPssWithParametersVerify": rsa_pss,
    "XdhComp": x25519,
}


def unsupported(provider: Provider, vectors: dict[str, Any]) -> str:
    """Why a file asks for what the contract does not have; empty when it does not."""
    if vectors["algorithm"] == "XCHACHA20-POLY1305":
        return "no protocol of ours uses XChaCha20"
    if any("SHAKE" in group.get("sha", "") for group in vectors["testGroups"]):
        return "SHAKE as a hash of signatures is used by nothing yet"
    hashes = {group.get("sha") for group in vectors["testGroups"]}
    if vectors["algorithm"] == "RSAES-OAEP" and "SHA-512/256" in hashes and "cryptography" in provider.name:
        return "pyca/cryptography has no OAEP with SHA-512/256"
    return ""


def failures(provider: Provider, vectors: dict[str, Any]) -> tuple[int, list[str]]:
    """How many cases a file has, and what went wrong."""
    wrong, count = [], 0
    for group in vectors["testGroups"]:
        check = CHECKS[group["type"]]
        for case in group["tests"]:
            count += 1
            try:
                taken = check(provider, {"algorithm": vectors["algorithm"], **group, **case})
            except (PeerError, UsageError) as error:
                taken, why = False, str(error)
            else:
                why = ""
            # "acceptable": legacy encodings and weak parameters, which one may take or not.
            if case["result"] != "acceptable" and taken != (case["result"] == "valid"):
                wrong.append(f"{case['tcId']} is {case['result']}: {case['comment']} {why}".rstrip())
    return count, wrong
