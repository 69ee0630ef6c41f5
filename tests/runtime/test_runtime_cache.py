"""The cache: complete or absent, one builder at a time, clear errors."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pymirage.tool.runtime import RuntimeBuildError, cache, unused


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "pymirage"


def fill(directory: Path) -> None:
    (directory / "file").write_text("content")


# What started the suite may have told it to ignore what closes a terminal (nohup).
HEARS_HANGUPS = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_DFL)\n"


def script(body: str, *arguments: str) -> subprocess.Popen[str]:
    """Another process that uses the cache."""
    imports = "from pymirage.tool.runtime import cache\nimport sys, time, os\n"
    text = HEARS_HANGUPS + imports + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", text, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def said(process: subprocess.Popen[str]) -> str:
    """The next line of the process, which has come to that place."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_made_once(root: Path) -> None:
    entry = root / "base" / "key"
    assert cache.ensure(entry, fill) == entry
    assert (entry / "file").read_text() == "content"
    assert cache.ensure(entry, lambda _: pytest.fail("made twice")) == entry


@pytest.mark.parametrize("failure", (RuntimeBuildError("no"), KeyboardInterrupt(), OSError("disk")))
def test_failure_leaves_nothing(root: Path, failure: BaseException) -> None:
    entry = root / "base" / "key"

    def make(directory: Path) -> None:
        fill(directory)
        raise failure

    with pytest.raises(type(failure)):
        cache.ensure(entry, make)
    assert [path.name for path in entry.parent.iterdir() if path.is_dir()] == []
    cache.ensure(entry, fill)
    assert (entry / "file").exists()


MAKE_SLOWLY = """
    def make(directory):
        print("making", flush=True)
        sys.stdin.readline()
        (directory / "file").write_text("content")
    cache.ensure(cache.root() / "base" / "key", make)
    print("done", flush=True)
"""


def test_second_process_waits_and_finds_it_made(root: Path) -> None:
    first = script(MAKE_SLOWLY)
    assert said(first) == "making"
    second = script(MAKE_SLOWLY)
    first.communicate("\n")
    assert said(second) == "done", "it did not make it again"
    second.communicate()
    assert (root / "base" / "key" / "file").exists()


def test_killed_process_leaves_what_the_next_one_removes(root: Path) -> None:
    first = script(MAKE_SLOWLY)
    assert said(first) == "making"
    first.kill()
    first.communicate()
    assert (root / "base" / f"{cache.UNFINISHED}key").is_dir()
    assert cache.sweep() == []
    assert not (root / "base" / f"{cache.UNFINISHED}key").exists()
    cache.ensure(root / "base" / "key", fill)


def test_sweep_spares_what_is_being_made(root: Path) -> None:
    first = script(MAKE_SLOWLY)
    assert said(first) == "making"
    assert cache.sweep() == [root / "base" / "key"]
    assert (root / "base" / f"{cache.UNFINISHED}key").is_dir()
    first.communicate("\n")
    assert (root / "base" / "key" / "file").exists()


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
def test_signal_cleans_up_and_stops_the_compilers(root: Path, number: signal.Signals) -> None:
    body = """
        from pathlib import Path
        from pymirage.tool.runtime.process import Runner
        def make(directory):
            run = Runner(cache.root() / "log" / "test.log")
            command = ("sh", "-c", "echo $$; exec sleep 1000")
            run.run(command, directory, lambda line: print(line.strip(), flush=True))
        cache.ensure(cache.root() / "base" / "key", make)
    """
    process = script(body)
    child = int(said(process))
    process.send_signal(number)
    process.communicate()
    assert process.returncode != 0
    assert not any(path.is_dir() for path in (root / "base").iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_no_space(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage("/")._replace(free=50 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(RuntimeBuildError, match="has 50 MiB free and the runtime needs 500 MiB") as error:
        cache.need_space(root / "base" / f"{cache.UNFINISHED}key", 500 << 20)
    assert str(error.value).startswith(f"the cache {cache.root()} has")
    assert "XDG_CACHE_HOME" in str(error.value) and cache.UNFINISHED not in str(error.value)


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(RuntimeBuildError, match="XDG_CACHE_HOME names another place"):
        cache.ensure(cache.root() / "base" / "key", fill)


def test_disk_that_fills_up_meanwhile(root: Path) -> None:
    def make(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RuntimeBuildError, match="no space left on the disk of"):
        cache.ensure(root / "base" / "key", make)


def test_remove_and_list(root: Path) -> None:
    entry = cache.ensure(root / "target" / "unix-1", fill)
    assert cache.entries("target") == [entry]
    assert cache.size(entry) == len("content")
    cache.remove(entry)
    assert cache.entries("target") == []
    assert cache.entries("base") == []


def test_remove_while_another_waits_leaves_one_lock(root: Path) -> None:
    """Who waited for a lock that is removed does not build beside who makes a new one."""
    entry = cache.ensure(root / "base" / "key", fill)
    lock = entry.parent / ".key.lock"
    with cache.locked(entry):
        number = 'os.stat(cache.root() / "base" / ".key.lock").st_ino'
        waiting = script(MAKE_SLOWLY.replace('"making"', number))
        entry.rename(root / "gone")
        held = lock.stat().st_ino
        wait_for_lock(waiting)
        # Renamed away instead of removed, so that the number of the file is not used again.
        lock.rename(root / "old.lock")
    made = said(waiting)
    assert made != str(held) and made == str(lock.stat().st_ino)
    waiting.communicate("\n")


def wait_for_lock(process: subprocess.Popen[str]) -> None:
    """Until it is blocked: /proc/locks has a line for it, with an arrow."""
    mark = f" {process.pid} "
    while not any("->" in line and mark in line for line in Path("/proc/locks").read_text().splitlines()):
        assert process.poll() is None


def test_two_may_remove_the_same(root: Path) -> None:
    entry = cache.ensure(root / "base" / "key", fill)
    cache.remove(entry)
    cache.remove(entry)
    assert cache.size(entry) == 0


def test_what_nobody_asked_for_in_a_month_goes(root: Path) -> None:
    now = 1_800_000_000.0
    ages = {"hot/old.o": (40, 40), "hot/read.o": (1, 40), "hot/new.o": (40, 1), "bytecode/ab/old": (31, 31)}
    for name, (read, written) in {**ages, "wheels/aa/old.whl": (40, 40), "base/key/file": (40, 40)}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("content")
        os.utime(path, (now - read * 86400, now - written * 86400))
    assert unused.remove_unused(root, now) == 2 * len("content")
    left = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert left == {"hot/read.o", "hot/new.o", "wheels/aa/old.whl", "base/key/file"}
    assert unused.remove_unused(root, now) == 0
