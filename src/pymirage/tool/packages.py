"""The locked packages of a project, unpacked: the host runs the very wheels that an image holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pymirage.config.target import Target
from pymirage.tool.project import Project


def packages_of(project: Project, target: Target) -> Path:
    """Where they lie."""
    return project.of_target(target) / "packages"


def is_locked(project: Project) -> bool:
    """Whether there is a lock file."""
    return (project.directory / "pylock.toml").is_file()


def vendored(project: Project, target: Target, name: str, packages: Sequence[str]) -> Path:
    """Unpack what the lock says, unless that is done, and say where. Raises ImageError."""
    from pymirage.tool.image import vendor
    from pymirage.tool.image.plan import BuildPlan
    from pymirage.tool.runtime import cache
    from pymirage.tool.runtime.sources import CPYTHON

    directory = project.of_target(target)
    sources = (project.directory,)
    plan = BuildPlan(name, target.name, directory, project.directory, sources, packages=tuple(packages))
    vendor.vendor(plan, CPYTHON.version, cache.root())
    return packages_of(project, target)
