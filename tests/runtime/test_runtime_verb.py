"""`pymirage runtime list` and `clean`, on a cache of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymirage.tool.main import run
from pymirage.tool.runtime import cache


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "pymirage"


def fill(directory: Path) -> None:
    (directory / "file").write_bytes(bytes(2 << 20))


def test_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["runtime", "list"]) == 0
    assert capsys.readouterr().out == "the cache is empty; `pymirage runtime build` fills it\n"
    assert run(["runtime", "clean"]) == 0
    assert capsys.readouterr().out == ""


def test_out_of_date_is_shown_and_removed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = cache.ensure(root / "base" / "0123456789abcdef", fill)
    assert run(["runtime", "list"]) == 0
    assert capsys.readouterr().out == "  base/0123456789abcdef  2 MiB  out of date\n"
    assert run(["runtime", "clean"]) == 0
    assert capsys.readouterr().out == "removed base/0123456789abcdef\n"
    assert not entry.exists()


def test_all_empties_the_cache(root: Path) -> None:
    cache.ensure(root / "target" / "unix-1", fill)
    (root / "bytecode").mkdir()
    assert run(["runtime", "clean", "--all"]) == 0
    assert not root.exists()


@pytest.mark.parametrize("options", ([], ["--all"]), ids=("out of date", "all"))
def test_what_is_being_built_stays(
    root: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    """With its sources; when the build is over, nothing of it is in the way."""
    cache.ensure(root / "target" / "unix-1", fill)
    (root / "sources").mkdir()

    def make(unfinished: Path) -> None:
        fill(unfinished)
        assert run(["runtime", "clean", *options]) == 0
        assert (unfinished / "file").exists() and (root / "sources").is_dir()

    entry = cache.ensure(root / "base" / "0123", make)
    assert capsys.readouterr().out.splitlines() == [
        "removed target/unix-1",
        "base/0123 is being built by another process: it stays, with what it needs",
    ]
    assert (entry / "file").exists()
    assert run(["runtime", "clean", "--all"]) == 0
    assert not root.exists()


def test_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["runtime", "build", "-t", "vax"]) != 0
    assert "vax" in capsys.readouterr().err
    assert run(["runtime", "build", "-t", "hvt", "--source", str(tmp_path)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert "has no musl-1.2.5.tar.gz: put it there" in lines[-1]
