"""`pymirage build`: make the image of the configured target."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from pymirage.tool.configured import Configured, ensure
from pymirage.tool.output import Part, print_line
from pymirage.tool.project import here
from pymirage.tool.verb import options

if TYPE_CHECKING:
    from pathlib import Path

    from pymirage.tool.image.build import Step
    from pymirage.tool.image.plan import BuildPlan


@click.command("build")
@options.target
@options.unikernel
@click.option(
    "--report", "rows", is_flag=True, help="Print the size of every module and C part, largest first."
)
@click.option(
    "--cold/--no-cold",
    default=False,
    help="An image that imports its modules at each boot, instead of now: smaller, and slower to start.",
)
@click.option("--without-eval", is_flag=True, help="Leave Python's compiler out: no eval, exec or compile.")
def command(target: str | None, unikernel: str | None, rows: bool, cold: bool, without_eval: bool) -> None:
    """Build the image of the configured target into dist/."""
    project = here()
    configured = ensure(project, project.target(target), unikernel)
    configured.image_graph()  # says why there cannot be one, before anything takes time
    _build(configured, rows, cold=cold, without_eval=without_eval)


def _build(configured: Configured, rows: bool, *, cold: bool, without_eval: bool) -> None:
    from pymirage.tool.image.build import build
    from pymirage.tool.image.plan import read
    from pymirage.tool.image.report import table
    from pymirage.tool.progress import drawn
    from pymirage.tool.runtime import ensure as ensure_runtime

    started = time.monotonic()
    with drawn() as progress:
        runtime = ensure_runtime(configured.target.name, progress)
    seconds = time.monotonic() - started
    versions = f"CPython {runtime.python_version}, musl {runtime.musl_version}, x86_64 {runtime.target}"
    _print_step("runtime", versions, "cached" if seconds < 1 else f"{seconds:.0f} s")
    directory = configured.project.of_target(configured.target)
    finished = build(read(directory), runtime, _print, drawn, cold=cold, without_eval=without_eval)
    if configured.target.name == "virtio":
        _describe(read(directory), configured.project.directory)
    if rows:
        click.echo()
        click.echo(table(finished.size, rows=len(finished.size.parts)))


def _describe(plan: BuildPlan, project: Path) -> None:
    from pymirage.tool.qemu.files import write

    names = ", ".join(path.name for path in write(plan))
    _print_step("others", f"{plan.image.parent.relative_to(project)}/: {names}", "")


def _print(step: Step) -> None:
    timed = step.seconds and step.name != "size"
    _print_step(step.name, step.text, f"{step.seconds:.1f} s" if timed else "")


def _print_step(name: str, text: str, note: str) -> None:
    print_line("  ", Part(f"{name:<9}", "name"), f" {text:<45} ", Part(note, "dim"))
