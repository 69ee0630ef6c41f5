"""`pymirage lock`: pin the packages of the unikernel and its devices by hash, in pylock.toml (PEP 751)."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pymirage.config.target import TARGETS
from pymirage.error import UsageError
from pymirage.tool.configured import Request, evaluated, remembered, resolve
from pymirage.tool.project import Project, here


@click.command("lock")
def command() -> None:
    """Pin all packages that config.py asks for in pylock.toml, by version and hash.

    The file covers every unikernel of config.py on every target. Commit it: builds use nothing else.
    """
    project = here()
    packages = sorted(set(_packages(project)))
    if not packages:
        click.echo("config.py asks for no packages: there is nothing to lock")
        return
    from pymirage.tool.image import lock
    from pymirage.tool.runtime.sources import CPYTHON

    locked = lock.lock(packages, CPYTHON.version)
    lock.write(project.directory / lock.NAME, locked)
    for package in locked.packages:
        click.echo(f"{package.name} {package.version}")
    click.echo(f"{lock.NAME} written")


def _packages(project: Project) -> Iterator[str]:
    """Of every unikernel on every target that can have it; a mistake everywhere is a mistake."""
    for name in evaluated(project).unikernels:
        failures: list[UsageError] = []
        for target in TARGETS.values():
            options = remembered(project, target).options
            try:
                configured = resolve(project, Request(target, name, options))
                yield from configured.graph.packages
                yield from configured.image_graph().packages
            except UsageError as error:
                failures.append(error)
        if len(failures) == len(TARGETS):
            raise failures[0]
