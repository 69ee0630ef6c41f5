"""A directory of the host, to be read and written, and nothing outside it.

The way to a key is walked as `directory.py` does, never through a symbolic link. A value is written whole
into a file beside its place, synced, and renamed over it (POSIX rename is atomic), so that a reader, or
whoever looks after a crash, sees the old value or the new one. A link at the place itself is replaced,
what it points to is not touched.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat

from pymirage.device import Entry, KeyValue, Kind
from pymirage.device.arguments import below_root, check_move, check_range, spliced
from pymirage.device.error import BadKey, IsDirectory, NoSpace, NotFound, OutOfRange, ReadOnly
from pymirage.device.key import segments
from pymirage.driver.host.directory import ENTER, Directory, step
from pymirage.error import DeviceError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BEING_WRITTEN = ".pymirage-new"
"""A value not yet in its place. A crash can leave it; the next write into the directory removes it."""


class WritableDirectory(Directory, KeyValue):
    """Reads and writes below `path`; blocks while the host's disk does.

    A crash in `set`, `set_partial`, `allocate` or `rename` leaves the old state or the new one, except when a
    directory is moved onto a value: the value may be gone already. Removing a directory, and a batch, can be
    half done.
    """

    async def list(self, key: str = "") -> list[Entry]:
        return [entry for entry in await super().list(key) if entry.name != BEING_WRITTEN]

    async def set(self, key: str, value: bytes) -> None:
        self._replace(key, lambda file: _write(file, value))

    async def set_partial(self, key: str, offset: int, data: bytes) -> None:
        check_range(key, offset)
        await self.set(key, spliced(await self.get(key), offset, data))

    async def allocate(self, key: str, size: int) -> None:
        _names(key)
        if size < 0:
            raise OutOfRange(f"{key!r}: size {size} must not be negative")
        if await self.exists(key) is not None:
            raise UsageError(f"{key!r} exists already: remove it first, or use set_partial")
        # The call refuses nothing as a size.
        self._replace(key, lambda file: os.posix_fallocate(file, 0, size) if size else None)

    async def remove(self, key: str) -> None:
        names = _names(key)
        kind = await self.exists(key)
        if kind is None:
            return
        with self._parent(key, names) as parent:
            if kind is Kind.DIRECTORY:
                shutil.rmtree(names[-1], dir_fd=parent)
            else:
                os.unlink(names[-1], dir_fd=parent)
            os.fsync(parent)

    async def rename(self, source: str, destination: str) -> None:
        old, new = _names(source), _names(destination)
        kind = await self.exists(source)
        if kind is None:
            raise NotFound(f"nothing is stored under {source!r}")
        if old == new:
            return
        check_move(old, new)
        with self._parent(destination, new, make=True) as after, self._parent(source, old) as before:
            _refuse_directory(destination, new[-1], after)
            if kind is Kind.DIRECTORY:
                # POSIX renames a directory only over nothing.
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(new[-1], dir_fd=after)
            os.rename(old[-1], new[-1], src_dir_fd=before, dst_dir_fd=after)
            os.fsync(after)
            os.fsync(before)

    def open_below(self, key: str) -> int:
        if BEING_WRITTEN in segments(key):
            raise NotFound(f"nothing is stored under {key!r}")
        return super().open_below(key)

    def _replace(self, key: str, fill: Callable[[int], None]) -> None:
        """What `fill` writes into the new file becomes the value."""
        names = _names(key)
        with self._parent(key, names, make=True) as parent:
            _refuse_directory(key, names[-1], parent)
            # Another process may write here, too, and would take the name.
            fcntl.flock(parent, fcntl.LOCK_EX)
            try:
                _fill(parent, fill)
                os.rename(BEING_WRITTEN, names[-1], src_dir_fd=parent, dst_dir_fd=parent)
            except BaseException:
                _forget(parent)
                raise
            os.fsync(parent)

    @contextlib.contextmanager
    def _parent(self, key: str, names: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
        """The open directory that holds `key`, or is to; failures of the host get their names."""
        at = os.dup(self._root)
        try:
            for name in names[:-1]:
                if make:
                    _make_directory(name, at)
                below, at = at, -1  # `step` closes it, also when it fails.
                at = step(key, below, name, ENTER)
            # A descriptor of its own: locks belong to the open file, which `dup` shares.
            own = os.open(".", ENTER, dir_fd=at)
            try:
                yield own
            finally:
                os.close(own)
        except DeviceError:
            raise
        except OSError as error:
            raise _failure(key, error) from error
        finally:
            if at >= 0:
                os.close(at)


def _names(key: str) -> tuple[str, ...]:
    names = below_root(key)
    if BEING_WRITTEN in names:
        raise BadKey(f"{key!r}: the name {BEING_WRITTEN!r} is used for values being written")
    try:
        os.fsencode(key)
    except UnicodeEncodeError as error:
        raise BadKey(f"{key!r} cannot be a file name: {error.reason}") from error
    return names


def _make_directory(name: str, parent: int) -> None:
    try:
        os.mkdir(name, dir_fd=parent)
    except FileExistsError:
        return
    os.fsync(parent)


def _refuse_directory(key: str, name: str, parent: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise IsDirectory(f"{key!r} is a directory")


def _fill(parent: int, fill: Callable[[int], None]) -> None:
    _forget(parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(BEING_WRITTEN, flags, 0o666, dir_fd=parent)
    try:
        fill(file)
        os.fsync(file)
    finally:
        os.close(file)


def _forget(parent: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(BEING_WRITTEN, dir_fd=parent)


def _write(file: int, value: bytes) -> None:
    rest = memoryview(value)
    while rest:
        rest = rest[os.write(file, rest) :]


def _failure(key: str, error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return NoSpace(error.errno, f"no room to write {key!r}: {error.strerror}")
    if error.errno == errno.ENAMETOOLONG:
        return BadKey(f"{key!r} has a name that is too long for the host's file system")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return ReadOnly(f"cannot write {key!r}: {error.strerror}")
    return DeviceError(error.errno, f"cannot write {key!r}: {error.strerror}")
