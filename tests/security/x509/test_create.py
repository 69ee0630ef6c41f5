"""What is made here is believed by OpenSSL and pyca/cryptography, and says the same to them."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import serialization

from pymirage.error import UsageError
from pymirage.security.x509 import create, keys, oids, pem, private_key, request
from pymirage.security.x509.build import verify
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.error import CertificateError, Reason
from pymirage.security.x509.public_key import KeyKind
from pymirage.security.x509.trust import Trust
from tests.security import certificates
from tests.security.certificates import NOW

KINDS = [kind for kind in KeyKind if kind is not KeyKind.OTHER]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_openssl_believes_a_chain(kind: KeyKind, tmp_path: Path) -> None:
    made = certificates.server("server.test", "192.0.2.1", "2001:db8::1", kind=kind)
    files = {"root": certificates.root().certificate, "between": made.chain[1], "own": made.chain[0]}
    for name, each in files.items():
        (tmp_path / name).write_text(pem.encode("CERTIFICATE", each.der))
    for option, host in (("hostname", "server.test"), ("ip", "192.0.2.1"), ("ip", "2001:db8::1")):
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", f"-verify_{option}", host]
        files_of = ["-CAfile", "root", "-untrusted", "between", "own"]
        done = subprocess.run([*command, *files_of], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    key = subprocess.run(
        ["openssl", "pkey", "-pubout", "-outform", "DER"],
        input=made.key.to_pem().encode(),
        capture_output=True,
    )
    assert key.stdout == made.chain[0].public_key.der


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_a_self_signed_certificate(kind: KeyKind) -> None:
    key = keys.generate(kind)
    made = create.self_signed(key, ["server.test"], NOW)
    theirs = pyca.load_der_x509_certificate(made.der)
    theirs.verify_directly_issued_by(theirs)
    assert theirs.not_valid_after_utc == datetime.fromtimestamp(NOW + create.YEAR, UTC)
    names = theirs.extensions.get_extension_for_class(pyca.SubjectAlternativeName).value
    assert names.get_values_for_type(pyca.DNSName) == ["server.test"]


def test_an_authority_with_bounds() -> None:
    key = keys.generate(KeyKind.P256)
    bound = create.Signer(create.authority(key, "Bound", NOW, permitted=("inside.test",)), key)
    trust = Trust((bound.certificate,))
    other = keys.public_key_of(keys.generate(KeyKind.P256))
    verify(create.issue(other, ("a.inside.test",), bound, NOW), (), trust, NOW, host="a.inside.test")
    with pytest.raises(CertificateError) as refused:
        verify(create.issue(other, ("outside.test",), bound, NOW), (), trust, NOW)
    assert refused.value.reason is Reason.NAME_CONSTRAINTS


def test_dates_after_2049() -> None:
    made = create.self_signed(keys.generate(KeyKind.P256), ["far.test"], NOW, lifetime=60 * create.YEAR)
    assert pyca.load_der_x509_certificate(made.der).not_valid_after_utc.year > 2080
    assert made.not_after == NOW + 60 * create.YEAR


def test_a_request(tmp_path: Path) -> None:
    key = keys.generate(KeyKind.P256)
    der = create.request(key, ("server.test", "192.0.2.1"))
    (tmp_path / "request").write_text(pem.encode("CERTIFICATE REQUEST", der))
    done = subprocess.run(
        ["openssl", "req", "-verify", "-noout", "-text", "-in", "request"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and "DNS:server.test, IP Address:192.0.2.1" in done.stdout
    found = request.parse(der)
    assert found.public_key == keys.public_key_of(key)
    assert str(found.alternative_names[0]) == "server.test"
    damaged = der[:-1] + bytes((der[-1] ^ 1,))
    with pytest.raises(CertificateError):
        request.parse(damaged)


def test_a_request_of_openssl(tmp_path: Path) -> None:
    command = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-noenc"]
    rest = ["-keyout", "key", "-subj", "/CN=theirs.test", "-addext", "subjectAltName=DNS:theirs.test"]
    made = subprocess.run([*command, *rest, "-outform", "DER"], cwd=tmp_path, capture_output=True, check=True)
    found = request.parse(made.stdout)
    assert str(found.subject) == "CN=theirs.test" and len(found.alternative_names) == 1
    key = private_key.load((tmp_path / "key").read_bytes())
    assert keys.public_key_of(key) == found.public_key


def test_a_name_that_is_none() -> None:
    with pytest.raises(UsageError, match="xn--"):
        create.self_signed(keys.generate(KeyKind.P256), ["müller.test"], NOW)


def test_we_read_what_pyca_says_of_it() -> None:
    made = certificates.server("server.test")
    for each in (*made.chain, certificates.root().certificate):
        theirs = pyca.load_der_x509_certificate(each.der)
        assert theirs.serial_number == each.serial
        assert theirs.subject.public_bytes() == each.subject.der
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        assert theirs.public_key().public_bytes(serialization.Encoding.DER, spki) == each.public_key.der
        assert {found.oid.dotted_string for found in theirs.extensions} == set(each.extensions)
    assert oids.SERVER_AUTH in (Certificate(made.chain[0].der).extended_key_usage or ())
