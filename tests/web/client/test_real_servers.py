"""The client against servers that others wrote, and our own."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.error import PeerError
from pymirage.sched.stream_tcp import StreamTcp
from pymirage.web.client import Client
from pymirage.web.files import Files
from pymirage.web.server import Server
from tests.port import reserved
from tests.web.client.servers import NGINX, client, nginx, python_server
from tests.web.client.test_client import PATIENCE

PAGE = b"All work and no play makes Jack a dull boy. " * 50
LARGE = b"".join(hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(65536))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "docs").mkdir(parents=True)
    (root / "page.txt").write_bytes(PAGE)
    (root / "large.bin").write_bytes(LARGE)
    (root / "docs" / "index.html").write_bytes(b"docs")
    return root


async def tour(ours: Client, at: str) -> None:
    """What every server can do."""
    for _ in range(3):
        response = await ours.get(f"{at}/page.txt")
        assert (response.status, await response.read_all()) == (200, PAGE)
    head = await ours.request("HEAD", f"{at}/page.txt")
    assert (head.status, await head.read_all()) == (200, b"")
    assert await (await ours.get(f"{at}/large.bin")).read_all() == LARGE
    moved = await ours.get(f"{at}/docs")
    assert (str(moved.url), await moved.read_all()) == (f"{at}/docs/", b"docs")
    missing = await ours.get(f"{at}/nowhere?x=y")
    assert missing.status == 404
    await missing.read_all()
    together = await asyncio.gather(*[ours.get(f"{at}/page.txt") for _ in range(8)])
    assert [await each.read_all() for each in together] == [PAGE] * 8
    left = await ours.get(f"{at}/large.bin")
    await left.read()
    await left.close()
    assert ours.connections() <= 8


def test_the_standard_library(site: Path) -> None:
    async def run(at: str) -> None:
        async with client() as ours:
            await tour(ours, at)

    with python_server(site) as at:
        asyncio.run(run(at))


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx(site: Path, tmp_path: Path) -> None:
    site.chmod(0o755)

    async def run(at: str) -> None:
        async with client() as ours:
            await until_there(ours, at)
            await tour(ours, at)
            response = await ours.get(f"{at}/page.txt")
            assert response.fields.get("content-encoding") == "gzip" and await response.read_all() == PAGE
            response = await ours.get(f"{at}/moved")
            assert str(response.url) == f"{at}/page.txt"
            await response.close()
            response = await ours.post(f"{at}/echo", bytes(1_000_000))
            assert (response.status, await response.read_all()) == (200, PAGE)
            response = await ours.post(f"{at}/echo", bytes(3_000_000))
            assert response.status == 413
            await response.close()

    with reserved() as port, nginx(site, tmp_path, port) as at:
        asyncio.run(run(at))


async def until_there(ours: Client, at: str) -> None:
    """A server of its own process listens some milliseconds after its start."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await (await ours.get(at)).close()
            except PeerError:
                await asyncio.sleep(0.01)
            else:
                return


def test_our_own() -> None:
    async def run() -> None:
        tcp = StreamTcp(asyncio.get_running_loop())
        content = {"page.txt": PAGE, "large.bin": LARGE, "docs/index.html": b"docs"}
        server = Server(Files(MemoryKeyValue(content)))
        port = await server.listen(tcp, 0, address="127.0.0.1")
        async with client() as ours:
            await tour(ours, f"http://127.0.0.1:{port}")
            response = await ours.get(f"http://127.0.0.1:{port}/page.txt")
            assert response.fields.get("content-encoding") == "gzip" and await response.read_all() == PAGE
        await server.close()

    asyncio.run(run())
