"""Examples as projects of their own, copied so that nothing is left behind in the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tests.examples.transcript import Step, sessions

ALL = sorted(path for path in (Path(__file__).parents[2] / "examples").iterdir() if path.is_dir())
# Those that need a network run in namespaces (boot_images/test_network_examples.py); the others anywhere.
NETWORKED = [path for path in ALL if "stack." in (path / "config.py").read_text()]
EXAMPLES = [path for path in ALL if path not in NETWORKED]

# Packages that an example needs to run on the host's Python, and to be type-checked.
NEEDS = {
    "35-https-client": "cryptography",
    "33-encrypted-store": "cryptography",
    "32-https": "h2",
    "28-tls": "cryptography",
    "29-tls-echo": "cryptography",
    "16-pypi": "h11",
    "25-web": "microdot",
    "26-memcached": "aiomcache",
    "30-starlette": "starlette",
}

# Far longer than anything needs, on any machine: an image that hangs is a failure, not a standstill.
PATIENCE = 240
BUILD_PATIENCE = 1500


def copy(example: Path, to: Path) -> Path:
    """The example without what building left in it."""
    return Path(shutil.copytree(example, to / example.name, ignore=shutil.ignore_patterns("_build", "dist")))


def steps(example: Path) -> list[Step]:
    return sessions((example / "README.md").read_text())


def pymirage(project: Path, *arguments: str, patience: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    """The command as a user would type it, both outputs together."""
    return subprocess.run(
        [sys.executable, "-m", "pymirage", *arguments],
        cwd=project,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=patience,
        check=False,
    )


def check_steps(project: Path, *, options: Mapping[str, Sequence[str]] = MappingProxyType({})) -> None:
    """Does what the README says, and compares. `options` are more of them, by verb."""
    for step in steps(project):
        assert step.command[0] == "pymirage", f"{step.command}: not a step for this test"
        verb, *words = step.command[1:]
        done = pymirage(project, verb, *options.get(verb, ()), *words)
        shown = f"$ {' '.join(step.command)}\n{done.stdout}(status {done.returncode})"
        assert done.returncode == step.status, f"wanted status {step.status}:\n{shown}"
        assert step.matches(done.stdout), f"wanted:\n{step.output}\ngot:\n{shown}"
