"""`pymirage new`: make a project from a template."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

import click

from pymirage.tool.error import MISUSE, ToolError

TEMPLATES = Path(__file__).parent.parent / "templates"
_SUFFIX = ".in"


@click.command("new")
@click.argument("name")
@click.option(
    "--template",
    type=click.Choice(sorted(each.name for each in TEMPLATES.iterdir())),
    default="hello",
    show_default=True,
    help="What to begin with.",
)
def command(name: str, template: str) -> None:
    """Make a project in the new directory NAME."""
    directory = Path(name)
    words = _words(directory.name)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ToolError(f"{name} is already there: choose another name, or remove it")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for source in sorted((TEMPLATES / template).rglob(f"*{_SUFFIX}")):
            text = Template(source.read_text(encoding="utf-8")).substitute(words)
            place = directory / source.relative_to(TEMPLATES / template)
            place.parent.mkdir(exist_ok=True)
            place.with_suffix("").write_text(text, encoding="utf-8")
    except OSError as error:
        raise ToolError(f"{name} cannot be written: {error.strerror}") from None
    click.echo(f"made {name}: cd {name} && pymirage run")


def _words(name: str) -> dict[str, str]:
    """The name as a title, as a Python variable, and as a distribution's name."""
    variable = name.replace("-", "_")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) or keyword.iskeyword(variable):
        wanted = "letters, digits, - and _, beginning with a letter"
        raise ToolError(f"{name!r} is no name for a unikernel: use {wanted}", MISUSE)
    if variable in _IMPORTED:
        raise ToolError(f"{name!r} would hide what config.py imports: choose another name", MISUSE)
    return {"name": name, "variable": variable, "distribution": variable.lower().replace("_", "-").strip("-")}


_IMPORTED = {"console", "key", "kv", "port", "sleep", "stack", "unikernel", "greeting", "count"}
"""What the templates' config.py binds beside the unikernel."""
