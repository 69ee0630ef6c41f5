"""Hot modules as native code in an installation: the same tests, and the wheel that `pip install` makes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORES = ("tests/net", "tests/wire", "tests/sched", "tests/web/files")

compiler = pytest.mark.skipif(
    shutil.which("cc") is None, reason="there is no C compiler (apt-get install gcc)"
)


@compiler
def test_the_same_tests_pass_compiled() -> None:
    """Frames, states and timers; tests against Linux run compiled in `make soak`."""
    quiet = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *CORES],
        cwd=ROOT,
        env={**os.environ, "PYMIRAGE_COMPILED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def wheel(place: Path, compiled: bool) -> Path:
    """Builds it with what is installed."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed (pip install hatchling)")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)],
        cwd=ROOT,
        env={**os.environ, "PYMIRAGE_COMPILE": "1" if compiled else "0"},
        capture_output=True,
        check=True,
    )
    (made,) = place.glob("*.whl")
    return made


@compiler
def test_a_compiled_wheel(tmp_path: Path) -> None:
    made = wheel(tmp_path, compiled=True)
    assert not made.name.endswith("none-any.whl")
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "site")
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "from pymirage.net.tcp import stack; from pymirage.octets import COMPILED as c; print(c)",
        ],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "True\n"


def test_a_plain_wheel_fits_every_interpreter(tmp_path: Path) -> None:
    made = wheel(tmp_path, compiled=False)
    assert made.name.endswith("py3-none-any.whl")
    with zipfile.ZipFile(made) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".so")]
