"""The compiler as images use it: from a runtime, in a given directory, with its own words as the error."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool.image.error import ImageError


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Compiler and flags for code that goes into images, and a key that changes when they do."""

    cc: tuple[str, ...]
    key: str
    # The guest's Python, major and minor.
    python: tuple[int, int]

    def run(self, command: Sequence[str | Path], directory: Path) -> str:
        """Runs `command` in `directory`; nothing of the caller's environment may reach an image."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}
        try:
            done = subprocess.run(
                command, cwd=directory, env=environment, capture_output=True, text=True, check=False
            )
        except FileNotFoundError as error:
            raise ImageError(f"{command[0]} is not installed: apt-get install gcc binutils") from error
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "error" in line or "undefined" in line]
            first = (lines or done.stderr.splitlines() or ["no message"])[0]
            raise ImageError(f"{Path(command[0]).name} failed: {first}")
        return done.stdout

    def cached(self, entry: Path, make: Callable[[Path], None]) -> Path:
        """`entry`, made once: `make` leaves `out.o` in the directory it is given."""
        if not entry.is_file():
            entry.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=entry.parent) as name:
                make(Path(name))
                (Path(name) / "out.o").replace(entry)
        return entry
