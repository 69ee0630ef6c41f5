"""`make test` tries the same examples in every run, whatever else a worker has imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROPERTY = """
from hypothesis import given, strategies as st

@given(st.integers(), st.binary(), st.text())
def test_drawn(number: int, octets: bytes, text: str) -> None:
    print(ascii((number, octets, text)))
"""


def drawn(folder: Path, before: str, **environment: str) -> list[str]:
    """The examples of a property in a process of its own, after `before` was run."""
    (folder / "test_drawn.py").write_text(before + PROPERTY)
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(ROOT), "-p", "tests.chance", str(folder / "test_drawn.py")]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if line.startswith("(")]


def test_same_examples_every_time(tmp_path: Path) -> None:
    first = drawn(tmp_path, "", PYMIRAGE_EXAMPLES="0")
    assert len(first) == 100
    assert drawn(tmp_path, "import pymirage.wire.dns, pymirage.net.host\n", PYMIRAGE_EXAMPLES="0") == first


def test_new_examples_and_more(tmp_path: Path) -> None:
    first = drawn(tmp_path, "", PYMIRAGE_EXAMPLES="2")
    assert len(first) == 200
    assert drawn(tmp_path, "", PYMIRAGE_EXAMPLES="2") != first
