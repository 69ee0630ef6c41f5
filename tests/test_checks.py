"""What `make check` says is part of the suite: nothing lands that ruff or mypy refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command", (["ruff", "check", "--quiet", "."], ["mypy", "--no-error-summary"]), ids=("ruff", "mypy")
)
def test_nothing_to_say(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
