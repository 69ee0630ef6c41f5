"""OpenSSL in images: `ssl`, `hashlib` and the crypto provider, linked only where something asks for it."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.boot_images.harness import Lab

UNIKERNEL = """\
import hashlib, hmac, secrets, ssl

from pymirage.security.crypto import provider
from pymirage.security.crypto.names import Curve
from pymirage.security.tls._present import present

CERTIFICATE, KEY = {certificate!r}, {key!r}


def handshake() -> tuple[str | None, bytes]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cadata=CERTIFICATE)
    present(server, (CERTIFICATE,), KEY)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(up, down, server_side=True)
    theirs = client.wrap_bio(down, up, server_hostname="unikernel.example")
    for _ in range(3):
        for side in (theirs, ours):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    theirs.write(b"hello")
    return ours.version(), ours.read()


async def main() -> None:
    print(ssl.OPENSSL_VERSION.split()[:2], provider.name)
    print(handshake())
    try:
        present(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), (CERTIFICATE,), provider.generate_ed25519().der())
    except ValueError as error:
        print(error)
    print(type(hashlib.sha256()).__module__, hashlib.new("ripemd160", b"").hexdigest()[:8])
    print(hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1, 4).hex())
    print(hashlib.scrypt(b"", salt=b"", n=16, r=1, p=1, dklen=4).hex())
    print(hmac.new(b"k", b"m", "sha256").hexdigest()[:8], len(secrets.token_bytes(32)), ssl.RAND_status())
    one, other = (provider.agreement(Curve.X25519) for _ in range(2))
    print(one.exchange(other.public) == other.exchange(one.public), len(ssl.RAND_bytes(16)))
    print("example.org".encode("idna"))
"""


def self_signed() -> tuple[bytes, bytes]:
    """A certificate and its key, DER and PKCS #8."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "unikernel.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("unikernel.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    der = serialization.Encoding.DER
    private = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(der), private


@pytest.mark.parametrize("cold", [None, False])
def test_openssl(lab: Lab, cold: bool | None) -> None:
    """Also from memory, which such images begin without only for their size."""
    certificate, key = self_signed()
    image = lab.build({"unikernel.py": UNIKERNEL.format(certificate=certificate, key=key)}, cold=cold)
    run = lab.boot(image, options=("--mem=32",))
    assert run.console.splitlines() == [
        "['OpenSSL', '3.5.7'] OpenSSL 3.5.7",
        "('TLSv1.3', b'hello')",
        "no certificate assigned",
        "_hashlib 9c1185a5",
        "120fb6cf",
        "77d65762",
        "b60090e3 32 True",
        "True 16",
        "b'example.org'",
    ]
    assert image.size.total < (11 if cold is None else 20) << 20


KEYS = """\
import ssl

from pymirage.security.crypto import provider
from pymirage.security.crypto.names import Curve

def hello() -> bytes:
    # RFC 8446, 4.1.2: random octets from 11 on, the session from 44 on; the key shares are last.
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.wrap_bio(down, up, server_hostname="unikernel.example").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return up.read()


async def main() -> None:
    print(ssl.RAND_bytes(16).hex())
    print(provider.generate_ed25519().der().hex())
    print(provider.agreement(Curve.X25519).public.hex())
    first, second = hello(), hello()
    print(first[11:43].hex(), first[44:76].hex(), first[-32:].hex(), sep="\\n")
    assert first[11:43] != second[11:43] and first[-32:] != second[-32:] and ssl.RAND_status()
"""


def test_keys_differ_from_boot_to_boot(lab: Lab) -> None:
    """Each boot is another start of OpenSSL: it looks at the processor again, and seeds itself anew."""
    image = lab.build({"unikernel.py": KEYS}, cold=False)
    # The last one's processor has none of the features that OpenSSL found when the image was built.
    last = ("--cpu=qemu64",) if lab.target == "virtio" else ()
    boots = [lab.boot(image, options=("--mem=64", *each)) for each in ((), (), last)]
    assert [boot.status for boot in boots] == [0, 0, 0], boots[0].console
    lines = [line for boot in boots for line in boot.console.splitlines()]
    assert len(lines) == len(set(lines)) == 18


def test_nobody_carries_it_without_asking(lab: Lab) -> None:
    imports = "import asyncio, hashlib, hmac, http.client, secrets, urllib.request\n"
    body = "async def main(): print(hashlib.sha256().name, hashlib.sha256.__module__)\n"
    image = lab.build({"unikernel.py": f"{imports}\n{body}"})
    assert {"ssl", "_hashlib"} <= image.left_out
    assert lab.boot(image, options=("--mem=32",)).console == "sha256 _sha2\n"
    assert not any("OpenSSL" in part.path for part in image.size.parts)
