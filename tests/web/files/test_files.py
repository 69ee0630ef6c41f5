"""Static files, as a client sees them."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pymirage.device import WallClock
from pymirage.driver.host.directory import Directory
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.sched.memory import MemoryUse
from pymirage.web.files import Files, Settings
from pymirage.web.files import body as bodies
from tests.web.files.asking import ask

INDEX = b"<!doctype html><title>home</title>"
LONG = b"All work and no play makes Jack a dull boy. " * 100
BIG = bytes(range(256)) * 4096
CONTENT = {
    "index.html": INDEX,
    "404.html": b"<h1>gone</h1>",
    "style.css": b"p { color: red }",
    "long.txt": LONG,
    "big.bin": BIG,
    "big.txt": LONG * 100,
    "docs/index.html": b"docs",
    "data/a b.txt": b"spaced",
    "data/<b>.txt": b"bold",
    "packed.js": b"let a = 1",
    "packed.js.gz": gzip.compress(b"let a = 1", mtime=0),
    "packed.js.br": b"brotli",
    ".secret": b"no",
    ".well-known/security.txt": b"mail us",
}


class Fixed(WallClock):
    """A date that the test sets."""

    def __init__(self) -> None:
        self.time = 1_700_000_000_000_000_000

    def now(self) -> int:
        return self.time


class Immutable(MemoryKeyValue):
    """Content that does not change, as in an image. Counts how often it is looked at."""

    looks = 0

    async def exists(self, key: str):  # type: ignore[no-untyped-def]
        self.looks += 1
        return await super().exists(key)

    def immutable(self) -> bool:
        return True


def told(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """A test that waits."""

    def run() -> None:
        asyncio.run(_as_coroutine(test))

    run.__name__ = test.__name__
    return run


async def _as_coroutine(test: Callable[[], Awaitable[None]]) -> None:
    await test()


def files(**settings: object) -> Files:
    return Files(Immutable(CONTENT), Settings(**settings))  # type: ignore[arg-type]


@told
async def test_a_page() -> None:
    answer = await ask(files(), "/style.css")
    assert (answer.status, answer.body) == (200, b"p { color: red }")
    assert answer["content-type"] == "text/css; charset=utf-8"
    assert answer["x-content-type-options"] == "nosniff"
    assert answer["accept-ranges"] == "bytes"
    assert answer["etag"].startswith('"') and "last-modified" not in answer.fields
    assert "vary" not in answer.fields and "cache-control" not in answer.fields


@told
async def test_the_second_time_nobody_waits() -> None:
    handler = files()
    for target in ("/style.css", "/data/a%20b.txt", "/", "/big.bin", "/docs/"):
        assert (await ask(handler, target)).waited
        assert not (await ask(handler, target)).waited
    assert not (await ask(handler, "/style.css?v=2")).waited
    assert not (await ask(handler, "/%73tyle.css", ("range", "bytes=0-1"))).waited


@told
async def test_a_plain_answer_is_the_same_object() -> None:
    from pymirage.protocol.http.fields import Fields
    from pymirage.web.message import Nothing, Request

    handler = files()
    await ask(handler, "/style.css")
    request = Request("GET", "/style.css", Fields(), Nothing())
    assert handler.respond(request) is handler.respond(request)


@told
async def test_directories() -> None:
    handler = files()
    assert (await ask(handler, "/")).body == INDEX
    assert (await ask(handler, "/docs/")).body == b"docs"
    moved = await ask(handler, "/docs?a=b")
    assert (moved.status, moved["location"]) == (301, "/docs/?a=b")
    for target in ("/data", "/data/", "/style.css/", "/index.html/x"):
        assert (await ask(handler, target)).status == 404, target


@told
async def test_what_is_not_there() -> None:
    answer = await ask(files(), "/nowhere")
    assert (answer.status, answer.body) == (404, b"<h1>gone</h1>")
    assert answer["content-type"] == "text/html; charset=utf-8" and "accept-ranges" not in answer.fields
    # Conditions and ranges concern what is there (RFC 9110 §13.2.1).
    for field in (("if-none-match", "*"), ("range", "bytes=0-0")):
        assert (await ask(files(), "/nowhere", field)).status == 404
    answer = await ask(files(not_found=""), "/nowhere")
    assert (answer.status, answer.body) == (404, b"not found\n")


@told
async def test_no_way_out() -> None:
    handler = files()
    for target in ("/../a", "/%2e%2e/a", "/a%00", "//", "/.secret", "/%c0%ae/", "/\\..\\a", "*"):
        assert (await ask(handler, target)).status == 404, target
    assert (await ask(handler, "/.well-known/security.txt")).body == b"mail us"
    assert (await ask(files(hidden=True), "/.secret")).body == b"no"


@told
async def test_methods() -> None:
    handler = files()
    for method in ("POST", "PUT", "DELETE", "TRACE", "get"):
        answer = await ask(handler, "/", method=method)
        assert (answer.status, answer["allow"]) == (405, "GET, HEAD, OPTIONS")
    answer = await ask(handler, "*", method="OPTIONS")
    assert (answer.status, answer["allow"], answer.body) == (204, "GET, HEAD, OPTIONS", b"")
    head, get = await ask(handler, "/", method="HEAD"), await ask(handler, "/")
    assert head.fields.items() == get.fields.items()


@told
async def test_validators() -> None:
    clock = Fixed()
    handler = Files(MemoryKeyValue(CONTENT, clock=clock), Settings(max_age=60))
    first = await ask(handler, "/style.css")
    assert (
        first["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT" and first["cache-control"] == "max-age=60"
    )
    for field in (("if-none-match", first["etag"]), ("if-modified-since", first["last-modified"])):
        again = await ask(handler, "/style.css", field)
        assert (again.status, again.body) == (304, b"")
        assert again["etag"] == first["etag"] and again["cache-control"] == "max-age=60"
        assert "content-type" not in again.fields
    assert (await ask(handler, "/style.css", ("if-match", '"x"'))).status == 412
    # A date that has not come yet is no date.
    clock.time = 9_000_000_000_000_000_000
    later = Files(MemoryKeyValue(CONTENT, clock=clock))
    assert "last-modified" not in (await ask(later, "/style.css")).fields


@told
async def test_a_change_is_seen() -> None:
    clock = Fixed()
    for dated in (clock, None):
        store = MemoryKeyValue(CONTENT, clock=dated)
        handler = Files(store, Settings(fresh=0))
        first = await ask(handler, "/style.css")
        assert first["etag"] == (await ask(handler, "/style.css"))["etag"]
        clock.time += 1
        await store.set("style.css", b"p { color: sea }")
        second = await ask(handler, "/style.css")
        assert second.body == b"p { color: sea }" and second["etag"] != first["etag"]
        await store.set("style.css.gz", b"packed")
        assert (await ask(handler, "/style.css", ("accept-encoding", "gzip"))).body == b"packed"
        await store.remove("style.css")
        assert (await ask(handler, "/style.css")).status == 404
        await store.set("style.css/index.html", b"now a directory")
        assert (await ask(handler, "/style.css")).status == 301
        await store.set("404.html", b"changed")
        assert (await ask(handler, "/nowhere")).body == b"changed"


@told
async def test_freshness_and_forgetting() -> None:
    store = MemoryKeyValue(CONTENT)
    handler = Files(store, Settings(fresh=3600 * 10**9))
    await ask(handler, "/style.css")
    await store.set("style.css", b"new")
    assert (await ask(handler, "/style.css")).body == b"p { color: red }"
    handler.forget()
    assert (await ask(handler, "/style.css")).body == b"new"


@told
async def test_one_range() -> None:
    handler = files()
    for target, whole in (("/long.txt", LONG), ("/big.bin", BIG)):
        answer = await ask(handler, target, ("range", "bytes=100-299"))
        assert (answer.status, answer.body) == (206, whole[100:300])
        assert answer["content-range"] == f"bytes 100-299/{len(whole)}"
        tag = answer["etag"]
        assert (await ask(handler, target, ("range", "bytes=0-9"), ("if-range", tag))).status == 206
        assert (await ask(handler, target, ("range", "bytes=0-9"), ("if-range", '"x"'))).status == 200
        assert (await ask(handler, target, ("range", "lines=0-9"))).status == 200
        answer = await ask(handler, target, ("range", "bytes=99999999-"))
        assert (answer.status, answer["content-range"]) == (416, f"bytes */{len(whole)}")
        # If-None-Match comes first.
        assert (await ask(handler, target, ("range", "bytes=0-9"), ("if-none-match", tag))).status == 304


@told
async def test_several_ranges() -> None:
    from email import message_from_bytes

    handler = files()
    for target, whole in (("/long.txt", LONG), ("/big.bin", BIG)):
        answer = await ask(handler, target, ("range", "bytes=0-99,1000-1099,-50"))
        assert answer.status == 206 and "content-range" not in answer.fields
        head = f"content-type: {answer['content-type']}\r\n\r\n".encode()
        parts: Any = message_from_bytes(head + answer.body).get_payload()
        assert [part.get_payload(decode=True) for part in parts] == [
            whole[:100],
            whole[1000:1100],
            whole[-50:],
        ]
        size = len(whole)
        assert parts[1]["content-range"] == f"bytes 1000-1099/{size}"
        assert parts[2]["content-range"] == f"bytes {size - 50}-{size - 1}/{size}"


@told
async def test_precompressed() -> None:
    handler = files(gzip=False)
    plain = await ask(handler, "/packed.js")
    assert (plain.body, plain["vary"]) == (b"let a = 1", "accept-encoding")
    brotli = await ask(handler, "/packed.js", ("accept-encoding", "gzip, br"))
    assert (brotli.body, brotli["content-encoding"]) == (b"brotli", "br")
    assert brotli["content-type"] == plain["content-type"] == "text/javascript; charset=utf-8"
    packed = await ask(handler, "/packed.js", ("accept-encoding", "gzip"))
    assert gzip.decompress(packed.body) == plain.body
    assert len({each["etag"] for each in (plain, brotli, packed)}) == 3
    same = await ask(handler, "/packed.js", ("accept-encoding", "br"), ("if-none-match", brotli["etag"]))
    assert (same.status, same["vary"]) == (304, "accept-encoding")
    part = await ask(handler, "/packed.js", ("accept-encoding", "br"), ("range", "bytes=1-2"))
    assert (part.status, part.body, part["content-encoding"]) == (206, b"ro", "br")
    # The compressed value itself is a value as others are.
    itself = await ask(handler, "/packed.js.gz")
    assert itself["content-type"] == "application/gzip" and "content-encoding" not in itself.fields
    assert "vary" not in (await ask(files(variants=False, gzip=False), "/packed.js")).fields


@told
async def test_compressed_here() -> None:
    handler = files()
    answer = await ask(handler, "/long.txt", ("accept-encoding", "gzip"))
    assert answer["content-encoding"] == "gzip" and gzip.decompress(answer.body) == LONG
    assert not (await ask(handler, "/long.txt", ("accept-encoding", "gzip"))).waited
    plain = await ask(handler, "/long.txt")
    assert plain["vary"] == "accept-encoding" and plain["etag"] != answer["etag"]
    # Too long to be kept: on its way.
    answer = await ask(handler, "/big.txt", ("accept-encoding", "gzip"))
    assert gzip.decompress(answer.body) == LONG * 100 and "accept-ranges" not in answer.fields
    part = await ask(handler, "/big.txt", ("accept-encoding", "gzip"), ("range", "bytes=4-7"))
    assert (part.status, part.body) == (206, LONG[4:8]) and "content-encoding" not in part.fields
    # Short, or compressed already.
    for target in ("/style.css", "/big.bin"):
        assert "content-encoding" not in (await ask(handler, target, ("accept-encoding", "gzip"))).fields


@told
async def test_without_zlib() -> None:
    with patch.object(bodies, "zlib", None):
        answer = await ask(files(), "/long.txt", ("accept-encoding", "gzip"))
    assert answer.body == LONG and "vary" not in answer.fields


@told
async def test_listing() -> None:
    handler = files(listing=True)
    moved = await ask(handler, "/data")
    assert (moved.status, moved["location"]) == (301, "/data/")
    page = (await ask(handler, "/data/")).body.decode()
    assert "<b>.txt" not in page and '<a href="./%3Cb%3E.txt">&lt;b&gt;.txt</a>' in page
    assert '<a href="./a%20b.txt">a b.txt</a>' in page and '<a href="../">' in page
    assert ".secret" not in page
    assert "1 more" in (await ask(files(listing=True, listed=1), "/data/")).body.decode()


@told
async def test_memory_is_bounded() -> None:
    content = {f"{number}.bin": bytes([number]) * 1000 for number in range(200)}
    handler = Files(Immutable(content), Settings(memory=20_000, entries=15))
    for number in range(200):
        assert (await ask(handler, f"/{number}.bin")).body == content[f"{number}.bin"]
        await ask(handler, "/0.bin")
    assert len(handler.memory) <= 15 and handler.memory.held <= 20_000
    assert not (await ask(handler, "/0.bin")).waited, "used all the time, and kept"
    assert (await ask(handler, "/1.bin")).waited


def test_long_values_of_changing_stores(tmp_path: Path) -> None:
    """A date with nanoseconds makes a strong tag, one without a weak one, none no tag."""
    import os

    async def run() -> None:
        (tmp_path / "long.bin").write_bytes(BIG)
        settings = Settings(digest_up_to=1000, fresh=0)
        handler = Files(Directory(str(tmp_path)), settings)
        os.utime(tmp_path / "long.bin", ns=(1, 1_700_000_000_000_000_001))
        strong = (await ask(handler, "/long.bin"))["etag"]
        os.utime(tmp_path / "long.bin", ns=(1, 1_700_000_000_000_000_000))
        weak = (await ask(handler, "/long.bin"))["etag"]
        assert strong.startswith('"') and weak.startswith('W/"')
        assert (await ask(handler, "/long.bin", ("range", "bytes=0-0"), ("if-range", weak))).status == 200
        undated = Files(MemoryKeyValue({"long.bin": BIG}), settings)
        assert "etag" not in (await ask(undated, "/long.bin")).fields

    asyncio.run(run())


@pytest.mark.parametrize("size", (0, 1, 262_143, 262_144, 262_145, 600_000))
def test_sizes(size: int) -> None:
    content = bytes(size)

    async def run() -> None:
        handler = Files(Immutable({"x": content}), Settings(largest=1000))
        for _ in range(2):
            assert (await ask(handler, "/x")).body == content

    asyncio.run(run())


def test_a_value_that_shrinks_while_it_is_sent() -> None:
    async def run() -> None:
        store = MemoryKeyValue({"x": bytes(400_000)})
        content = bodies.Slice(store, "x", 0, 400_000)
        assert len(await content.read()) == bodies.PIECE
        await store.set("x", b"short")
        assert await content.read() == b""

    asyncio.run(run())


@pytest.mark.parametrize(("free", "size"), ((1 << 30, bodies.PIECE), (6 << 20, 24_576), (0, bodies.SMALLEST)))
def test_pieces_are_small_where_memory_is(free: int, size: int) -> None:
    with (
        patch.object(bodies, "in_image", lambda: True),
        patch.object(bodies, "memory_use", lambda: MemoryUse(free + 1000, 1000, 1000)),
    ):
        assert bodies.piece_size() == size
