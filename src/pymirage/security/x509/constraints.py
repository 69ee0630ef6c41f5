"""Name constraints (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c), §6.1.4 (g)).

Permitted subtrees of several authorities must each admit a name; excluded ones add up. Comparisons are
counted, as thousands of names against thousands of constraints keep a verifier busy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.x509 import oids
from pymirage.security.x509.error import CertificateError, Reason
from pymirage.security.x509.general_name import GeneralName, Kind
from pymirage.security.x509.host_name import is_name
from pymirage.security.x509.name import Name

if TYPE_CHECKING:
    from pymirage.security.x509.certificate import Certificate
    from pymirage.security.x509.extension import NameConstraints

MOST_COMPARISONS = 250_000
_COMPARED = (Kind.EMAIL, Kind.DNS, Kind.DIRECTORY, Kind.URI, Kind.IP)


@final
class Constraints:
    """What the authorities of a chain, from the anchor down, let those below them be called."""

    def __init__(self) -> None:
        self._permitted: list[tuple[GeneralName, ...]] = []
        self._excluded: list[GeneralName] = []
        self._comparisons = 0

    def add(self, found: NameConstraints) -> None:
        """Those of one authority. Raises CertificateError where one can constrain nothing."""
        permitted = tuple(subtree.base for subtree in found.permitted)
        excluded = [subtree.base for subtree in found.excluded]
        for base in (*permitted, *excluded):
            _check(base)
        for kind in Kind:
            of_kind = tuple(base for base in permitted if base.kind is kind)
            if of_kind:
                self._permitted.append(of_kind)
        self._excluded += excluded

    def check(self, certificate: Certificate) -> None:
        """Raises CertificateError with NAME_CONSTRAINTS or TOO_MUCH_WORK."""
        if not self._permitted and not self._excluded:
            return
        for each in names_of(certificate):
            self._check(each)

    def _check(self, found: GeneralName) -> None:
        self._count(len(self._excluded) + sum(map(len, self._permitted)))
        if any(_matches(base, found) for base in self._excluded):
            raise CertificateError(Reason.NAME_CONSTRAINTS, f"{found} is excluded")
        if found.kind not in _COMPARED and any(base.kind is found.kind for base in self._excluded):
            # §4.2.1.10: what cannot be compared is not let through. Permitted subtrees never match it.
            raise CertificateError(Reason.NAME_CONSTRAINTS, f"{found} could be excluded")
        for bases in self._permitted:
            if bases[0].kind is found.kind and not any(_matches(base, found, whole=True) for base in bases):
                raise CertificateError(Reason.NAME_CONSTRAINTS, f"{found} is not permitted")

    def _count(self, comparisons: int) -> None:
        self._comparisons += comparisons
        if self._comparisons > MOST_COMPARISONS:
            raise CertificateError(Reason.TOO_MUCH_WORK, "names against name constraints")


def names_of(certificate: Certificate) -> list[GeneralName]:
    """The subject, its alternative names, and its e-mail addresses where those are absent (§4.2.1.10)."""
    found = list(certificate.alternative_names)
    if certificate.subject:
        found.append(GeneralName(Kind.DIRECTORY, certificate.subject))
    if not certificate.alternative_names:
        emails = certificate.subject.values(oids.EMAIL_ADDRESS)
        found += [GeneralName(Kind.EMAIL, email) for email in emails]
    return found


def _check(base: GeneralName) -> None:
    value = base.value
    good = True
    match base.kind:
        case Kind.DNS:
            good = value == "" or is_name(str(value).lower())
        case Kind.URI:
            good = is_name(str(value).lower().removeprefix("."))
        case Kind.EMAIL:
            good = is_name(str(value).lower().rpartition("@")[2].removeprefix("."))
        case Kind.IP:
            good = isinstance(value, bytes) and len(value) in (8, 32) and _is_mask(value[len(value) // 2 :])
        case _:
            pass
    if not good:
        raise CertificateError(Reason.NAME_CONSTRAINTS, f"not a constraint: {base}")


def _matches(base: GeneralName, found: GeneralName, *, whole: bool = False) -> bool:
    """Whether the name lies in the subtree; with `whole`, for a wildcard, everything that it stands for.

    An excluded subtree is compared without: `*.example.com` could be the excluded one.
    """
    if base.kind is not found.kind:
        return False
    one, other = base.value, found.value
    if isinstance(one, Name):
        return isinstance(other, Name) and other.within(one)
    if isinstance(one, bytes):
        return isinstance(other, bytes) and _address_within(other, one)
    text = str(other).lower()
    match base.kind:
        case Kind.DNS:
            return _dns_within(text, one.lower(), whole=whole)
        case Kind.EMAIL:
            return _email_within(str(other), one)
        case Kind.URI:
            return _host_within(_host_of(text), one.lower())
        case _:
            return False


def _dns_within(found: str, base: str, *, whole: bool) -> bool:
    if base == "":
        return True
    if found.startswith("*.") and not whole:
        # It can stand for the base itself, or for something that lies below it.
        parent = found[2:]
        return base.partition(".")[2] == parent or parent == base or parent.endswith("." + base)
    name = found.removeprefix("*.")
    return name == base or name.endswith("." + base)


def _email_within(found: str, base: str) -> bool:
    """A mailbox, a host, or with a leading period all hosts of a domain."""
    local, _, host = found.rpartition("@")
    if "@" in base:
        wanted, _, domain = base.rpartition("@")
        return local == wanted and host.lower() == domain.lower()
    return _host_within(host.lower(), base.lower())


def _host_within(host: str, base: str) -> bool:
    """For e-mail and URIs a leading period means: below, not the domain itself."""
    return host.endswith(base) if base.startswith(".") else host == base


def _host_of(uri: str) -> str:
    authority = uri.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    return authority.rpartition("@")[2].partition(":")[0]


def _address_within(address: bytes, base: bytes) -> bool:
    """RFC 4632: an address and its mask, in twice the octets."""
    size = len(address)
    if len(base) != 2 * size:
        return False
    mask = int.from_bytes(base[size:], "big")
    return int.from_bytes(address, "big") & mask == int.from_bytes(base[:size], "big") & mask


def _is_mask(mask: bytes) -> bool:
    """Ones, then zeros."""
    bits = int.from_bytes(mask, "big")
    inverse = bits ^ (1 << len(mask) * 8) - 1
    return inverse & (inverse + 1) == 0
