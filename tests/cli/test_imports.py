"""Verbs that must answer at once import no more than they need; the rest is a matter of milliseconds each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"asyncio", "mypy", "mypyc", "rich", "packaging", "difflib", "tempfile", "pymirage.tool.image"}
PROGRAM = """
import sys
from pymirage.tool.main import run
status = run(sys.argv[1:])
print(status, *sorted(sys.modules))
"""


@pytest.mark.parametrize(
    "line", [["describe"], ["query", "manifest"], ["targets"], ["--help"], ["run", "--help"]]
)
def test_imports(tmp_path: Path, line: list[str]) -> None:
    (tmp_path / "config.py").write_text(
        "from pymirage.config import console, unikernel\n"
        "demo = unikernel('unikernel:main', console.default())\n"
    )
    (tmp_path / "unikernel.py").write_text(
        "from pymirage.device import Console\nasync def main(console: Console) -> None: ...\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *line], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    status, *modules = done.stdout.splitlines()[-1].split()
    assert status == "0"
    assert not HEAVY.intersection(modules)
