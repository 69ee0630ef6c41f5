"""`pymirage targets`: list the targets."""

from __future__ import annotations

import click

from pymirage.config.target import TARGETS
from pymirage.tool.output import Part, print_lines, table
from pymirage.tool.project import here


@click.command("targets")
def command() -> None:
    """List the targets. `pymirage doctor` says which of them this machine can build and run."""
    last = here().last_target()
    rows = [
        [
            "*" if target == last else " ",
            Part(name, "name"),
            f"dist/NAME{target.suffix}",
            Part(target.help, "dim"),
        ]
        for name, target in TARGETS.items()
    ]
    print_lines(table(rows, indent=""))
