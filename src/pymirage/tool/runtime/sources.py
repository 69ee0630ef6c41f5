"""The tarballs: which, from where, and that they are what they should be."""

from __future__ import annotations

import hashlib
import http.client
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool.runtime import cache
from pymirage.tool.runtime.error import RuntimeBuildError

TIMEOUT = 20
APT_HELPER = Path("/usr/lib/apt/apt-helper")


@dataclass(frozen=True, slots=True)
class Source:
    """A release, pinned. Debian keeps the same file, under another name, in its pool."""

    name: str
    version: str
    url: str
    debian: str
    sha256: str
    # Where Debian packs a release anew, without parts that we do not compile either.
    debian_sha256: str = ""

    @property
    def file(self) -> str:
        return self.url.rpartition("/")[2]

    @property
    def names(self) -> tuple[str, str]:
        """What the file may be called in a directory given with --source."""
        return self.file, self.debian.rpartition("/")[2]

    @property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of what may be taken."""
        return self.sha256, *([self.debian_sha256] if self.debian_sha256 else [])


MUSL = Source(
    "musl",
    "1.2.5",
    "https://musl.libc.org/releases/musl-1.2.5.tar.gz",
    "pool/main/m/musl/musl_1.2.5.orig.tar.gz",
    "a9a118bbe84d8764da0ea0d28b3ab3fae8477fc7e4085d90102b8596fc7c75e4",
)
CPYTHON = Source(
    "CPython",
    "3.13.5",
    "https://www.python.org/ftp/python/3.13.5/Python-3.13.5.tar.xz",
    "pool/main/p/python3.13/python3.13_3.13.5.orig.tar.xz",
    "93e583f243454e6e9e4588ca2c2662206ad961659863277afcdb96801647d640",
)
ZLIB = Source(
    "zlib",
    "1.3.1",
    "https://zlib.net/fossils/zlib-1.3.1.tar.gz",
    "pool/main/z/zlib/zlib_1.3.dfsg+really1.3.1.orig.tar.gz",
    "9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23",
    "60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb",
)
OPENSSL = Source(
    "OpenSSL",
    "3.5.7",
    "https://github.com/openssl/openssl/releases/download/openssl-3.5.7/openssl-3.5.7.tar.gz",
    "pool/main/o/openssl/openssl_3.5.7.orig.tar.gz",
    "a8c0d28a529ca480f9f36cf5792e2cd21984552a3c8e4aa11a24aa31aeac98e8",
)


def obtain(source: Source, directory: Path | None, share: Callable[[float], None]) -> Path:
    """The tarball, checked: from `directory` when given (no network then), the cache, or the network."""
    if directory is not None:
        return from_directory(source, directory)
    cached = cache.root() / "sources" / source.file
    with cache.locked(cached):
        if not (cached.is_file() and digest(cached) in source.digests):
            download(source, cached, share)
    return cached


def from_directory(source: Source, directory: Path) -> Path:
    for name in source.names:
        if (directory / name).is_file():
            check(source, directory / name)
            return directory / name
    raise RuntimeBuildError(f"{directory} has no {source.file}: put it there (from {source.url})")


def download(source: Source, target: Path, share: Callable[[float], None]) -> None:
    """From upstream, or else from the mirrors that this machine's apt uses."""
    partial = target.with_name(f"{target.name}.part")
    try:
        for fetch in (from_upstream, from_debian):
            if fetch(source, partial, share):
                check(source, partial)
                partial.replace(target)
                return
    finally:
        partial.unlink(missing_ok=True)
    raise RuntimeBuildError(
        f"cannot download {source.name} {source.version}: no network? "
        f"Get {source.url} elsewhere and use `pymirage runtime build --source DIRECTORY`"
    )


def from_upstream(source: Source, partial: Path, share: Callable[[float], None]) -> bool:
    try:
        with urllib.request.urlopen(source.url, timeout=TIMEOUT) as answer, partial.open("wb") as file:
            total = int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(1 << 18):
                file.write(block)
                share(file.tell() / total if total else 0.0)
            return file.tell() >= total
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError):
        return False


def from_debian(source: Source, partial: Path, share: Callable[[float], None]) -> bool:  # noqa: ARG001
    """apt's own downloader, which knows the machine's mirrors and proxies; it needs no package lists."""
    if not APT_HELPER.exists():
        return False
    for repository in debian_repositories():
        command = [str(APT_HELPER), "download-file", repository + source.debian, str(partial)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0 and partial.is_file():
            return True
    return False


def debian_repositories() -> Iterator[str]:
    try:
        command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
        listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return
    yield from dict.fromkeys(listed.split())


def check(source: Source, path: Path) -> None:
    found = digest(path)
    if found not in source.digests:
        raise RuntimeBuildError(
            f"{path} is not {source.name} {source.version}: SHA-256 is {found}, expected {source.sha256}"
        )


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
