"""Clients of the website: stories as those of `linux_side`, with curl, a browser and Prometheus' own parser.

`python -m tests.boot_images.website_side STORY COMMAND …`, inside of a network namespace of its own.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any

from tests.boot_images.browser import browser
from tests.boot_images.linux_side import Guest, main, story
from tests.interop.laboratory import OURS4, OURS6

PAGES = Path(__file__).parents[2] / "apps" / "website" / "htdocs"
SITE = f"http://{OURS4}:8080"
ABOUT = "/.well-known/pymirage"


def curl(*arguments: str) -> tuple[str, dict[str, str], bytes]:
    """Status, header fields and body of the last response."""
    done = subprocess.run(
        ["curl", "-sS", "-i", "--max-time", "200", *arguments], capture_output=True, check=False
    )
    assert done.returncode == 0, f"curl {' '.join(arguments)}: {done.stderr.decode()}"
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first.split()[1], fields, body


async def away(function: Any, *arguments: str) -> Any:
    """In a thread, so that the image's console is read meanwhile."""
    return await asyncio.to_thread(function, *arguments)


@story
async def pages(guest: Guest) -> None:
    """As curl sees it."""
    await guest.line("serving http://")
    await away(_pages)


def _pages() -> None:
    index = (PAGES / "index.html").read_bytes()
    for site in (SITE, f"http://[{OURS6}]:8080"):
        status, fields, body = curl(f"{site}/")
        assert (status, body) == ("200", index)
        assert fields["content-type"] == "text/html; charset=utf-8"
        assert int(fields["content-length"]) == len(index)
    tag = fields["etag"]
    caching(tag)
    ranges(index)
    compression()
    refusals()


def caching(tag: str) -> None:
    status, fields, body = curl("-H", f"If-None-Match: {tag}", f"{SITE}/")
    assert (status, fields["etag"], body) == ("304", tag, b"")
    assert curl("-H", 'If-None-Match: "other"', f"{SITE}/")[0] == "200"
    assert curl("-H", 'If-Match: "other"', f"{SITE}/")[0] == "412"
    with tempfile.TemporaryDirectory() as folder:
        kept = f"{folder}/etag"
        for size in (len((PAGES / "index.html").read_bytes()), 0):
            assert len(curl("--etag-save", kept, "--etag-compare", kept, f"{SITE}/")[2]) == size


def ranges(index: bytes) -> None:
    status, fields, body = curl("-r", "10-19", f"{SITE}/")
    assert (status, fields["content-range"], body) == ("206", f"bytes 10-19/{len(index)}", index[10:20])
    status, fields, body = curl("-r", "0-4,200-209,-5", f"{SITE}/")
    head = f"Content-Type: {fields['content-type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + body).get_payload()
    assert [part.get_payload(decode=True) for part in parts] == [index[:5], index[200:210], index[-5:]]
    assert curl("-r", "99999-", f"{SITE}/")[0] == "416"
    assert curl("-r", "0-4", "-H", 'If-Range: "other"', f"{SITE}/")[0] == "200"


def compression() -> None:
    style = (PAGES / "style.css").read_bytes()
    status, fields, body = curl("-H", "Accept-Encoding: gzip", f"{SITE}/style.css")
    assert (status, fields["content-encoding"], fields["vary"]) == ("200", "gzip", "accept-encoding")
    assert gzip.decompress(body) == style and len(body) < len(style)
    assert curl("--compressed", f"{SITE}/style.css")[2] == style
    assert "content-encoding" not in curl(f"{SITE}/style.css")[1]


def refusals() -> None:
    status, _, body = curl(f"{SITE}/nowhere")
    assert (status, body) == ("404", (PAGES / "404.html").read_bytes())
    for path in (
        "/../config.py",
        "/%2e%2e/config.py",
        "/..%2fconfig.py",
        "//",
        "/.git/",
        "/%00",
        "/%c0%ae%c0%ae/",
    ):
        assert curl("--path-as-is", f"{SITE}{path}")[0] == "404", path
    status, fields, body = curl("--head", f"{SITE}/")
    assert (status, body) == ("200", b"") and int(fields["content-length"]) > 0
    status, fields, _ = curl("-d", "x=y", f"{SITE}/")
    assert (status, fields["allow"]) == ("405", "GET, HEAD, OPTIONS")
    assert curl("-X", "OPTIONS", f"{SITE}/")[0] == "204"


