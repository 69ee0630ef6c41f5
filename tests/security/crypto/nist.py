"""The vectors of NIST's validation programmes and of RFCs, as PyPI's cryptography-vectors packs them.

`failures` knows nothing of pytest and reads no files: the same checks run on hosts and in images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pymirage.error import PeerError
from pymirage.security.crypto.contract import Provider
from pymirage.security.crypto.keys import EcPublicKey, Ed25519PrivateKey, Ed25519PublicKey, RsaPublicKey

Record = dict[str, str]

# Each name is unique in the package.
FILES = (
    *(f"hashes/SHA1/SHA1{kind}Msg.rsp" for kind in ("Short", "Long")),
    *(f"hashes/SHA2/SHA{size}ShortMsg.rsp" for size in ("224", "256", "384", "512", "512_224", "512_256")),
    *(f"hashes/SHA3/SHA3_{size}ShortMsg.rsp" for size in ("224", "256", "384", "512")),
    *("hashes/MD5/rfc-1321.txt", "hashes/ripemd160/ripevectors.txt"),
    *("hashes/blake2/blake2b.txt", "hashes/blake2/blake2s.txt"),
    *(f"HMAC/rfc-2202-{name}.txt" for name in ("md5", "sha1")),
    "HMAC/rfc-2286-ripemd160.txt",
    *(f"HMAC/rfc-4231-sha{size}.txt" for size in (224, 256, 384, 512)),
    *("KDF/rfc-5869-HKDF-SHA1.txt", "KDF/rfc-5869-HKDF-SHA256.txt", "KDF/rfc-6070-PBKDF2-SHA1.txt"),
    "KDF/scrypt.txt",
    *(
        f"ciphers/AES/CBC/CBC{kind}{size}.rsp"
        for kind in ("MMT", "GFSbox", "VarKey")
        for size in (128, 192, 256)
    ),
    *(f"ciphers/AES/CTR/aes-{size}-ctr.txt" for size in (128, 192, 256)),
    *(f"ciphers/AES/GCM/gcmDecrypt{size}.rsp" for size in (128, 192, 256)),
    *(f"ciphers/AES/CCM/DVPT{size}.rsp" for size in (128, 192, 256)),
    *(f"ciphers/3DES/CBC/TCBC{kind}.rsp" for kind in ("MMT1", "MMT2", "MMT3", "vartext")),
    *("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp", "asymmetric/Ed25519/sign.input"),
    *("asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", "asymmetric/RSA/FIPS_186-2/SigVerPSS_186-3.rsp"),
    "asymmetric/DH/RFC5114.txt",
)


def records(text: str) -> Iterator[Record]:
    """Blocks of `name = value`, each with what the blocks before it said for all: sections and groups."""
    common: Record = {}
    block: Record = {}
    for raw in [*text.splitlines(), ""]:
        line = raw.strip()
        if line.startswith("["):
            common = {"section": line[1:-1]} if "=" not in line or "," in line else common | pairs(line[1:-1])
        elif "=" in line and not line.startswith("#"):
            block |= pairs(line)
        elif block:
            if LAST.isdisjoint(block):
                common |= block  # the group's key, in a block of its own
            else:
                yield common | block
            block = {}


# A block with one of these is a case.
LAST = {"MD", "CIPHERTEXT", "Result", "PT", "FAIL", "Payload", "OKM", "DERIVED_KEY", "S", "Z"}


def pairs(line: str) -> Record:
    name, _, value = line.partition("=")
    return {name.strip(): value.strip()}


def octets(record: Record, *names: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(record[name]) for name in names)


def message(record: Record) -> bytes:
    """Empty ones are written as one octet."""
    return bytes.fromhex(record["Msg"])[: int(record["Len"]) // 8]


def hash_of(record: Record) -> Any:
    """From a file's name."""
    stem = record["file"].rpartition("/")[2].removesuffix(".rsp").removesuffix(".txt").lower()
    known = {"rfc-1321": "md5", "ripevectors": "ripemd160"}
    return known.get(stem) or stem.rpartition("-")[2].removesuffix("shortmsg").removesuffix("longmsg")


