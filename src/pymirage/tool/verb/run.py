"""`pymirage run`: start the unikernel, on the host's Python or by the tender of its target."""

from __future__ import annotations

import os
import sys

import click

from pymirage.tool.configured import ensure
from pymirage.tool.project import here


@click.command("run")
@click.option(
    "-t", "--target", metavar="TARGET", help="Which target to run (default: the last configured one)."
)
@click.argument("line", nargs=-1, type=click.UNPROCESSED)
def command(target: str | None, line: tuple[str, ...]) -> None:
    """Start the unikernel. What follows -- is its boot command line."""
    project = here()
    done = ensure(project, project.target(target))
    main = project.of_target(done.target) / "main.py"
    environment = {**os.environ, "PYTHONPATH": str(project.directory)}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-P", str(main), *line], environment)
