"""A project: the directory of a config.py, and what earlier commands left in its `_build`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pymirage.boot.nearest import did_you_mean
from pymirage.config.evaluate import FILE
from pymirage.config.target import DEFAULT, TARGETS, Target
from pymirage.tool.error import MISUSE, ToolError
from pymirage.tool.whole import write_whole

_LAST = "last.json"


@dataclass(frozen=True)
class Project:
    """All paths of a project. Nothing is written outside `build` and `dist`."""

    directory: Path

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.directory / FILE

    @property
    def build(self) -> Path:
        """Where everything that is generated lies, a directory for each target."""
        return self.directory / "_build"

    @property
    def dist(self) -> Path:
        """Where finished images go."""
        return self.directory / "dist"

    def of_target(self, target: Target) -> Path:
        """What `configure` generates for a target."""
        return self.build / target.name

    def image(self, target: Target, name: str) -> Path:
        """The finished image."""
        return self.dist / f"{name}{target.suffix}"

    def last_target(self) -> Target:
        """The target that was configured last; unix in a fresh project."""
        last = read_json(self.build / _LAST)
        name = last.get("target", DEFAULT)
        return TARGETS.get(str(name), TARGETS[DEFAULT])

    def remember(self, target: Target) -> None:
        """Make this the target that commands without `-t` mean."""
        write(self.build / _LAST, json.dumps({"target": target.name}) + "\n")

    def target(self, name: str | None) -> Target:
        """The target that a command line means."""
        return self.last_target() if name is None else target_named(name)


def here() -> Project:
    """The project of the working directory."""
    return Project(Path.cwd())


def target_named(name: str) -> Target:
    """The target of this name. Raises ToolError that suggests one."""
    if name in TARGETS:
        return TARGETS[name]
    hint = did_you_mean(name, TARGETS, f"there are {', '.join(TARGETS)}")
    raise ToolError(f"unknown target {name!r}: {hint}", MISUSE)


def read_json(path: Path) -> dict[str, object]:
    """The object in a file; empty when there is none, or none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write(path: Path, text: str) -> None:
    """Write a whole file or nothing, and leave a file alone that is already so."""
    if path.is_file() and path.read_bytes() == text.encode():
        return
    write_whole(path, text.encode())
