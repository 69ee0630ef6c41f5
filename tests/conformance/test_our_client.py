"""Our TLS client beside OpenSSL's `s_server`: versions, groups, certificates, resumption, refusals."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pymirage.device.error import NoConnection
from pymirage.sched.host_stack import HostStack
from pymirage.sched.tls import TlsClient
from pymirage.sched.tls.flow import Broken
from pymirage.security.x509 import pem
from pymirage.security.x509.trust import Trust
from pymirage.web.client import Client
from tests.security import certificates

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

HOST = "localhost"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's certificate, its chain, its key; our authority."""
    folder = tmp_path_factory.mktemp("s_server")
    held = certificates.server(HOST)
    (folder / "chain.pem").write_text(held.chain_pem())
    (folder / "key.pem").write_text(held.key.to_pem())
    (folder / "ca.pem").write_text(pem.encode("CERTIFICATE", certificates.root().certificate.der))
    return folder


@contextmanager
def s_server(folder: Path, *options: str) -> Iterator[int]:
    """Its port. It tells of each connection by a page (`-www`), and takes the next."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "chain.pem", "-cert_chain"]
    command += ["chain.pem", "-key", "key.pem", "-www", *options]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("ACCEPT"):
                    break
            else:
                pytest.fail("openssl s_server did not start")
            yield int(line.rpartition(":")[2])
        finally:
            process.kill()


async def page(client: TlsClient, port: int) -> str:
    """What the server says of the connection."""
    flow = await client.connect(HOST, port)
    try:
        await flow.write(b"GET / HTTP/1.0\r\n\r\n")
        pieces = []
        while piece := await flow.read():
            pieces.append(piece)
        return b"".join(pieces).decode()
    finally:
        await flow.close()


def ask(port: int, times: int = 1, **options: object) -> list[str]:
    async def main() -> list[str]:
        async with asyncio.timeout(300):
            stack = await HostStack.connect()
            client = TlsClient(certificates.trust(), stack.tcp, **options)  # type: ignore[arg-type]
            return [await page(client, port) for _ in range(times)]

    return asyncio.run(main())


@pytest.mark.parametrize("version", ("1.2", "1.3"))
@pytest.mark.parametrize("group", ("X25519", "P-256", "P-384"))
def test_versions_and_groups(folder: Path, version: str, group: str) -> None:
    with s_server(folder, f"-tls{version.replace('.', '_')}", "-groups", group) as port:
        (said,) = ask(port)
    assert f"Protocol  : TLSv{version}" in said or f"New, TLSv{version}" in said


@pytest.mark.parametrize("version", ("1.2", "1.3"))
def test_sessions_are_resumed(folder: Path, version: str) -> None:
    with s_server(folder, f"-tls{version.replace('.', '_')}") as port:
        first, second = ask(port, times=2)
    assert "New, TLS" in first and "Reused, TLS" in second


def test_a_page_by_https(folder: Path) -> None:
    """The web client over it. The page has no length: it ends with the connection."""

    async def main(port: int) -> str:
        stack = await HostStack.connect()
        tls = TlsClient(certificates.trust())
        async with asyncio.timeout(300), Client(stack.tcp, secure=tls.secure) as client:
            response = await client.get(f"https://{HOST}:{port}/")
            assert response.status == 200
            return await response.text()

    with s_server(folder) as port:
        assert "Ciphers supported in s_server" in asyncio.run(main(port))


def test_our_certificate_is_shown(folder: Path) -> None:
    with s_server(folder, "-Verify", "5", "-CAfile", "ca.pem", "-verify_return_error") as port:
        (said,) = ask(port, credentials=certificates.client())
        assert "client.test" in said
        with pytest.raises(Broken, match="certificate required"):
            ask(port)


def test_another_authority_is_refused(folder: Path) -> None:
    stranger = certificates.root("Somebody Else")

    async def main(port: int) -> None:
        stack = await HostStack.connect()
        with pytest.raises(NoConnection, match="certificate"):
            await TlsClient(Trust((stranger.certificate,)), stack.tcp).connect(HOST, port)

    with s_server(folder) as port:
        asyncio.run(main(port))


def test_a_server_of_an_old_version_is_refused(folder: Path) -> None:
    with s_server(folder, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0") as port, pytest.raises(NoConnection):
        ask(port)