@story
async def about(guest: Guest) -> None:
    """The page about the image, and the metrics; what `describe` printed comes by the environment."""
    await guest.line("serving http://")
    status, _, body = await away(curl, f"{SITE}{ABOUT}")
    assert status == "200" and b"kv.crunch(&quot;htdocs&quot;)" in body and b"memory" in body
    for line in os.environ["DESCRIBED"].splitlines():
        assert line.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#x27;").encode() in body, line
    assert (await away(curl, f"{SITE}/metrics"))[0] == "404"
    from prometheus_client.parser import text_string_to_metric_families

    _, fields, body = await away(curl, f"http://{OURS4}:9100/metrics")
    assert fields["content-type"].startswith("text/plain; version=0.0.4")
    found: dict[str, Any] = {each.name: each for each in text_string_to_metric_families(body.decode())}
    frames = found["pymirage_net_received_frames"].samples[0]
    assert frames.labels == {"interface": "service"} and frames.value > 10
    assert found["pymirage_tcp_connections"].samples[0].value >= 1
    assert found["pymirage_http_requests"].samples[0].value >= 2
    assert found["pymirage_http_open_connections"].samples[0].value >= 0
    memory = {each.labels["kind"]: each.value for each in found["pymirage_memory_bytes"].samples}
    assert 0 < memory["used"] <= memory["peak"] <= memory["limit"] < int(os.environ["MEMORY"])
    assert (await away(curl, f"http://{OURS4}:9100/"))[0] == "404"


@story
async def hidden(guest: Guest) -> None:
    """Without `--about` there is no such page."""
    await guest.line("serving http://")
    assert (await away(curl, f"{SITE}{ABOUT}"))[0] == "404"


@story
async def browsed(guest: Guest) -> None:
    """As a reader sees it."""
    await guest.line("serving http://")
    await away(_browsed)


def _browsed() -> None:
    with browser() as reader:
        reader.visit(f"{SITE}/")
        assert reader.evaluate("document.title") == "A web site that is its own operating system"
        assert reader.answers[f"{SITE}/style.css"] == (200, "text/css")
        assert reader.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "576px"
        seen(reader.screenshot())
        reader.follow("How it is done")
        assert reader.evaluate("document.querySelector('h1').textContent") == "How it is done"
        reader.follow("what it is made of")
        assert "kv.crunch" in reader.evaluate("document.querySelector('pre').textContent")
        reader.back()
        reader.follow("Back")
        assert reader.evaluate("location.pathname") == "/"
        assert not reader.complaints, reader.complaints
        reader.visit(f"{SITE}/nowhere")
        assert reader.evaluate("document.querySelector('h1').textContent") == "There is no such page"


def seen(rows: list[list[tuple[int, ...]]]) -> None:
    """Paper, ink, and a link in its colour, where they belong."""
    assert (len(rows), len(rows[0])) == (600, 800) or len(rows) > 400
    everything = [pixel for row in rows for pixel in row]
    paper, ink, link = (0xFB, 0xFB, 0xF8), (0x18, 0x21, 0x2F), (0x0B, 0x5C, 0xAD)
    assert everything.count(paper) > len(everything) * 0.8
    assert everything.count(ink) > 500 and everything.count(link) > 50
    assert all(pixel == paper for pixel in rows[0]), "nothing above the heading"


@story
async def download(guest: Guest) -> None:
    """A long file: all of it, and its end."""
    await guest.line("serving http://")
    size, digest = int(os.environ["LONG_SIZE"]), os.environ["LONG_DIGEST"]
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", "--max-time", "240", f"{SITE}/long.bin", stdout=asyncio.subprocess.PIPE, limit=1 << 20
    )
    assert process.stdout is not None
    got, octets = hashlib.sha256(), 0
    while piece := await process.stdout.read(1 << 20):
        got.update(piece)
        octets += len(piece)
    assert await process.wait() == 0
    assert (octets, got.hexdigest()) == (size, digest)
    print(f"{octets / 1e6 / (time.monotonic() - started):.0f} MB/s")
    status, fields, body = await away(curl, "-r", f"{size - 10}-", f"{SITE}/long.bin")
    assert (status, len(body), fields["content-range"]) == ("206", 10, f"bytes {size - 10}-{size - 1}/{size}")
    # One that breaks off in the middle is no trouble.
    process = await asyncio.create_subprocess_exec(
        "curl", "-sS", f"{SITE}/long.bin", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    await process.stdout.read(1000)
    process.kill()
    # To the end of what it had written: a pipe that nobody reads keeps asyncio from hearing of the end.
    await process.communicate()
    assert (await away(curl, f"{SITE}/"))[0] == "200"
    await away(_ask_and_do_not_read)
    assert (await away(curl, f"{SITE}/"))[0] == "200", "little memory, and still there"


def _ask_and_do_not_read() -> None:
    """Fifty clients that want the long file and take nothing of it; some find no room."""
    clients = []
    for _ in range(50):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        client.settimeout(0.5)
        with suppress(OSError):
            client.connect((OURS4, 8080))
            client.sendall(b"GET /long.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        clients.append(client)
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


if __name__ == "__main__":
    if shutil.which("curl") is None:
        sys.exit("curl is not installed")
    main()
