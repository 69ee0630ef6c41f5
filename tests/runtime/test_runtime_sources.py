"""Where the tarballs come from, and that nothing else is accepted."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pymirage.tool.runtime import RuntimeBuildError, sources, unpack
from pymirage.tool.runtime.sources import MUSL, Source

CONTENT = b"a tarball"
SOURCE = Source("thing", "1.0", "", "pool/t/thing_1.0.orig.tar.gz", hashlib.sha256(CONTENT).hexdigest())


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def no_debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sources, "APT_HELPER", tmp_path / "none")


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Source]:
    """A server on the loopback interface with the tarball."""
    directory = tmp_path / "upstream"
    directory.mkdir()
    (directory / "thing-1.0.tar.gz").write_bytes(CONTENT)
    handler = functools.partial(Quiet, directory=directory)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield replace(SOURCE, url=f"http://127.0.0.1:{server.server_port}/thing-1.0.tar.gz")
        server.shutdown()


def ignore(_: float) -> None:
    pass


def test_downloaded_once(upstream: Source) -> None:
    shares: list[float] = []
    path = sources.obtain(upstream, None, shares.append)
    assert path.read_bytes() == CONTENT and shares == [1.0]
    assert sources.obtain(replace(upstream, url="http://127.0.0.1:9/thing-1.0.tar.gz"), None, ignore) == path


def test_damaged_in_the_cache_is_downloaded_again(upstream: Source) -> None:
    path = sources.obtain(upstream, None, ignore)
    path.write_bytes(b"damaged")
    assert sources.obtain(upstream, None, ignore).read_bytes() == CONTENT


def test_wrong_checksum_names_both(upstream: Source) -> None:
    wrong = replace(upstream, sha256="0" * 64)
    with pytest.raises(RuntimeBuildError) as error:
        sources.obtain(wrong, None, ignore)
    assert SOURCE.sha256 in str(error.value) and "0" * 64 in str(error.value)
    assert "\n" not in str(error.value)
    assert not list((Path(wrong.url).parent).glob("*.part"))


def test_broken_connection_is_no_wrong_checksum(upstream: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def promise_more_than_is_sent(handler: Quiet) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:-1])

    monkeypatch.setattr(Quiet, "do_GET", promise_more_than_is_sent)
    with pytest.raises(RuntimeBuildError, match="cannot download thing"):
        sources.obtain(upstream, None, ignore)


def test_packed_anew_by_debian(tmp_path: Path) -> None:
    (tmp_path / "thing_1.0.orig.tar.gz").write_bytes(CONTENT)
    other = replace(SOURCE, url="http://127.0.0.1:9/thing-1.0.tar.gz", sha256="0" * 64)
    with pytest.raises(RuntimeBuildError, match=f"is {SOURCE.sha256}, expected {'0' * 64}"):
        sources.obtain(other, tmp_path, ignore)
    packed = replace(other, debian_sha256=SOURCE.sha256)
    assert sources.obtain(packed, tmp_path, ignore).read_bytes() == CONTENT


def test_no_network_says_what_to_do() -> None:
    unreachable = replace(SOURCE, url="http://127.0.0.1:9/thing-1.0.tar.gz")
    with pytest.raises(RuntimeBuildError, match="--source DIRECTORY"):
        sources.obtain(unreachable, None, ignore)


@pytest.mark.parametrize("name", ("thing-1.0.tar.gz", "thing_1.0.orig.tar.gz"))
def test_directory_under_either_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(CONTENT)
    offline = replace(SOURCE, url="http://127.0.0.1:9/thing-1.0.tar.gz")
    assert sources.obtain(offline, tmp_path, ignore) == tmp_path / name


def test_directory_without_it_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeBuildError, match=r"has no musl-1\.2\.5\.tar\.gz: put it there"):
        sources.obtain(MUSL, tmp_path, ignore)


def test_directory_with_another_file_of_that_name(tmp_path: Path) -> None:
    (tmp_path / MUSL.file).write_bytes(CONTENT)
    with pytest.raises(RuntimeBuildError, match=r"is not musl 1\.2\.5: SHA-256 is"):
        sources.obtain(MUSL, tmp_path, ignore)


def test_unpack_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.tar.xz").write_bytes(CONTENT)
    with pytest.raises(RuntimeBuildError, match="cannot unpack"):
        unpack.unpack(tmp_path / "a.tar.xz", tmp_path)


def test_unpack_leaves_out_what_is_unwanted(tmp_path: Path) -> None:
    path = tmp_path / "thing.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("thing-1.0/a", "thing-1.0/Doc/b", "thing-1.0/c/Doc"):
            member = tarfile.TarInfo(name)
            member.size = 1
            archive.addfile(member, io.BytesIO(b"x"))
    top = unpack.unpack(path, tmp_path / "out", ("Doc",))
    found = sorted(path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file())
    assert found == ["a", "c/Doc"]
    top = unpack.unpack(path, tmp_path / "part", wanted=("c/",))
    assert [each.name for each in top.rglob("*") if each.is_file()] == ["Doc"]
