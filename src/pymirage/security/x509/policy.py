"""What is demanded of every certificate of a chain besides RFC 5280: algorithms, sizes, a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pymirage.security.x509 import oids
from pymirage.security.x509.certificate import V3
from pymirage.security.x509.error import CertificateError, Reason
from pymirage.security.x509.extension import KEY_CERT_SIGN
from pymirage.security.x509.general_name import Kind
from pymirage.security.x509.host_name import is_mailbox, is_name
from pymirage.security.x509.public_key import KeyKind

if TYPE_CHECKING:
    from pymirage.security.x509.algorithm import Scheme
    from pymirage.security.x509.certificate import Certificate
    from pymirage.security.x509.public_key import PublicKey

LONGEST_SERIAL = 1 << 159
"""RFC 5280 §4.1.2.2: 20 octets, of which the first bit is the sign."""


class Policy(NamedTuple):
    """hashes: those that a signature may be over. profile: whether §4.2's demands on what authorities write
    are checked, too; nothing depends on them but that sloppy authorities are kept out. longest: how many
    authorities may lie between the end entity and the anchor, those that are self-issued not counted.
    """

    hashes: frozenset[str] = frozenset(("sha256", "sha384", "sha512"))
    least_rsa_bits: int = 2048
    profile: bool = True
    longest: int = 8

    def check_scheme(self, scheme: Scheme | None) -> Scheme:
        if scheme is None:
            raise CertificateError(Reason.WEAK_ALGORITHM, "a signature algorithm that is not known")
        if scheme.hash not in self.hashes:
            raise CertificateError(Reason.WEAK_ALGORITHM, f"signed over {scheme.hash}")
        return scheme

    def check_key(self, key: PublicKey) -> None:
        weak = key.kind is KeyKind.OTHER
        if key.kind is KeyKind.RSA:
            weak = key.bits < self.least_rsa_bits or key.bits % 8 != 0
        if weak:
            raise CertificateError(Reason.WEAK_ALGORITHM, f"a key: {key}")

    def check_profile(self, certificate: Certificate, *, anchor: bool) -> None:
        """RFC 5280 §4.1 and §4.2, what holds of every certificate. (Serial numbers of roots in use are 0.)"""
        if not self.profile:
            return
        if certificate.version != V3:
            raise CertificateError(Reason.EXTENSION, f"version {certificate.version + 1}")
        if not (0 if anchor else 1) <= certificate.serial < LONGEST_SERIAL:
            raise CertificateError(Reason.EXTENSION, "the serial number is negative, zero or too long")
        if not certificate.issuer:
            raise CertificateError(Reason.EXTENSION, "no issuer")
        _check_authority_key(certificate, anchor=anchor)
        _check_critical(certificate)
        names = oids.SUBJECT_ALT_NAME in certificate.extensions
        if not certificate.subject and names and not certificate.extensions[oids.SUBJECT_ALT_NAME].critical:
            raise CertificateError(
                Reason.EXTENSION, "no subject, and alternative names that are not critical"
            )

    def check_authority(self, certificate: Certificate) -> None:
        """What holds of authorities besides."""
        if not self.profile:
            return
        if not certificate.subject:
            raise CertificateError(Reason.EXTENSION, "an authority without a name")
        if not certificate.extensions[oids.BASIC_CONSTRAINTS].critical:
            raise CertificateError(Reason.EXTENSION, "basic constraints that are not critical")
        if certificate.subject_key_identifier is None:
            raise CertificateError(Reason.EXTENSION, "an authority without a subject key identifier")

    def check_end_entity(self, certificate: Certificate) -> None:
        """What holds of the others: the names are names, and authorities say that they are some."""
        if not self.profile:
            return
        for each in certificate.alternative_names:
            if each.kind is Kind.DNS and not is_name(str(each.value).lower().removeprefix("*.")):
                raise CertificateError(Reason.EXTENSION, f"not a host name: {each}")
            if each.kind is Kind.EMAIL and not is_mailbox(str(each.value)):
                raise CertificateError(Reason.EXTENSION, f"not a mailbox: {each}")
        usage = certificate.key_usage
        if usage is not None and certificate.is_authority() and not usage & KEY_CERT_SIGN:
            raise CertificateError(Reason.EXTENSION, "an authority that may not sign certificates")


def _check_authority_key(certificate: Certificate, *, anchor: bool) -> None:
    """§4.2.1.1. What is self-signed, or trusted anyway, may leave it out; what it says must be its own."""
    found = certificate.authority_key_identifier
    alone = certificate.self_issued()
    if found is None:
        if not alone and not anchor:
            raise CertificateError(Reason.EXTENSION, "no authority key identifier")
        return
    if found.key is None:
        raise CertificateError(Reason.EXTENSION, "an authority key identifier without the key's")
    if alone and certificate.is_authority() and (found.issuer or found.serial is not None):
        raise CertificateError(Reason.EXTENSION, "a root names its issuer a second time")
    if alone and anchor and found.key != certificate.subject_key_identifier:
        raise CertificateError(Reason.EXTENSION, "a root names another key than its own")


def _check_critical(certificate: Certificate) -> None:
    """§4.2.1.1, §4.2.1.2 and §4.2.2.1 are never critical; §4.2.1.11 and §4.2.1.14 always are."""
    for oid in (
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.SUBJECT_KEY_IDENTIFIER,
        oids.AUTHORITY_INFORMATION_ACCESS,
    ):
        if oid in certificate.extensions and certificate.extensions[oid].critical:
            raise CertificateError(Reason.EXTENSION, f"{oid} is never critical")
    for oid in (oids.POLICY_CONSTRAINTS, oids.INHIBIT_ANY_POLICY):
        if oid in certificate.extensions and not certificate.extensions[oid].critical:
            raise CertificateError(Reason.EXTENSION, f"{oid} is always critical")


STRICT = Policy()
RFC5280 = Policy(profile=False)
"""The standard's algorithm and nothing more, on the algorithms of today."""
