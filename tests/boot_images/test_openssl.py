"""OpenSSL in images: `ssl`, `hashlib` and the crypto provider, linked only where something asks for it."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pymirage.tool.image.error import ImageError
from tests.boot_images.harness import COLD, Lab

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


def refused() -> tuple[str, str]:
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    up.write(b"GET / HTTP/1.1\\r\\n\\r\\n")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).wrap_bio(up, down, server_side=True).do_handshake()
    except ssl.SSLError as error:
        return error.library, error.reason


async def main() -> None:
    print(refused(), refused())
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


@pytest.mark.parametrize("cold", [True, False])
def test_openssl(lab: Lab, cold: bool) -> None:
    certificate, key = self_signed()
    image = lab.build({"unikernel.py": UNIKERNEL.format(certificate=certificate, key=key)}, cold=cold)
    run = lab.boot(image, options=("--mem=32",))
    assert run.console.splitlines() == [
        "('SSL', 'HTTP_REQUEST') ('SSL', 'HTTP_REQUEST')",
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
    assert image.size.total < (11 if cold or COLD else 14) << 20


KEYS = """\
import ssl

from pymirage.security.crypto import provider
from pymirage.security.crypto.names import Curve
from pymirage.security.tls._present import present

CERTIFICATE, KEY = {certificate!r}, {key!r}


def hello() -> bytes:
    # RFC 8446, 4.1.2: random octets from 11 on, the session from 44 on; the key shares are last.
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.wrap_bio(down, up, server_hostname="unikernel.example").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return up.read()


def ticket() -> bytes:
    "What a server gives a client for its next session (RFC 5077, 3.3)."
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cadata=CERTIFICATE)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    present(server, (CERTIFICATE,), KEY)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(up, down, server_side=True)
    theirs = client.wrap_bio(down, up, server_hostname="unikernel.example")
    for side in (theirs, ours, theirs, ours):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
    said = down.read()
    # A record's head of five octets; type 4, three octets of length, lifetime, length.
    assert said[0] == 22 and said[5] == 4
    return said[15 : 15 + int.from_bytes(said[13:15], "big")]


async def main() -> None:
    print(ssl.RAND_bytes(16).hex())
    # The name of the key that it is encrypted with; and its initialisation vector.
    print(ticket()[:16].hex(), ticket()[16:32].hex(), sep="\\n")
    print(provider.generate_ed25519().der().hex())
    print(provider.agreement(Curve.X25519).public.hex())
    first, second = hello(), hello()
    print(first[11:43].hex(), first[44:76].hex(), first[-32:].hex(), sep="\\n")
    assert first[11:43] != second[11:43] and first[-32:] != second[-32:] and ssl.RAND_status()
"""


def test_keys_differ_from_boot_to_boot(lab: Lab) -> None:
    """Each boot is another start of OpenSSL: it looks at the processor again, and seeds itself anew."""
    certificate, key = self_signed()
    image = lab.build({"unikernel.py": KEYS.format(certificate=certificate, key=key)})
    # The last one's processor has none of the features that OpenSSL found when the image was built.
    last = ("--cpu=qemu64",) if lab.target == "virtio" else ()
    boots = [lab.boot(image, options=("--mem=64", *each)) for each in ((), (), last)]
    assert [boot.status for boot in boots] == [0, 0, 0], boots[0].console
    lines = [line for boot in boots for line in boot.console.splitlines()]
    assert len(lines) == len(set(lines)) == 24


def test_no_key_is_drawn_while_the_image_is_built(lab: Lab) -> None:
    """Of a context at module level every instance would have the keys."""
    if COLD:
        pytest.skip("PYMIRAGE_COLD: images are cold")
    body = "import ssl\n\nCONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
    with pytest.raises(ImageError, match=r"unikernel\.py:3: asks for entropy"):
        lab.build({"unikernel.py": f"{body}\n\nasync def main() -> None: ...\n"})


def test_nobody_carries_it_without_asking(lab: Lab) -> None:
    imports = "import asyncio, hashlib, hmac, http.client, secrets, urllib.request\n"
    body = "async def main(): print(hashlib.sha256().name, hashlib.sha256.__module__)\n"
    image = lab.build({"unikernel.py": f"{imports}\n{body}"})
    assert {"ssl", "_hashlib"} <= image.left_out
    assert lab.boot(image, options=("--mem=32",)).console == "sha256 _sha2\n"
    assert not any("OpenSSL" in part.path for part in image.size.parts)
