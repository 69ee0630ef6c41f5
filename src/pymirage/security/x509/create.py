"""Making certificates (RFC 5280) and requests (RFC 2986): self-signed, authorities, and what those sign."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from pymirage.error import UsageError
from pymirage.security.asn1 import tag
from pymirage.security.asn1.writer import (
    bit_string,
    element,
    explicit,
    integer,
    object_identifier,
    sequence,
    set_of,
    time,
)
from pymirage.security.crypto import provider
from pymirage.security.x509 import algorithm, extension, keys, oids
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.general_name import GeneralName, Kind
from pymirage.security.x509.host_name import is_name
from pymirage.security.x509.name import Name
from pymirage.security.x509.public_key import KeyKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymirage.security.x509.algorithm import Scheme
    from pymirage.security.x509.extension import Extension
    from pymirage.security.x509.private_key import PrivateKey
    from pymirage.security.x509.public_key import PublicKey

YEAR = 365 * 86400
SLACK = 3600
"""Certificates begin an hour ago: clocks differ."""


class Signer(NamedTuple):
    """An authority: its certificate and the key that belongs to it."""

    certificate: Certificate
    key: PrivateKey


def self_signed(
    key: PrivateKey, hosts: Sequence[str], now: int, *, lifetime: int = YEAR, subject: Name | None = None
) -> Certificate:
    """A server's certificate that vouches for itself. hosts: names and addresses; now: seconds since 1970."""
    name = subject or Name.of(hosts[0] if hosts else "pymirage")
    public = keys.public_key_of(key)
    extensions = _end_entity(public, hosts, (oids.SERVER_AUTH,), name)
    return _signed(name, public, name, key, (now - SLACK, now + lifetime), extensions)


def authority(
    key: PrivateKey,
    subject: Name | str,
    now: int,
    *,
    lifetime: int = 10 * YEAR,
    path_length: int | None = None,
    permitted: Iterable[str] = (),
    excluded: Iterable[str] = (),
    issuer: Signer | None = None,
) -> Certificate:
    """A root, or with an issuer an authority below another. permitted, excluded: DNS domains."""
    name = Name.of(subject) if isinstance(subject, str) else subject
    public = keys.public_key_of(key)
    extensions = [
        extension.emit_basic_constraints(ca=True, path_length=path_length),
        extension.emit_key_usage(extension.KEY_CERT_SIGN | extension.CRL_SIGN | extension.DIGITAL_SIGNATURE),
        extension.emit_subject_key_identifier(key_identifier(public)),
    ]
    bounds = [tuple(GeneralName(Kind.DNS, each) for each in names) for names in (permitted, excluded)]
    if any(bounds):
        extensions.append(extension.emit_name_constraints(bounds[0], bounds[1]))
    parent = None if issuer is None else issuer.certificate
    extensions.append(extension.emit_authority_key_identifier(_issuer_identifier(parent, public)))
    validity = (now - SLACK, now + lifetime)
    signing = key if issuer is None else issuer.key
    return _signed(name, public, name if parent is None else parent.subject, signing, validity, extensions)


def issue(
    public: PublicKey,
    hosts: Sequence[str],
    issuer: Signer,
    now: int,
    *,
    subject: Name | None = None,
    lifetime: int = YEAR,
    purposes: Sequence[str] = (oids.SERVER_AUTH,),
) -> Certificate:
    """A certificate for somebody else's key. purposes: SERVER_AUTH, CLIENT_AUTH or both."""
    name = subject or Name.of(hosts[0] if hosts else "client")
    extensions = _end_entity(public, hosts, purposes, name)
    extensions.append(extension.emit_authority_key_identifier(_issuer_identifier(issuer.certificate, public)))
    validity = (now - SLACK, now + lifetime)
    return _signed(name, public, issuer.certificate.subject, issuer.key, validity, extensions)


def request(key: PrivateKey, hosts: Sequence[str], *, subject: Name | None = None) -> bytes:
    """A certification request (RFC 2986 §4), DER."""
    name = subject or Name.of(hosts[0] if hosts else "client")
    wanted = extension.emit_alternative_names(general_names(hosts), critical=False)
    attribute = sequence(object_identifier(oids.EXTENSION_REQUEST), set_of(sequence(extension.emit(wanted))))
    attributes = element(tag.context(0, constructed=True), *((attribute,) if hosts else ()))
    info = sequence(integer(0), name.der, keys.public_key_of(key).der, attributes)
    return _with_signature(info, key)


def general_names(hosts: Iterable[str]) -> tuple[GeneralName, ...]:
    """Addresses as addresses, everything else as DNS names. Raises UsageError."""
    return tuple(_general_name(host) for host in hosts)


def key_identifier(public: PublicKey) -> bytes:
    """RFC 5280 §4.2.1.2 (1): a name for the key, no protection."""
    return provider.hash("sha1", public.octets).digest()


def scheme_of(kind: KeyKind) -> Scheme:
    """What keys of a kind sign with here."""
    match kind:
        case KeyKind.RSA:
            return algorithm.RSA_PKCS1_SHA256
        case KeyKind.P256:
            return algorithm.ECDSA_SHA256
        case KeyKind.P384:
            return algorithm.ECDSA_SHA384
        case KeyKind.P521:
            return algorithm.ECDSA_SHA512
        case KeyKind.ED25519:
            return algorithm.ED25519
        case KeyKind.OTHER:
            raise UsageError("a key of this kind signs nothing here")


def _end_entity(
    public: PublicKey, hosts: Sequence[str], purposes: Sequence[str], name: Name
) -> list[Extension]:
    usage = extension.DIGITAL_SIGNATURE
    if public.kind is KeyKind.RSA:
        usage |= extension.KEY_ENCIPHERMENT
    found = [
        extension.emit_basic_constraints(ca=False),
        extension.emit_key_usage(usage),
        extension.emit_extended_key_usage(*purposes),
        extension.emit_subject_key_identifier(key_identifier(public)),
    ]
    if hosts:
        found.append(extension.emit_alternative_names(general_names(hosts), critical=not name))
    return found


def _signed(
    subject: Name,
    public: PublicKey,
    issuer: Name,
    key: PrivateKey,
    validity: tuple[int, int],
    extensions: Iterable[Extension],
) -> Certificate:
    tbs = sequence(
        explicit(0, integer(2)),
        integer(_serial()),
        algorithm.emit(scheme_of(key.kind)),
        issuer.der,
        sequence(*map(time, validity)),
        subject.der,
        public.der,
        explicit(3, sequence(*map(extension.emit, extensions))),
    )
    return Certificate(_with_signature(tbs, key))


def _with_signature(tbs: bytes, key: PrivateKey) -> bytes:
    scheme = scheme_of(key.kind)
    return sequence(tbs, algorithm.emit(scheme), bit_string(keys.sign(key, scheme, tbs)))


def _serial() -> int:
    """20 octets at most, positive, and nobody can guess it (RFC 5280 §4.1.2.2)."""
    return int.from_bytes(provider.random(20), "big") >> 1 or 1


def _issuer_identifier(issuer: Certificate | None, public: PublicKey) -> bytes:
    if issuer is None:
        return key_identifier(public)
    return issuer.subject_key_identifier or key_identifier(issuer.public_key)


def _general_name(host: str) -> GeneralName:
    try:
        return GeneralName(Kind.IP, ip_address(host).packed)
    except ValueError:
        pass
    if not is_name(host.lower().removeprefix("*.")):
        raise UsageError(f"{host!r} is no host name: letters, digits and hyphens; `xn--…` for others")
    return GeneralName(Kind.DNS, host)
