"""The day of a rehearsal follows from what is in the image."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pymirage.tool.image.rehearsal import date

DAY = datetime.timedelta(days=1)


def certificate(start: datetime.datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "image.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(start).not_valid_after(start + 90 * DAY).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def test_the_youngest_certificate_is_valid() -> None:
    older, younger = (datetime.datetime(year, 5, 1, tzinfo=datetime.UTC) for year in (2025, 2026))
    chain = certificate(younger) + certificate(older)
    day = date.of([b"<!doctype html>", certificate(older), chain])
    assert day == int((younger + DAY).timestamp())


def test_what_is_old_changes_nothing() -> None:
    assert date.of([]) == date.EARLIEST == 1_577_836_800
    assert date.of([certificate(datetime.datetime(1999, 1, 1, tzinfo=datetime.UTC))]) == date.EARLIEST


@pytest.mark.parametrize("text", [b"", b"MAA=\n", b"not base64\n", b"Proc-Type: 4,ENCRYPTED\n"])
def test_what_is_no_certificate_says_nothing(text: bytes) -> None:
    """Nor does the text of one that is cut off."""
    good = certificate(datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC))
    wrong = date.MARK + b"\n" + text + b"-----END CERTIFICATE-----\n"
    assert date.of([wrong, wrong[:-10], good[:-40]]) == date.EARLIEST
    assert date.of([wrong, good]) > date.EARLIEST
