"""`pymirage doctor`: say what this machine can build and run, and what to do about the rest."""

from __future__ import annotations

import platform

import click

from pymirage import __version__
from pymirage.config.target import TARGETS
from pymirage.tool.doctor import cannot_build, cannot_run, is_cached, slowly
from pymirage.tool.error import FAILURE
from pymirage.tool.output import Line, Part, print_line, print_lines, table
from pymirage.tool.project import target_named
from pymirage.tool.verb import options


@click.command("doctor")
@options.target
def command(target: str | None) -> int:
    """Say which targets this machine can build and run, and why not.

    With -t the exit status is 1 when that target cannot be built or run.
    """
    names = list(TARGETS) if target is None else [target_named(target).name]
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    print_line(Part(f"pymirage {__version__}", "name"), f" on Python {platform.python_version()}, {system}")
    reasons = {name: cannot_run(name) for name in names}
    build = cannot_build()
    rows: list[Line] = [[Part("target", "dim"), Part("build", "dim"), Part("run", "dim")]]
    rows += [[Part(name, "name"), _build(name, build), _run(name, reasons[name])] for name in names]
    print_lines(table(rows))
    return FAILURE if target is not None and (build or reasons[names[0]]) else 0


def _answer(reason: str | None) -> Part:
    return Part("yes", "good") if reason is None else Part(f"no: {reason}", "bad")


def _run(name: str, reason: str | None) -> Part:
    slow = slowly(name) if reason is None else None
    return _answer(reason) if slow is None else Part(f"yes, emulated: {slow}", "good")


def _build(name: str, reason: str | None) -> Part:
    if reason is not None:
        return _answer(reason)
    return Part("yes, runtime cached" if is_cached(name) else "yes, the runtime first (minutes)", "good")
