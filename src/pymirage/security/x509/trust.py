"""Trust anchors (RFC 5280 §6.1.1 (d)): certificates that are believed because somebody put them here."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from pymirage.security.x509 import pem
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.error import CertificateError, KeyFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymirage.security.x509.name import Name


@final
class Trust:
    """A set of anchors, found by the name of who signed."""

    def __init__(self, anchors: Iterable[Certificate]) -> None:
        self.anchors = frozenset(anchors)
        self._by_subject: dict[Name, list[Certificate]] = {}
        for anchor in self.anchors:
            self._by_subject.setdefault(anchor.subject, []).append(anchor)

    @staticmethod
    def from_pem(data: bytes | str) -> Trust:
        """Every CERTIFICATE in a file. Raises KeyFileError when there is none."""
        found = [Certificate(block.der) for block in pem.decode(data) if block.label == "CERTIFICATE"]
        if not found:
            raise KeyFileError("no CERTIFICATE among the trust anchors")
        return Trust(found)

    @staticmethod
    def from_bundle(data: bytes | str) -> Trust:
        """As `from_pem`, of a large collection: one that cannot be read is left out, not everything."""
        found: list[Certificate] = []
        for block in pem.decode(data):
            try:
                found.append(Certificate(block.der))
            except CertificateError:
                continue
        return Trust(found)

    def __len__(self) -> int:
        return len(self.anchors)

    def __contains__(self, certificate: object) -> bool:
        return certificate in self.anchors

    def issuers(self, name: Name) -> list[Certificate]:
        return self._by_subject.get(name, [])
