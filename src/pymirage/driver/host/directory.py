"""A directory of the host, to be read, and nothing outside it.

The way to a key is walked name by name from an open directory, and no name may be a symbolic link
(openat with O_NOFOLLOW): neither ".." nor a link, nor a link that appears while we walk, leads out.
Links, sockets, pipes and device files are treated as if they were not there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat

from pymirage.device import Entry, KeyValueReader, Kind
from pymirage.device.error import IsDirectory, NotDirectory, NotFound
from pymirage.device.key import segments
from pymirage.driver.tree import check_part
from pymirage.error import DeviceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ENTER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe opened without O_NONBLOCK would wait for a writer.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE = 1 << 20


class Directory(KeyValueReader):
    """Reads below `path`. Blocks while the host's disk does."""

    def __init__(self, path: str) -> None:
        """Raises DeviceError when there is no such directory. (The path itself may be a link.)"""
        self._path = path
        try:
            self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise DeviceError(error.errno, f"cannot open directory {path!r}: {error.strerror}") from error

    def __del__(self) -> None:
        if hasattr(self, "_root"):
            os.close(self._root)

    async def exists(self, key: str) -> Kind | None:
        try:
            with _Opened(self, key) as opened:
                return opened.kind
        except (NotFound, NotDirectory):
            return None

    async def get(self, key: str) -> bytes:
        with _Opened(self, key, Kind.VALUE) as opened:
            return b"".join(opened.pieces())

    async def get_partial(self, key: str, offset: int, length: int) -> bytes:
        check_part(key, offset, length)
        with _Opened(self, key, Kind.VALUE) as opened:
            return b"".join(opened.pieces(offset, length))

    async def list(self, key: str = "") -> list[Entry]:
        with _Opened(self, key, Kind.DIRECTORY) as opened, os.scandir(opened.descriptor) as scan:
            entries = [Entry(item.name, kind) for item in scan if (kind := _kind_of(item)) is not None]
        return sorted(entries, key=lambda entry: entry.name)

    async def size(self, key: str) -> int:
        with _Opened(self, key, Kind.VALUE) as opened:
            return opened.status.st_size

    async def last_modified(self, key: str) -> int:
        with _Opened(self, key) as opened:
            return opened.status.st_mtime_ns

    async def digest(self, key: str) -> bytes:
        digest = hashlib.sha256()
        with _Opened(self, key, Kind.VALUE) as opened:
            for piece in opened.pieces():
                digest.update(piece)
        return digest.digest()

    def open_below(self, key: str) -> int:
        """A descriptor of what `key` names; the caller closes it."""
        names = segments(key)
        at = os.dup(self._root)
        for name in names[:-1]:
            at = step(key, at, name, ENTER)
        return step(key, at, names[-1], _OPEN) if names else at


class _Opened:
    """What a key names, open: a file or a directory, nothing else. A context manager that closes it."""

    def __init__(self, directory: Directory, key: str, wanted: Kind | None = None) -> None:
        self._key = key
        self.descriptor = directory.open_below(key)
        try:
            self.status = os.fstat(self.descriptor)
            self.kind = self._kind(wanted)
        except BaseException:
            os.close(self.descriptor)
            raise

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def pieces(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        end = self.status.st_size if length is None else min(offset + length, self.status.st_size)
        while offset < end:
            try:
                piece = os.pread(self.descriptor, min(_PIECE, end - offset), offset)
            except OSError as error:
                raise DeviceError(error.errno, f"cannot read {self._key!r}: {error.strerror}") from error
            if not piece:
                return
            offset += len(piece)
            yield piece

    def _kind(self, wanted: Kind | None) -> Kind:
        kind = _kind_of_mode(self.status.st_mode)
        if kind is None:
            raise NotFound(f"nothing is stored under {self._key!r}")
        if wanted is Kind.VALUE and kind is Kind.DIRECTORY:
            raise IsDirectory(f"{self._key!r} is a directory")
        if wanted is Kind.DIRECTORY and kind is Kind.VALUE:
            raise NotDirectory(f"{self._key!r} is a value, not a directory")
        return kind


def step(key: str, at: int, name: str, flags: int) -> int:
    """From one directory into the next; `at` is closed, whatever happens."""
    try:
        return os.open(name, flags, dir_fd=at)
    except OSError as error:
        raise _refusal(key, at, name, error) from error
    finally:
        os.close(at)


def _refusal(key: str, at: int, name: str, error: OSError) -> Exception:
    """Why a name cannot be opened: not there, a link, a socket, a value on the way, or the host's fault."""
    if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG):
        return NotFound(f"nothing is stored under {key!r}")
    if error.errno == errno.ENOTDIR:
        # Linux says so of links, too, when asked for a directory.
        if stat.S_ISREG(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
            return NotDirectory(f"{key!r} leads through {name!r}, which is a value")
        return NotFound(f"nothing is stored under {key!r}")
    return DeviceError(error.errno, f"cannot open {key!r}: {error.strerror}")


def _kind_of(item: os.DirEntry[str]) -> Kind | None:
    if item.is_dir(follow_symlinks=False):
        return Kind.DIRECTORY
    return Kind.VALUE if item.is_file(follow_symlinks=False) else None


def _kind_of_mode(mode: int) -> Kind | None:
    if stat.S_ISDIR(mode):
        return Kind.DIRECTORY
    return Kind.VALUE if stat.S_ISREG(mode) else None
