"""`pymirage clean`: remove what configure and build made."""

from __future__ import annotations

import shutil

import click

from pymirage.tool.error import ToolError
from pymirage.tool.project import here


@click.command("clean")
def command() -> None:
    """Remove _build/ and dist/."""
    project = here()
    if not project.config.is_file():
        # Another program's dist/ is not ours to remove.
        raise ToolError(f"there is no config.py in {project.directory}: nothing is removed outside a project")
    for directory in (project.build, project.dist):
        if directory.is_dir():
            try:
                shutil.rmtree(directory)
            except OSError as error:
                raise ToolError(f"{directory.name}/ cannot be removed: {error.strerror}") from None
            click.echo(f"removed {directory.name}/")
