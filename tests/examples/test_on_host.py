"""Every example does on the host's Python what its README says, and is clean to the type checker."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.project import ALL, EXAMPLES, NEEDS, check_steps, copy, steps

ONLY_IN_IMAGES = {
    "14-native-fault": "on the host's Python the host's kernel ends the process",
    "15-out-of-memory": "on the host's Python it would take all that the host has",
}

each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)


@each
def test_does_what_its_readme_says(example: Path, tmp_path: Path) -> None:
    if example.name in ONLY_IN_IMAGES:
        pytest.skip(ONLY_IN_IMAGES[example.name])
    _require(example)
    check_steps(copy(example, tmp_path))


@each
def test_has_something_to_check(example: Path) -> None:
    assert steps(example), "a README without a session"


@pytest.mark.parametrize("example", ALL, ids=lambda path: path.name)
def test_type_checks(example: Path, tmp_path: Path) -> None:
    _require(example)
    project = copy(example, tmp_path)
    cache = Path(__file__).parents[2] / ".mypy_cache" / "examples"
    files = sorted(str(path.relative_to(project)) for path in project.glob("*.py"))
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), *files]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _require(example: Path) -> None:
    package = NEEDS.get(example.name)
    if package is not None and importlib.util.find_spec(package) is None:
        pytest.skip(f"the example needs {package}: pip install {package}")