def hashed(provider: Provider, record: Record) -> bool:
    return provider.hash(hash_of(record), message(record)).digest() == bytes.fromhex(record["MD"])


def hmac(provider: Provider, record: Record) -> bool:
    key, digest = octets(record, "Key", "MD")
    made = provider.hmac(hash_of(record), key, message(record)).digest()
    return made[: len(digest)] == digest


def hkdf(provider: Provider, record: Record) -> bool:
    secret, salt, info, key, wanted = octets(record, "IKM", "salt", "info", "PRK", "OKM")
    extracted = provider.hkdf_extract(hash_of(record), salt, secret)
    return extracted == key and provider.hkdf_expand(hash_of(record), key, info, int(record["L"])) == wanted


def pbkdf2(provider: Provider, record: Record) -> bool:
    password, salt = (record[field].encode().replace(b"\\0", b"\0") for field in ("PASSWORD", "SALT"))
    count, size = int(record["ITERATIONS"]), int(record["LENGTH"])
    made = provider.pbkdf2(hash_of(record), password, salt, count, size)
    return made.hex() == record["DERIVED_KEY"].lower()


def scrypt(provider: Provider, record: Record) -> bool:
    cost, block, parallel, size = (int(record[field]) for field in ("N", "r", "p", "LENGTH"))
    password, salt = record["PASSWORD"].encode(), record["SALT"].encode()
    # A gigabyte for one case is more than most images have.
    if cost > 1 << 14:
        return True
    made = provider.scrypt(password, salt, cost=cost, block=block, parallel=parallel, size=size)
    return made.hex() == record["DERIVED_KEY"].lower()


def cbc(provider: Provider, record: Record) -> bool:
    fields = ("KEY",) if "KEY" in record else ("KEY1", "KEY2", "KEY3") if "KEY1" in record else ("KEYs",) * 3
    key = b"".join(octets(record, *fields))
    vector, plain, ciphertext = octets(record, "IV", "PLAINTEXT", "CIPHERTEXT")
    cipher: Any = "3des" if "3DES" in record["file"] else "aes"
    sealed = provider.cbc(cipher, key, vector, encrypt=True).update(plain)
    return sealed == ciphertext and provider.cbc(cipher, key, vector, encrypt=False).update(sealed) == plain


def ctr(provider: Provider, record: Record) -> bool:
    key, counter, plain, ciphertext = octets(record, "KEY", "IV", "PLAINTEXT", "CIPHERTEXT")
    stream = provider.ctr(key, counter)
    return stream.update(plain[:5]) + stream.update(plain[5:]) == ciphertext


def gcm(provider: Provider, record: Record) -> bool:
    key, nonce, ciphertext, associated, tag = octets(record, "Key", "IV", "CT", "AAD", "Tag")
    if not 8 <= len(nonce) <= 128 or len(tag) != 16:
        return True
    try:
        plain = provider.aead("aes-gcm", key).open(nonce, ciphertext + tag, associated)
    except PeerError:
        return "FAIL" in record
    return plain.hex() == record.get("PT", "FAIL").lower()


def ccm(provider: Provider, record: Record) -> bool:
    sizes = dict(part.strip().split(" = ") for part in record["section"].split(","))
    key, nonce, associated, sealed = octets(record, "Key", "Nonce", "Adata", "CT")
    try:
        aead = provider.aead("aes-ccm", key, int(sizes["Tlen"]))
        plain = aead.open(nonce, sealed, associated[: int(sizes["Alen"])])
    except PeerError:
        return record["Result"] == "Fail"
    wanted = bytes.fromhex(record["Payload"])[: int(sizes["Plen"])]
    return record["Result"] == "Pass" and plain == wanted


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    head = bytes((size,)) if size < 128 else size.to_bytes(2, "big").lstrip(b"\0")
    return bytes((tag,)) + (head if size < 128 else bytes((128 | len(head),)) + head) + content


def integer(number: int) -> bytes:
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


CURVES = {
    "P-256": (32, bytes.fromhex("06072a8648ce3d020106082a8648ce3d030107")),
    "P-384": (48, bytes.fromhex("06072a8648ce3d020106052b81040022")),
    "P-521": (66, bytes.fromhex("06072a8648ce3d020106052b81040023")),
}


