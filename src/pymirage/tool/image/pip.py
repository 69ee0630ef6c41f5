"""pip, as the tool uses it: to resolve and to fetch wheels that hold Python and nothing else.

pip is asked because it knows the user's index, proxy and credentials; the answer never names them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from pymirage.tool.image.error import ImageError

# Only wheels tagged py3-none-any: an image has no dynamic linker, and building an sdist runs foreign code.
PURE = ("--only-binary=:all:", "--implementation=py", "--abi=none", "--platform=any")
NOT_FOUND = re.compile(r"No matching distribution found for (\S+)")
CONFLICT = re.compile(r"The conflict is caused by:\n((?: +\S.*\n)+)")
MISMATCH = re.compile(r"DO NOT MATCH THE HASHES", re.IGNORECASE)


def resolve(requirements: Sequence[str], python: str) -> list[dict[str, Any]]:
    """What pip would install for `requirements`: the `install` list of its installation report."""
    with tempfile.TemporaryDirectory() as name:
        report = Path(name) / "report.json"
        arguments = ("--dry-run", "--ignore-installed", f"--report={report}", f"--target={name}")
        run("install", *arguments, f"--python-version={python}", *requirements)
        return cast("list[dict[str, Any]]", json.loads(report.read_text())["install"])


def download(pins: Sequence[tuple[str, str, str]], python: str, directory: Path) -> None:
    """Fetches wheels, each given as name, version and SHA-256, into `directory`."""
    lines = [f"{name}=={version} --hash=sha256:{digest}" for name, version, digest in pins]
    requirements = directory / "requirements.txt"
    requirements.write_text("\n".join(lines) + "\n")
    arguments = ("--no-deps", "--require-hashes", f"--dest={directory}", f"--python-version={python}")
    run("download", *arguments, f"--requirement={requirements}")


def run(command: str, *arguments: str) -> None:
    # -P: the working directory is the user's project, whose modules are not pip's.
    quiet = ("--progress-bar=off", "--disable-pip-version-check", "--no-input")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pip", command, *quiet, *PURE, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ImageError(conflict(done.stdout) or complaint(done.stderr))


def conflict(stdout: str) -> str | None:
    """The line for requirements that contradict each other; pip names them in what it prints otherwise."""
    found = CONFLICT.search(stdout)
    if found is None:
        return None
    causes = dict.fromkeys(line.strip() for line in found[1].splitlines())
    # The user's own first: those can be changed.
    ordered = sorted(causes, key=lambda cause: not cause.startswith("The user"))
    named = [re.sub(r"^The user requested", "config.py wants", cause) for cause in ordered]
    more = f" (and {len(named) - 2} more)" if len(named) > 2 else ""
    return f"requirements contradict each other: {', but '.join(named[:2])}{more}; change one in config.py"


def complaint(stderr: str) -> str:
    """pip's paragraphs as the one line that matters."""
    if "No module named pip" in stderr:
        return "pip is missing from this Python: run `python -m ensurepip`"
    missing = NOT_FOUND.search(stderr)
    if missing:
        return (
            f"{missing[1]}: no wheel for any platform (py3-none-any) was found; "
            "an image takes packages of pure Python only"
        )
    if MISMATCH.search(stderr):
        package = re.search(r"^ +(\S+) from", stderr, re.MULTILINE)
        which = package[1] if package else "a package"
        return (
            f"{which}: the index has a file with another SHA-256 than pylock.toml; "
            "if you expect that, run `pymirage lock`"
        )
    errors = [line.removeprefix("ERROR: ") for line in stderr.splitlines() if line.startswith("ERROR: ")]
    return f"pip: {(errors or stderr.splitlines() or ['no message'])[-1]}"
