"""`pymirage configure`: write the program for a target into `_build/<target>`."""

from __future__ import annotations

import click

from pymirage.tool.configured import Request, configure
from pymirage.tool.project import here
from pymirage.tool.verb.options import configuring


@click.command("configure", context_settings={"ignore_unknown_options": True})
@configuring
def command(target: str | None, unikernel: str | None, keys: tuple[str, ...]) -> None:
    """Check config.py and write the program for a target into _build/.

    Later commands without -t mean this target.

    KEYS are configure keys of config.py: --NAME=VALUE.
    """
    project = here()
    done = configure(project, Request(project.target(target), unikernel, keys))
    project.remember(done.target)
    directory = project.of_target(done.target).relative_to(project.directory)
    click.echo(f"{done.name} for {done.target.name}: {directory}/main.py")
