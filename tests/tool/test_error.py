"""What the host refuses is one line that names the file and the remedy."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pymirage.tool.error import explain
from pymirage.tool.main import run

CACHE = Path("/home/me/.cache/pymirage")


def refused(number: int, *name: str | int) -> str:
    return explain(OSError(number, os.strerror(number), *name), CACHE)


def test_remedies() -> None:
    assert refused(errno.ENOSPC) == "No space left on device (free some space on its disk)"
    assert refused(errno.EROFS, "a.py") == "a.py: Read-only file system (use a directory that can be written)"
    assert refused(errno.EIO, "a") == "a: Input/output error"
    assert refused(errno.EIO, 3) == "Input/output error"


def test_the_cache_can_be_elsewhere() -> None:
    assert refused(errno.ENOSPC, str(CACHE / "bytecode")).endswith(
        "(free some space on its disk, XDG_CACHE_HOME names another place for the cache)"
    )


def test_a_file_is_no_place_in_a_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`main.py:` in front means a line of main.py; a file that cannot be written begins otherwise."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unikernel.py").write_text("async def main() -> None: ...")
    (tmp_path / "config.py").write_text(
        "from pymirage.config import unikernel\nx = unikernel('unikernel:main')"
    )
    (tmp_path / "_build/unix/main.py").mkdir(parents=True)
    assert run(["configure", "-t", "unix"]) == 1
    assert capsys.readouterr().err.startswith("pymirage: ")
