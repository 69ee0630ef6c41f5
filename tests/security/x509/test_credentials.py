"""A certificate that cannot work is told by name before anything is served."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pymirage.security.x509 import create, keys, pem
from pymirage.security.x509.credentials import Credentials, Expired, Incomplete, Mismatched, WrongKey
from pymirage.security.x509.error import KeyFileError
from pymirage.security.x509.public_key import KeyKind
from tests.security import certificates
from tests.security.certificates import NOW


def test_expired() -> None:
    held = certificates.server("server.test", now=NOW - 10 * create.YEAR)
    with pytest.raises(Expired, match=r"CN=server\.test expired on 20"):
        held.check(NOW)
    with pytest.raises(Expired, match="valid from"):
        certificates.server("server.test").check(NOW - create.YEAR)


def test_mismatched() -> None:
    held = certificates.server("server.test", "*.wild.test")
    held.check(NOW, hosts=("server.test", "a.wild.test"))
    with pytest.raises(Mismatched, match=r"it names server\.test, \*\.wild\.test, not other\.test"):
        held.check(NOW, hosts=("other.test",))
    with pytest.raises(Mismatched, match="not meant for this"):
        certificates.client().check(NOW)


def test_wrong_key() -> None:
    with pytest.raises(WrongKey, match=r"CN=server\.test"):
        Credentials(certificates.server("server.test").chain, keys.generate(KeyKind.P256))


def test_incomplete() -> None:
    own = certificates.server("server.test")
    with pytest.raises(Incomplete, match="CN=Test Intermediate, who signed"):
        Credentials((own.chain[0], certificates.root("Another").certificate), own.key)
    with pytest.raises(Incomplete):
        Credentials((), own.key)
    with pytest.raises(Incomplete, match="no CERTIFICATE"):
        Credentials.from_pem(own.key.to_pem().encode(), own.key.to_pem().encode())
    # An authority of the same name, but not the one that signed.
    key = keys.generate(KeyKind.P256)
    namesake = create.authority(key, "Test Intermediate", NOW, issuer=certificates.root())
    with pytest.raises(Incomplete, match="does not verify"):
        Credentials((own.chain[0], namesake), own.key).check(NOW)
    # That nothing at all is there shows only who knows the roots.
    alone = Credentials(own.chain[:1], own.key)
    alone.check(NOW)
    with pytest.raises(Incomplete, match="no chain leads to a trusted certificate: CN=Test Intermediate"):
        alone.check(NOW, roots=certificates.trust())
    own.check(NOW, roots=certificates.trust())


def test_any_order_and_a_root_too_many() -> None:
    own = certificates.server("server.test")
    held = Credentials((own.chain[0], certificates.root().certificate, own.chain[1]), own.key)
    assert held.chain == own.chain
    alone = create.self_signed(own.key, ["alone.test"], NOW)
    Credentials((alone,), own.key).check(NOW, hosts=("alone.test",))


def test_one_file_for_both() -> None:
    own = certificates.server("server.test")
    both = (own.chain_pem() + own.key.to_pem()).encode()
    assert Credentials.from_pem(both, both).chain == own.chain


ENCRYPTIONS = {
    "AES-256, PBKDF2 with SHA-256": ("-v2", "aes-256-cbc"),
    "AES-128, PBKDF2 with SHA-512": ("-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"),
    "3DES, PBKDF2": ("-v2", "des3"),
    "scrypt": ("-scrypt",),
    "PKCS #12's": ("-v1", "PBE-SHA1-3DES"),
}


@pytest.mark.parametrize("options", ENCRYPTIONS.values(), ids=ENCRYPTIONS.keys())
def test_encrypted_keys_of_openssl(options: tuple[str, ...], tmp_path: Path) -> None:
    own = certificates.server("server.test")
    (tmp_path / "key").write_text(own.key.to_pem())
    command = ["openssl", "pkcs8", "-topk8", "-in", "key", "-passout", "pass:gehéim", *options]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    chain = own.chain_pem().encode()
    assert Credentials.from_pem(chain, made, "gehéim".encode()).chain == own.chain
    with pytest.raises(KeyFileError, match="give its password"):
        Credentials.from_pem(chain, made)
    with pytest.raises(KeyFileError):
        Credentials.from_pem(chain, made, b"another")


@pytest.mark.parametrize("legacy", (False, True), ids=("today's", "old"))
def test_key_stores_of_openssl(legacy: bool, tmp_path: Path) -> None:
    own = certificates.server("server.test", kind=KeyKind.RSA)
    (tmp_path / "both").write_text(own.chain_pem() + own.key.to_pem())
    old = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"] if legacy else []
    command = ["openssl", "pkcs12", "-export", "-in", "both", "-passout", "pass:secret", *old]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    held = Credentials.from_pkcs12(made, b"secret")
    assert held.chain == own.chain
    held.check(NOW)
    with pytest.raises(KeyFileError, match="password is wrong"):
        Credentials.from_pkcs12(made, b"wrong")
    # The last NULL is the parameters of the MAC's hash, which no MAC covers.
    for at in (*range(0, len(made), 97), made.rindex(b"\x05\0")):
        damaged = made[:at] + bytes((made[at] ^ 0x55,)) + made[at + 1 :]
        with pytest.raises(KeyFileError):
            Credentials.from_pkcs12(damaged, b"secret")


def test_files_that_hold_something_else() -> None:
    own = certificates.server("server.test")
    chain = own.chain_pem().encode()
    for key, why in (
        (b"", "not a private key"),
        (b"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n", "not base64"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA", "does not end"),
        (chain, "no private key"),
        (own.key.to_pem().encode() * 2, "several private keys"),
        (pem.encode("PRIVATE KEY", b"\x30\x03\x02\x01\x07").encode(), "not a private key"),
    ):
        with pytest.raises(KeyFileError, match=why):
            Credentials.from_pem(chain, key)
