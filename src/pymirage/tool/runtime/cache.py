"""The cache directory: finished things under keys, made by one process at a time, complete or absent.

    $XDG_CACHE_HOME/pymirage/
        sources/             tarballs, checked
        base/<key>/          musl, CPython, an interpreter for the host
        target/<name>-<key>/ what differs between targets
        library/<name>-<key>/ a C library that only some images carry
        log/                 output of the last builds
        hot/ bytecode/       compiled modules, as images ask for them (unused.py)
        wheels/<sha256>/     packages

A key is a hash of everything that the result depends on, so nothing in here is ever out of date.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pymirage.tool.runtime.error import RuntimeBuildError
from pymirage.tool.runtime.process import stoppable

# A name with this in front is under construction, or what a killed build left.
UNFINISHED = ".unfinished-"

KINDS = ("base", "target", "library")


def root() -> Path:
    """The cache's directory; it need not exist."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "pymirage"


@contextmanager
def locked(entry: Path, wait: bool = True) -> Iterator[bool]:
    """Only one process at a time is inside for an entry. The lock ends with the process, however it ends.

    Without `wait` the block runs in any case, and is told whether it has the lock.
    """
    handle, ours = acquire(entry.parent, f".{entry.name}.lock", wait)
    try:
        yield ours
    finally:
        os.close(handle)


def acquire(directory: Path, name: str, wait: bool) -> tuple[int, bool]:
    """The opened lock file, and whether the lock is ours."""
    while True:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            handle = os.open(directory / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RuntimeBuildError(
                f"cannot write to the cache {directory}: {error.strerror}; XDG_CACHE_HOME names another place"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            # Removed while we waited (remove()): whoever comes next locks another file of this name.
            if os.path.samestat(os.fstat(handle), (directory / name).stat()):
                return handle, True
        except BlockingIOError:
            return handle, False
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def ensure(entry: Path, make: Callable[[Path], None]) -> Path:
    """`entry`; when it is absent, `make` fills a directory beside it, which is renamed when complete."""
    if entry.is_dir():
        return entry
    with locked(entry):
        if not entry.is_dir():
            unfinished = entry.with_name(UNFINISHED + entry.name)
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            try:
                with stoppable():
                    make(unfinished)
                unfinished.rename(entry)
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise no_space(entry.parent) from error
                raise
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    return entry


def sweep() -> list[Path]:
    """Removes what killed builds left; answers the entries that are being built now, which are locked."""
    building = []
    for kind in KINDS:
        for unfinished in (root() / kind).glob(f"{UNFINISHED}*"):
            entry = unfinished.with_name(unfinished.name.removeprefix(UNFINISHED))
            with locked(entry, wait=False) as free:
                if free:
                    shutil.rmtree(unfinished, ignore_errors=True)
                else:
                    building.append(entry)
    return building


def no_space(directory: Path) -> RuntimeBuildError:
    return RuntimeBuildError(f"no space left on the disk of {directory}; free some, or set XDG_CACHE_HOME")


def need_space(directory: Path, octets: int) -> None:
    """Raises RuntimeBuildError when the disk of `directory` has less room."""
    existing = next(parent for parent in (directory, *directory.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < octets:
        raise RuntimeBuildError(
            f"the cache {root()} has {free >> 20} MiB free and the runtime needs {octets >> 20} MiB to build;"
            " free some, or set XDG_CACHE_HOME to a directory on another disk"
        )


def entries(kind: str) -> list[Path]:
    """The finished entries of one of KINDS, by name."""
    try:
        return sorted(path for path in (root() / kind).iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return []


def size(entry: Path) -> int:
    """Octets of the files below."""
    return sum(path.lstat().st_size for path in entry.rglob("*") if not path.is_dir())


def remove(entry: Path) -> None:
    """Removes an entry, if it is there. It is renamed first: others see it whole or not at all."""
    with locked(entry):
        unfinished = entry.with_name(UNFINISHED + entry.name)
        shutil.rmtree(unfinished, ignore_errors=True)
        with suppress(FileNotFoundError):
            entry.rename(unfinished)
            shutil.rmtree(unfinished)
        entry.with_name(f".{entry.name}.lock").unlink(missing_ok=True)
