"""`pymirage describe`: show the devices and keys of a unikernel."""

from __future__ import annotations

import click

from pymirage.tool.configured import request_for, resolve
from pymirage.tool.output import print_lines
from pymirage.tool.project import here
from pymirage.tool.verb.options import configuring


@click.command("describe", context_settings={"ignore_unknown_options": True})
@configuring
@click.option("--dot", "form", flag_value="dot", help="For Graphviz.")
@click.option("--mermaid", "form", flag_value="mermaid", help="For documents that render Mermaid.")
@click.option("--html", "form", flag_value="html", help="One self-contained page.")
def command(target: str | None, unikernel: str | None, keys: tuple[str, ...], form: str | None) -> None:
    """Show the devices, keys, packages and attached devices.

    KEYS are configure keys of config.py, --NAME=VALUE, as for `configure`.
    """
    project = here()
    configured = resolve(project, request_for(project, project.target(target), unikernel, keys))
    if form is None:
        from pymirage.tool.describe.tree import tree

        print_lines(tree(configured))
    elif form == "html":
        from pymirage.tool.describe.page import page

        click.echo(page(configured.graph), nl=False)
    else:
        from pymirage.tool.describe.picture import picture
        from pymirage.tool.describe.text_graphs import dot, mermaid

        click.echo((dot if form == "dot" else mermaid)(picture(configured.graph)))
