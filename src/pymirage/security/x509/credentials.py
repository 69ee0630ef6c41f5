"""A chain and its key, as a server or client presents them: checked before anything is served.

What is wrong with them is said by name here, where somebody reads it, and not by every client that goes away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.asn1 import date
from pymirage.security.x509 import host_name, keys, path, pem, pkcs12, private_key
from pymirage.security.x509.build import verify
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.error import CertificateError, KeyFileError, Reason
from pymirage.security.x509.path import Purpose
from pymirage.security.x509.policy import RFC5280

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymirage.security.x509.private_key import PrivateKey
    from pymirage.security.x509.trust import Trust

SOON = 14 * 86400
"""Seconds of validity that are left when it is time to say so."""


class Expired(KeyFileError):
    """A certificate is not valid any more, or not yet."""


class WrongKey(KeyFileError):
    """The private key is not the certificate's."""


class Mismatched(KeyFileError):
    """The certificate is not for a host that it is to serve, or not for serving."""


class Incomplete(KeyFileError):
    """A certificate of the chain is missing, or in the wrong place."""


@final
class Credentials:
    """`chain` begins with our own certificate; each of the others signed the one before it.

    A root at its end is left out: clients have it, or do not believe it.
    """

    def __init__(self, chain: Sequence[Certificate], key: PrivateKey) -> None:
        """Raises WrongKey, Incomplete."""
        if not chain:
            raise Incomplete("no certificate")
        self.key = key
        self.chain = tuple(_ordered(chain))
        own = self.chain[0]
        if keys.public_key_of(key).octets != own.public_key.octets:
            raise WrongKey(f"the private key is not that of the certificate of {_shown(own)}")

    @staticmethod
    def from_pem(certificates: bytes, key: bytes, password: bytes | None = None) -> Credentials:
        """A chain in PEM and a key; both may be in one file. Raises KeyFileError."""
        found = [block.der for block in pem.decode(certificates) if block.label == "CERTIFICATE"]
        if not found:
            raise Incomplete("no CERTIFICATE in the file")
        try:
            chain = [Certificate(der) for der in found]
        except CertificateError as error:
            raise KeyFileError(str(error)) from None
        return Credentials(chain, private_key.load(key, password))

    @staticmethod
    def from_pkcs12(data: bytes, password: bytes | None = b"") -> Credentials:
        """Raises KeyFileError."""
        store = pkcs12.load(data, password)
        if store.key is None:
            raise WrongKey("no private key in the PKCS #12 file")
        if store.certificate is None:
            raise Incomplete("no certificate in the PKCS #12 file")
        return Credentials((store.certificate, *store.others), store.key)

    def check(
        self,
        now: int,
        *,
        hosts: Iterable[str] = (),
        purpose: Purpose = Purpose.SERVER,
        roots: Trust | None = None,
    ) -> None:
        """Raises Expired, Mismatched, Incomplete. now: seconds since 1970.

        roots: those that peers trust, where they are known: the chain must end below one of them.
        """
        for each in self.chain:
            if now > each.not_after:
                raise Expired(f"the certificate of {_shown(each)} expired on {date.text(each.not_after)}")
            if now < each.not_before:
                raise Expired(f"the certificate of {_shown(each)} is valid from {date.text(each.not_before)}")
        own = self.chain[0]
        for host in hosts:
            try:
                host_name.check(own, host)
            except CertificateError as error:
                raise Mismatched(str(error)) from None
        try:
            path.check_end_entity(own, now, purpose, RFC5280)
            for certificate, issuer in zip(self.chain, self.chain[1:], strict=False):
                path.check_authority(issuer, now, RFC5280, anchor=False)
                path.check_signature(certificate, issuer, RFC5280)
            if roots is not None:
                verify(own, self.chain[1:], roots, now, purpose=purpose, policy=RFC5280)
        except CertificateError as error:
            incomplete = error.reason in (Reason.BAD_SIGNATURE, Reason.NO_CA, Reason.NO_ISSUER)
            raise (Incomplete if incomplete else Mismatched)(str(error)) from None

    def expires(self) -> int:
        """When the first of the chain does: seconds since 1970."""
        return min(each.not_after for each in self.chain)

    def chain_pem(self) -> str:
        return "".join(pem.encode("CERTIFICATE", each.der) for each in self.chain)


def _ordered(chain: Sequence[Certificate]) -> list[Certificate]:
    """From the first one up. Files hold the rest in any order, and roots that nobody needs."""
    found = [chain[0]]
    rest = [each for each in chain[1:] if each != chain[0]]
    while rest and not found[-1].self_issued():
        issuer = next((each for each in rest if each.subject == found[-1].issuer), None)
        if issuer is None:
            lost = ", ".join(_shown(each) for each in rest)
            raise Incomplete(f"{found[-1].issuer}, who signed {_shown(found[-1])}, is not among: {lost}")
        rest.remove(issuer)
        found.append(issuer)
    if len(found) > 1 and found[-1].self_issued():
        del found[-1]
    return found


def _shown(certificate: Certificate) -> str:
    return str(certificate.subject) or (
        str(certificate.alternative_names[0]) if certificate.alternative_names else "?"
    )
