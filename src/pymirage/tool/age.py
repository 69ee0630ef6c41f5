"""Whether an image is older than what it was made of: starting yesterday's program puzzles everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pymirage.tool.configured import IMAGE, MAIN, Configured
from pymirage.tool.image import made_of


def changed_since(configured: Configured, image: Path) -> Path | None:
    """A file of the project that was written after the image, relative to it; None when there is none."""
    directory = configured.project.directory
    built = image.stat().st_mtime
    for path in sorted({*_programs(configured), *_sources(configured)}):
        if path.is_relative_to(directory) and path.is_file() and path.stat().st_mtime > built:
            return path.relative_to(directory)
    return None


def _sources(configured: Configured) -> Iterator[Path]:
    project = configured.project
    yield from (project.config, *configured.configuration.modules, *configured.sources.read)
    for name in made_of.modules(project.of_target(configured.target), configured.name):
        yield project.directory / name
    for _, name in configured.image_graph().files:
        data = project.directory / name
        yield from data.rglob("*") if data.is_dir() else (data,)


def _programs(configured: Configured) -> Iterator[Path]:
    """The generated program, which is new when a configure key has another value.

    Where several unikernels take turns in one place its age says nothing.
    """
    if len(configured.configuration.unikernels) == 1:
        name = IMAGE if configured.target.runs_on_host else MAIN
        yield configured.project.of_target(configured.target) / name
