"""`pymirage lock`: pin the packages of the unikernel and its devices by hash, in pylock.toml (PEP 751)."""

from __future__ import annotations

import click

from pymirage.config.graph import all_packages
from pymirage.tool.configured import evaluated
from pymirage.tool.project import here


@click.command("lock")
def command() -> None:
    """Pin all packages that config.py asks for in pylock.toml, by version and hash.

    The file covers every unikernel of config.py on every target. Commit it: builds use nothing else.
    """
    project = here()
    unikernels = evaluated(project).unikernels.values()
    packages = sorted({package for unikernel in unikernels for package in all_packages(unikernel)})
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
