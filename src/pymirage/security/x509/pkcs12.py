"""PKCS #12 files (RFC 7292): a key and certificates under a password. Read, not written.

The integrity is checked before anything else is believed, by HMAC; signed files are not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymirage.security.asn1 import ber, tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader
from pymirage.security.crypto import provider
from pymirage.security.x509 import encryption, oids, pkcs12_kdf, private_key
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.error import KeyFileError
from pymirage.security.x509.private_key import PrivateKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymirage.security.crypto.names import HashName

LARGEST = 1 << 24
DEEPEST = 4
_HASHES: Mapping[str, HashName] = {
    oids.SHA1: "sha1",
    oids.SHA256: "sha256",
    oids.SHA384: "sha384",
    oids.SHA512: "sha512",
}


class Entry(NamedTuple):
    """A certificate or a key, with what was written on it."""

    content: Certificate | PrivateKey
    name: str
    identifier: bytes


class Store(NamedTuple):
    """The first key, its certificate, and all other certificates in the file's order."""

    key: PrivateKey | None
    certificate: Certificate | None
    others: tuple[Certificate, ...]
    entries: tuple[Entry, ...]


def load(data: bytes, password: bytes | None = b"") -> Store:
    """password: UTF-8. Without one both ways are tried in which programs write that. Raises KeyFileError."""
    if len(data) > LARGEST:
        raise KeyFileError(f"a PKCS #12 file of {len(data)} octets")
    if password:
        return _load(data, password)
    try:
        return _load(data, b"")
    except KeyFileError:
        return _load(data, None)


def _load(data: bytes, password: bytes | None) -> Store:
    try:
        content = _authenticated(ber.to_der(data), password)
        entries: list[Entry] = []
        reader = Reader(ber.to_der(content)).sequence()
        while not reader.at_end():
            _safe(reader.sequence(), password, entries)
    except EncodingError as error:
        raise KeyFileError(f"not a PKCS #12 file: {error}") from None
    except UnicodeDecodeError:
        raise KeyFileError("the password is not UTF-8") from None
    return _sorted(entries)


def _authenticated(der: bytes, password: bytes | None) -> bytes:
    """The AuthenticatedSafe (§4): its MAC is right."""
    outer = Reader(der)
    reader = outer.sequence()
    outer.finish()
    if reader.integer() != 3:
        raise EncodingError("version 3 expected")
    content = reader.sequence()
    if content.oid() != oids.PKCS7_DATA:
        raise KeyFileError("a PKCS #12 file that is signed is not read")
    found = _inside(content)
    if reader.at_end():
        if password:
            raise KeyFileError("the file has no password's proof: give no password to read it all the same")
        return found
    _check_mac(reader.sequence(), found, password)
    return found


def _check_mac(reader: Reader, content: bytes, password: bytes | None) -> None:
    """§5.1, appendix B.4."""
    digest_info, salt = reader.sequence(), reader.octet_string()
    iterations = 1 if reader.at_end() else reader.integer()
    if not 0 < iterations <= encryption.MOST_ITERATIONS:
        raise KeyFileError(f"{iterations} iterations")
    algorithm = digest_info.sequence()
    oid = algorithm.oid()
    if not algorithm.at_end():
        algorithm.null()
    algorithm.finish()
    digest = digest_info.octet_string()
    name = _HASHES.get(oid)
    if name is None:
        raise KeyFileError(f"a MAC that is not known: {oid}")
    secret = pkcs12_kdf.password_octets(password)
    key = pkcs12_kdf.derive(name, pkcs12_kdf.MAC, secret, salt, iterations, len(digest))
    if not provider.equal(provider.hmac(name, key, content).digest(), digest):
        raise KeyFileError("the password is wrong, or the file is damaged")


def _safe(content: Reader, password: bytes | None, entries: list[Entry]) -> None:
    """One ContentInfo of the AuthenticatedSafe."""
    oid = content.oid()
    if oid == oids.PKCS7_DATA:
        octets = _inside(content)
    elif oid == oids.PKCS7_ENCRYPTED_DATA:
        octets = _decrypted(content, password)
    else:
        raise KeyFileError(f"a part that is not read: {oid}")
    _bags(Reader(ber.to_der(octets)).sequence(), password, entries, 0)


def _inside(content: Reader) -> bytes:
    explicit = content.explicit(0)
    content.finish()
    if explicit is None:
        raise EncodingError("content expected")
    found = explicit.octet_string()
    explicit.finish()
    return found


def _decrypted(content: Reader, password: bytes | None) -> bytes:
    """EncryptedData (RFC 2315 §13)."""
    explicit = content.explicit(0)
    if explicit is None:
        raise EncodingError("content expected")
    reader = explicit.sequence()
    reader.small(2)
    info = reader.sequence()
    if info.oid() != oids.PKCS7_DATA:
        raise EncodingError("encrypted data expected")
    algorithm = info.raw()
    if info.peek() == tag.context(0):
        data = info.octet_string(tag.context(0))
    else:
        pieces = info.element(tag.context(0, constructed=True))
        data = b""
        while not pieces.at_end():
            data += pieces.octet_string()
    return encryption.decrypt_with(algorithm, data, password)


def _bags(reader: Reader, password: bytes | None, entries: list[Entry], depth: int) -> None:
    """SafeContents (§4.2)."""
    while not reader.at_end():
        bag = reader.sequence()
        oid = bag.oid()
        value = bag.explicit(0)
        if value is None:
            raise EncodingError("a bag expected")
        name, identifier = _attributes(bag)
        if oid == oids.KEY_BAG:
            entries.append(Entry(private_key.parse(value.raw()), name, identifier))
        elif oid == oids.SHROUDED_KEY_BAG:
            der = encryption.decrypt(value.raw(), password)
            entries.append(Entry(private_key.parse(der), name, identifier))
        elif oid == oids.CERT_BAG:
            inner = value.sequence()
            explicit = inner.explicit(0) if inner.oid() == oids.X509_CERTIFICATE else None
            if explicit is not None:
                entries.append(Entry(Certificate(explicit.octet_string()), name, identifier))
        elif oid == oids.SAFE_CONTENTS_BAG:
            if depth == DEEPEST:
                raise EncodingError("nested too deep")
            _bags(value.sequence(), password, entries, depth + 1)
        # Revocation lists and secrets are passed over.


def _attributes(bag: Reader) -> tuple[str, bytes]:
    """The friendly name and the identifier that joins a key and its certificate."""
    name, identifier = "", b""
    written = bag.optional(tag.SET)
    while written is not None and not written.at_end():
        each = written.sequence()
        oid, values = each.oid(), each.set()
        if oid == oids.FRIENDLY_NAME:
            name = values.string()
        elif oid == oids.LOCAL_KEY_ID:
            identifier = values.octet_string()
    return name, identifier


def _sorted(entries: list[Entry]) -> Store:
    held = next((each for each in entries if isinstance(each.content, PrivateKey)), None)
    certificates = [each for each in entries if isinstance(each.content, Certificate)]
    own = None
    if held is not None and certificates:
        own = next(
            (c for c in certificates if c.identifier and c.identifier == held.identifier), certificates[0]
        )
    others = tuple(c.content for c in certificates if c is not own and isinstance(c.content, Certificate))
    key = held.content if held is not None and isinstance(held.content, PrivateKey) else None
    certificate = own.content if own is not None and isinstance(own.content, Certificate) else None
    return Store(key, certificate, others, tuple(entries))
