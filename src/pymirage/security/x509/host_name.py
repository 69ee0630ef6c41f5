"""Whether a certificate is for a host (RFC 9525 §6): its alternative names say so, its common name never."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from pymirage.security.x509.error import CertificateError, Reason
from pymirage.security.x509.general_name import Kind

if TYPE_CHECKING:
    from pymirage.security.x509.certificate import Certificate

_LABEL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
MOST_SHOWN = 5


def check(certificate: Certificate, host: str) -> None:
    """Raises CertificateError with HOST_NAME. An internationalised name comes as `xn--…`."""
    address = _address(host)
    for each in certificate.alternative_names:
        if address and each.kind is Kind.IP and each.value == address:
            return
        if not address and each.kind is Kind.DNS and matches(str(each.value), host):
            return
    names = [str(each) for each in certificate.alternative_names[:MOST_SHOWN]]
    raise CertificateError(Reason.HOST_NAME, f"it names {', '.join(names) or 'nobody'}, not {host}")


def matches(pattern: str, host: str) -> bool:
    """§6.3: a wildcard is the whole leftmost label, and stands for exactly one, above two others or more."""
    wanted = host.lower().removesuffix(".")
    found = pattern.lower()
    if not is_name(wanted):
        return False
    if not found.startswith("*."):
        return is_name(found) and found == wanted
    base = found[2:]
    return is_name(base) and "." in base and wanted.partition(".")[2] == base


def is_name(text: str) -> bool:
    """Lower-case letters, digits and hyphens: RFC 1034 §3.5. Underscores are no part of host names."""
    return len(text) <= 253 and all(
        0 < len(label) <= 63 and _LABEL.issuperset(label) and label[0] != "-" != label[-1]
        for label in text.split(".")
    )


def is_mailbox(text: str) -> bool:
    """RFC 5321 §4.1.2, without quoted local parts."""
    local, _, host = text.rpartition("@")
    return 0 < len(local) <= 64 and not set(local) & set(' "@<>,;:\\()[]') and is_name(host.lower())


def _address(host: str) -> bytes:
    """The octets of an address; empty for a name."""
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).packed
    except ValueError:
        return b""
