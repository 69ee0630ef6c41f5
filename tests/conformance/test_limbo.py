"""x509-limbo (C2SP): chains that must be believed or refused; beside the project: PYMIRAGE_LIMBO=limbo.json.

Every deviation is listed with its reason; a test fails when there is another, and when one is none any more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pymirage.security.x509 import pem
from pymirage.security.x509.build import verify
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.error import CertificateError
from pymirage.security.x509.path import Purpose
from pymirage.security.x509.policy import Policy
from pymirage.security.x509.trust import Trust

WHERE = os.environ.get("PYMIRAGE_LIMBO", "")
NOW = 1_782_700_000
"""For cases without a date of their own."""

REVOCATION = "revocation lists are not read"
COMMON_NAME = "the common name is not looked at, so it cannot disagree"
USAGE = "a key that may only sign certificates proves no server, whatever else its certificate says"
HARMLESS = "authorities should not write this; nothing that is believed depends on it"
SUFFIXES = "there is no list of public suffixes"
DEVIATIONS: Mapping[str, str] = {
    "crl::revoked-certificate-with-crl": REVOCATION,
    "crl::crlnumber-missing": REVOCATION,
    "crl::crlnumber-critical": REVOCATION,
    "crl::issuer-missing-crlsign": REVOCATION,
    "pathlen::validation-ignores-pathlen-in-leaf": USAGE,
    "rfc5280::ca-as-leaf": USAGE,
    "rfc5280::aki::cross-signed-root-missing-aki": "what is trusted anyway needs no issuer",
    "rfc5280::nc::permitted-dns-match-noncritical": "webpki::nc:: wants the opposite",
    "webpki::cn::ipv4-hex-mismatch": COMMON_NAME,
    "webpki::cn::ipv4-leading-zeros-mismatch": COMMON_NAME,
    "webpki::cn::ipv6-uppercase-mismatch": COMMON_NAME,
    "webpki::cn::ipv6-uncompressed-mismatch": COMMON_NAME,
    "webpki::cn::ipv6-non-rfc5952-mismatch": COMMON_NAME,
    "webpki::cn::punycode-not-in-san": COMMON_NAME,
    "webpki::cn::utf8-vs-punycode-mismatch": COMMON_NAME,
    "webpki::cn::not-in-san": COMMON_NAME,
    "webpki::cn::case-mismatch": COMMON_NAME,
    "webpki::eku::ee-anyeku": HARMLESS,
    "webpki::eku::ee-critical-eku": HARMLESS,
    "webpki::eku::ee-without-eku": "the opposite of rfc5280::eku::ee-without-eku",
    "webpki::eku::root-has-eku": HARMLESS,
    "webpki::san::public-suffix-multi-label-wildcard-san": SUFFIXES,
    "webpki::san::public-suffix-private-namespace-wildcard-san": SUFFIXES,
    "webpki::san::san-critical-with-nonempty-subject": HARMLESS,
}


@cache
def cases() -> list[dict[str, Any]]:
    if not WHERE:
        pytest.skip("x509-limbo is not here: PYMIRAGE_LIMBO=limbo.json")
    found: list[dict[str, Any]] = json.loads(Path(WHERE).read_text())["testcases"]
    return found


def believed(case: dict[str, Any]) -> bool:
    when = case["validation_time"]
    now = int(datetime.fromisoformat(when).timestamp()) if when else NOW
    depth = case["max_chain_depth"]
    host = (case["expected_peer_name"] or {}).get("value", "")
    try:
        verify(
            Certificate(pem.decode(case["peer_certificate"])[0].der),
            read(case["untrusted_intermediates"]),
            Trust(read(case["trusted_certs"])),
            now,
            host=host,
            purpose=Purpose[case["validation_kind"]],
            policy=Policy() if depth is None else Policy(longest=depth),
        )
    except CertificateError:
        return False
    return True


def read(texts: list[str]) -> list[Certificate]:
    """What cannot be read is left out, as it is of what a peer sends."""
    found = []
    for text in texts:
        try:
            found.append(Certificate(pem.decode(text)[0].der))
        except CertificateError:
            continue
    return found


def test_limbo() -> None:
    wrong = {case["id"] for case in cases() if believed(case) != (case["expected_result"] == "SUCCESS")}
    known = DEVIATIONS.keys() & {case["id"] for case in cases()}
    # BetterTLS' own cases are listed by their suite: none may differ.
    assert sorted(wrong - known) == [] and sorted(known - wrong) == []
    print(f"x509-limbo: {len(cases()) - len(wrong)} of {len(cases())}")
