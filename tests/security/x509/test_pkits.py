"""NIST's Public Key Interoperability Test Suite: every path that revocation and policies have no part in.

Which path is valid is in the end entity's name. Left out, because revocation lists and policy trees are
not read here: sections 4.4, 4.14, 4.15 and 4.8 to 4.12. Deviations: DSA keys (4.1.4, 4.1.5) are refused.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pymirage.security.x509.build import verify
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.error import CertificateError
from pymirage.security.x509.path import Purpose
from pymirage.security.x509.policy import RFC5280
from pymirage.security.x509.trust import Trust

vectors = pytest.importorskip("cryptography_vectors", reason="PKITS is in PyPI's cryptography-vectors")
FOLDER = Path(vectors.__file__).parent / "x509/PKITS_data/certs"

# Valid or not by a revocation list or by policies only.
OTHERS = re.compile(
    r"CRL|cRL|Polic|PolicyTest|Revoked|IDP|distributionPoint|onlyContains|onlySomeReasons|SerialNumberTest1[58]"
    r"|BasicSelfIssuedNewWithOldTest5|BasicSelfIssuedOldWithNewTest2|CPSPointer|UserNotice|AnyPolicy"
)
DSA = re.compile("ValidDSA")
WHEN = 1_600_000_000


def read(path: Path) -> Certificate | None:
    try:
        return Certificate(path.read_bytes())
    except CertificateError:
        return None


ENDS = [path for path in sorted(FOLDER.glob("*EE.crt")) if not OTHERS.search(path.name)]
AUTHORITIES = [found for path in sorted(FOLDER.glob("*.crt")) if path not in ENDS and (found := read(path))]
ANCHOR = Trust((Certificate((FOLDER / "TrustAnchorRootCertificate.crt").read_bytes()),))


@pytest.mark.parametrize("path", ENDS, ids=lambda path: path.stem)
def test_path(path: Path) -> None:
    valid = path.name.startswith("Valid") and not DSA.match(path.name)
    try:
        authorities = [each for each in AUTHORITIES if each.is_authority() or each.version == 0]
        verify(Certificate(path.read_bytes()), authorities, ANCHOR, WHEN, purpose=Purpose.ANY, policy=RFC5280)
    except CertificateError as refused:
        assert not valid, refused
    else:
        assert valid, "an invalid path was taken"


def test_how_many() -> None:
    assert len(ENDS) > 75