def ecdsa(provider: Provider, record: Record) -> bool:
    curve, _, algorithm = record["section"].partition(",")
    if curve not in CURVES:
        return True
    size, identifier = CURVES[curve]
    x, y, r, s = (int(record[field], 16) for field in ("Qx", "Qy", "R", "S"))
    point = b"\0\4" + x.to_bytes(size, "big") + y.to_bytes(size, "big")
    digest: Any = algorithm.replace("-", "").lower()
    try:
        key = provider.public_key(der(0x30, der(0x30, identifier), der(3, point)))
        assert isinstance(key, EcPublicKey)
        key.verify(der(0x30, integer(r), integer(s)), bytes.fromhex(record["Msg"]), digest)
    except PeerError:
        return record["Result"].startswith("F")
    return record["Result"].startswith("P")


RSA = bytes.fromhex("06092a864886f70d0101010500")


def rsa(provider: Provider, record: Record) -> bool:
    modulus, exponent = int(record["n"], 16), int(record["e"], 16)
    # Libraries refuse such exponents today.
    if exponent < 65537 or exponent.bit_length() > 64:
        return True
    numbers = der(0x30, integer(modulus), integer(exponent))
    key = provider.public_key(der(0x30, der(0x30, RSA), der(3, b"\0" + numbers)))
    assert isinstance(key, RsaPublicKey)
    data, signature = octets(record, "Msg", "S")
    digest: Any = record["SHAAlg"].lower()
    try:
        if "PSS" in record["file"]:
            key.verify_pss(signature, data, digest, len(bytes.fromhex(record["SaltVal"])))
        else:
            key.verify_pkcs1(signature, data, digest)
    except PeerError:
        return record["Result"].startswith("F")
    return record["Result"].startswith("P")


def dh(provider: Provider, record: Record) -> bool:
    if "Z" not in record:  # the verdict, in a block of its own: all are correct
        return record["Result"].startswith("P")
    prime, generator, private = (int(record[field], 16) for field in ("P", "G", "XstatIUT"))
    peer, public, secret = octets(record, "YstatCAVS", "YstatIUT", "Z")
    key = provider.dh(prime, generator, private)
    return key.public == public and key.exchange(peer) == secret


def ed25519(provider: Provider, line: str) -> bool:
    """A line of DJB's own file: secret and public key, public key, message, signature and message."""
    secret, public, data, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
    private = provider.private_key(bytes.fromhex("302e020100300506032b657004220420") + secret[:32])
    known = provider.public_key(bytes.fromhex("302a300506032b6570032100") + public)
    assert isinstance(private, Ed25519PrivateKey) and isinstance(known, Ed25519PublicKey)
    known.verify(signed[:64], data)
    return private.sign(data) == signed[:64] and known.octets() == public


Check = Callable[[Provider, Record], bool]

# By the beginning of the file's path.
CHECKS: dict[str, Check] = {
    "hashes": hashed,
    "HMAC": hmac,
    "KDF/rfc-5869": hkdf,
    "KDF/rfc-6070": pbkdf2,
    "KDF/scrypt": scrypt,
    "ciphers/AES/CBC": cbc,
    "ciphers/AES/CTR": ctr,
    "ciphers/AES/GCM": gcm,
    "ciphers/AES/CCM": ccm,
    "ciphers/3DES": cbc,
    "asymmetric/ECDSA": ecdsa,
    "asymmetric/RSA": rsa,
    "asymmetric/DH": dh,
}


def failures(provider: Provider, name: str, text: str) -> tuple[int, list[str]]:
    """How many cases a file of FILES has, and which of them went wrong."""
    if name.endswith("sign.input"):
        lines = text.splitlines()
        return len(lines), [line[:64] for line in lines if not ed25519(provider, line)]
    check = next(check for prefix, check in CHECKS.items() if name.startswith(prefix))
    cases = list(records(text))
    return len(cases), [str(case)[:200] for case in cases if not check(provider, case | {"file": name})]
