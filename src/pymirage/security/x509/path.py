"""Validation of one path (RFC 5280 §6.1), from the anchor down to the end entity.

Certificate policies are not processed: with any policy acceptable and none demanded, only an authority's
own policyConstraints could make a difference, and a chain with such a critical extension is refused.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from pymirage.security.asn1 import date
from pymirage.security.x509 import host_name, keys, oids
from pymirage.security.x509.constraints import Constraints
from pymirage.security.x509.error import CertificateError, Reason
from pymirage.security.x509.extension import DIGITAL_SIGNATURE, KEY_AGREEMENT, KEY_CERT_SIGN, KEY_ENCIPHERMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymirage.security.x509.certificate import Certificate
    from pymirage.security.x509.policy import Policy

_KNOWN = frozenset(
    (
        oids.SUBJECT_KEY_IDENTIFIER,
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.KEY_USAGE,
        oids.SUBJECT_ALT_NAME,
        oids.ISSUER_ALT_NAME,
        oids.BASIC_CONSTRAINTS,
        oids.NAME_CONSTRAINTS,
        oids.EXTENDED_KEY_USAGE,
        oids.CERTIFICATE_POLICIES,
        oids.AUTHORITY_INFORMATION_ACCESS,
    )
)


class Purpose(Enum):
    """What the end entity is to be; ANY asks for nothing."""

    SERVER = oids.SERVER_AUTH
    CLIENT = oids.CLIENT_AUTH
    ANY = ""


def validate(
    path: Sequence[Certificate],
    now: int,
    purpose: Purpose,
    host: str,
    policy: Policy,
    *,
    signed: bool = False,
) -> None:
    """`path` begins with the end entity and ends with an anchor. Raises CertificateError.

    signed: its signatures were verified already, while the path was built.
    """
    constraints = Constraints()
    for at, authority in enumerate(path[:0:-1]):
        below = path[: len(path) - 1 - at]
        check_authority(authority, now, policy, anchor=at == 0)
        _check_length(authority, below[1:])
        # Self-issued authorities are exempt, not the end entity (§6.1.3 (b)).
        if at and not authority.self_issued():
            constraints.check(authority)
        if authority.name_constraints is not None:
            constraints.add(authority.name_constraints)
        _check_link(below[-1], authority, policy, signed=signed)
        _check_delegated(authority, purpose)
    check_end_entity(path[0], now, purpose, policy)
    constraints.check(path[0])
    if host:
        host_name.check(path[0], host)


def check_authority(certificate: Certificate, now: int, policy: Policy, *, anchor: bool) -> None:
    """§6.1.4 (k) and (n), and what holds of every certificate. Its signature is not looked at."""
    _check_any(certificate, now, policy, anchor=anchor)
    if not certificate.is_authority():
        raise CertificateError(Reason.NO_CA, str(certificate.subject))
    if certificate.key_usage is not None and not certificate.key_usage & KEY_CERT_SIGN:
        raise CertificateError(Reason.KEY_USAGE, f"{certificate.subject} may not sign certificates")
    policy.check_authority(certificate)


def check_end_entity(certificate: Certificate, now: int, purpose: Purpose, policy: Policy) -> None:
    """§6.1.5, §4.2.1.3 and §4.2.1.12."""
    _check_any(certificate, now, policy, anchor=False)
    policy.check_end_entity(certificate)
    if certificate.name_constraints is not None and not certificate.is_authority():
        raise CertificateError(Reason.NAME_CONSTRAINTS, "in a certificate that is no authority's")
    usage = certificate.key_usage
    if usage is not None and purpose is not Purpose.ANY:
        if not usage & (DIGITAL_SIGNATURE | KEY_ENCIPHERMENT | KEY_AGREEMENT):
            raise CertificateError(Reason.KEY_USAGE, f"{certificate.subject} may not prove itself with it")
        if usage & KEY_CERT_SIGN and not certificate.is_authority():
            raise CertificateError(Reason.KEY_USAGE, "it signs certificates and is no authority's")
    purposes = certificate.extended_key_usage
    if purpose is not Purpose.ANY and purposes is not None and purpose.value not in purposes:
        raise CertificateError(Reason.EXTENDED_KEY_USAGE, f"{purpose.name.lower()}: {certificate.subject}")


def _check_any(certificate: Certificate, now: int, policy: Policy, *, anchor: bool) -> None:
    if now < certificate.not_before:
        raise CertificateError(Reason.NOT_YET_VALID, f"before {date.text(certificate.not_before)}")
    if now > certificate.not_after:
        raise CertificateError(Reason.EXPIRED, f"since {date.text(certificate.not_after)}")
    for oid, extension in certificate.extensions.items():
        if extension.critical and oid not in _KNOWN:
            raise CertificateError(Reason.CRITICAL_EXTENSION, oid)
    policy.check_key(certificate.public_key)
    policy.check_profile(certificate, anchor=anchor)


def _check_length(authority: Certificate, intermediates: Sequence[Certificate]) -> None:
    """§6.1.4 (l) and (m): those that are self-issued do not count."""
    limit = authority.basic_constraints.path_length if authority.basic_constraints is not None else None
    if limit is not None and sum(not each.self_issued() for each in intermediates) > limit:
        raise CertificateError(Reason.PATH_TOO_LONG, f"{authority.subject} allows {limit}")


def _check_link(certificate: Certificate, issuer: Certificate, policy: Policy, *, signed: bool) -> None:
    """§6.1.3 (a) (1) and (4)."""
    if certificate.issuer != issuer.subject:
        raise CertificateError(Reason.NAME_CHAINING, f"{certificate.issuer}, not {issuer.subject}")
    if not signed:
        check_signature(certificate, issuer, policy)


def check_signature(certificate: Certificate, issuer: Certificate, policy: Policy) -> None:
    scheme = policy.check_scheme(certificate.scheme)
    if not keys.verify(issuer.public_key, scheme, certificate.tbs, certificate.signature):
        raise CertificateError(Reason.BAD_SIGNATURE, f"{certificate.subject}, by {issuer.subject}")


def _check_delegated(authority: Certificate, purpose: Purpose) -> None:
    """An authority that names purposes lends no others (not the standard's, but everybody's)."""
    purposes = authority.extended_key_usage
    if purpose is Purpose.ANY or purposes is None or authority.self_issued():
        return
    if not purposes & {purpose.value, oids.ANY_PURPOSE}:
        raise CertificateError(Reason.EXTENDED_KEY_USAGE, f"authority {authority.subject}")
