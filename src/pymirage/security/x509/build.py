"""Building chains (RFC 4158): depth first from the end entity, through what the peer sent, to an anchor.

A signature is verified before the search goes on through an issuer, and verifications are counted: peers
choose what they send, and certificates that could all have signed each other have more paths than there is
time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.x509.error import CertificateError, Reason
from pymirage.security.x509.path import Purpose, check_authority, check_end_entity, check_signature, validate
from pymirage.security.x509.policy import STRICT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymirage.security.x509.certificate import Certificate
    from pymirage.security.x509.name import Name
    from pymirage.security.x509.policy import Policy
    from pymirage.security.x509.trust import Trust

MOST_SIGNATURES = 100
MOST_INTERMEDIATES = 200


def verify(
    certificate: Certificate,
    intermediates: Iterable[Certificate],
    trust: Trust,
    now: int,
    *,
    host: str = "",
    purpose: Purpose = Purpose.SERVER,
    policy: Policy = STRICT,
) -> list[Certificate]:
    """The chain from `certificate` to an anchor. Raises CertificateError, with the first chain's reason.

    host: a name or address that the certificate must be for; empty for any. now: seconds since 1970.
    """
    check_end_entity(certificate, now, purpose, policy)
    if certificate in trust:
        # Somebody trusts this very certificate: nobody has to vouch for it.
        validate([certificate], now, purpose, host, policy)
        return [certificate]
    return _Search(intermediates, trust, now, purpose, host, policy).run(certificate)


@final
class _Search:
    def __init__(
        self,
        intermediates: Iterable[Certificate],
        trust: Trust,
        now: int,
        purpose: Purpose,
        host: str,
        policy: Policy,
    ) -> None:
        self._trust = trust
        self._now = now
        self._purpose = purpose
        self._host = host
        self._policy = policy
        self._signatures = 0
        self._error: CertificateError | None = None
        self._by_subject: dict[Name, list[Certificate]] = {}
        for at, each in enumerate(dict.fromkeys(intermediates)):
            if at == MOST_INTERMEDIATES:
                raise CertificateError(Reason.TOO_MUCH_WORK, f"more than {MOST_INTERMEDIATES} certificates")
            self._by_subject.setdefault(each.subject, []).append(each)

    def run(self, certificate: Certificate) -> list[Certificate]:
        found = self._extend([certificate])
        if found is not None:
            return found
        raise self._error or CertificateError(Reason.NO_ISSUER, str(certificate.issuer))

    def _extend(self, path: list[Certificate]) -> list[Certificate] | None:
        """A valid path that begins with this one; None when there is none, and then the reason is kept."""
        for issuer in self._candidates(path[-1]):
            if any(_same_authority(issuer, each) for each in path[1:]) or issuer == path[0]:
                continue
            anchored = issuer in self._trust
            between = [*path[1:]] if anchored else [*path[1:], issuer]
            if sum(not each.self_issued() for each in between) > self._policy.longest:
                self._keep(CertificateError(Reason.PATH_TOO_LONG, f"more than {self._policy.longest}"))
                continue
            try:
                self._check_issuer(path[-1], issuer, anchor=anchored)
                if anchored:
                    longer = [*path, issuer]
                    validate(longer, self._now, self._purpose, self._host, self._policy, signed=True)
                    return longer
            except CertificateError as error:
                if error.reason is Reason.TOO_MUCH_WORK:
                    raise
                self._keep(error)
                continue
            found = self._extend([*path, issuer])
            if found is not None:
                return found
        return None

    def _candidates(self, certificate: Certificate) -> Sequence[Certificate]:
        """Anchors first; those whose key is the one that is named before others."""
        named = certificate.authority_key_identifier
        key = None if named is None else named.key
        anchors = self._trust.issuers(certificate.issuer)
        sent = [each for each in self._by_subject.get(certificate.issuer, ()) if each not in self._trust]
        return sorted(
            [*anchors, *sent], key=lambda each: key is not None and each.subject_key_identifier != key
        )

    def _check_issuer(self, certificate: Certificate, issuer: Certificate, *, anchor: bool) -> None:
        check_authority(issuer, self._now, self._policy, anchor=anchor)
        self._signatures += 1
        if self._signatures > MOST_SIGNATURES:
            raise CertificateError(Reason.TOO_MUCH_WORK, f"more than {MOST_SIGNATURES} signatures")
        check_signature(certificate, issuer, self._policy)

    def _keep(self, error: CertificateError) -> None:
        if self._error is None:
            self._error = error


def _same_authority(one: Certificate, other: Certificate) -> bool:
    """The same key under the same name comes once in a path (RFC 4158 §2.4.2)."""
    return one == other or (one.subject == other.subject and one.public_key == other.public_key)
