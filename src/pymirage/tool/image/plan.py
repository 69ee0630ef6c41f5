"""What `pymirage configure` decided, read back from `_build/<target>/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymirage.tool.image.error import ImageError

# The suffix of an image's file, by target: an image for unix is an ordinary program.
SUFFIXES = {"unix": ""}


@dataclass(frozen=True, slots=True)
class Device:
    """A device that the tender attaches, as in the manifest."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """All that an image depends on, apart from the runtime and the files named here."""

    name: str
    target: str
    # `_build/<target>`: holds the generated files, receives the report.
    directory: Path
    # The project, where `dist/` is made.
    project: Path
    # Directories that are searched for the application's modules.
    sources: tuple[Path, ...]
    entry: str = "main.py"
    # Table name -> directory whose files are embedded.
    crunch: tuple[tuple[str, Path], ...] = ()
    # PEP 508 requirements of the application and its devices.
    packages: tuple[str, ...] = ()
    # Modules to add to what the imports say.
    include: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    # TCP ports where the application listens without arguments, as far as its keys tell.
    ports: tuple[int, ...] = ()

    @property
    def image(self) -> Path:
        return self.project / "dist" / f"{self.name}{SUFFIXES.get(self.target, f'.{self.target}')}"

    @property
    def lock(self) -> Path:
        return self.project / "pylock.toml"


def read(directory: Path) -> BuildPlan:
    """The plan in `directory`, a `_build/<target>` that `configure` wrote."""
    build = read_json(directory / "build.json")
    manifest = read_json(directory / "manifest.json")
    # Directories are written relative to the project, so that moving a project moves its builds.
    project = directory.resolve().parent.parent
    try:
        return BuildPlan(
            name=build["name"],
            target=build["target"],
            directory=directory.resolve(),
            project=project,
            sources=tuple(project / source for source in build["sources"]),
            entry=build.get("entry", "main.py"),
            crunch=tuple(
                (table, project / place) for table, place in sorted(build.get("crunch", {}).items())
            ),
            packages=tuple(build.get("packages", ())),
            include=tuple(build.get("include", ())),
            ports=tuple(build.get("ports", ())),
            devices=tuple(Device(device["name"], device["type"]) for device in manifest["devices"]),
        )
    except (KeyError, TypeError) as error:
        raise ImageError(
            f"{directory}: build.json or manifest.json lacks {error}; run `pymirage configure` again"
        ) from error


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImageError(f"{path} cannot be read ({error}); run `pymirage configure` again") from error
