"""`pymirage runtime build|list|clean`: the runtimes in the cache."""

from __future__ import annotations

from pathlib import Path

import click

from pymirage.tool.output import Line, Part, print_line, print_lines, table
from pymirage.tool.project import target_named
from pymirage.tool.runtime.bindings import TARGETS
from pymirage.tool.runtime.libraries import LIBRARIES


@click.group("runtime")
def command() -> None:
    """Manage the cached runtimes: musl and CPython for images, built from source.

    `pymirage build` makes what it needs by itself; this is for doing it ahead, looking and cleaning up.
    """


@command.command("build")
@click.option("-t", "--target", "names", metavar="TARGET", multiple=True, help="Which target (default: all).")
@click.option(
    "--source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Take the source tarballs from here and use no network.",
)
@click.option(
    "-l",
    "--library",
    "wanted",
    type=click.Choice([library.name for library in LIBRARIES]),
    multiple=True,
    metavar="NAME",
    help="Also a library that only some images carry: zlib, openssl … (a build that needs one makes it).",
)
def build(names: tuple[str, ...], source: Path | None, wanted: tuple[str, ...]) -> None:
    """Build what is not in the cache."""
    from pymirage.tool.progress import drawn
    from pymirage.tool.runtime import ensure
    from pymirage.tool.runtime.libraries import ensure as ensure_library

    targets = [target_named(name).name for name in names] or list(TARGETS)
    for name in targets:
        with drawn() as progress:
            runtime = ensure(name, progress, source)
        versions = f"CPython {runtime.python_version}, musl {runtime.musl_version}"
        print_line("  ", Part(f"{name:<5}", "name"), f" {versions}  ", Part(str(runtime.root), "dim"))
    for library in LIBRARIES:
        if library.name in wanted:
            with drawn() as progress:
                made = ensure_library(library, runtime.base, progress, source)
            text = f" {library.title}  "
            print_line("  ", Part(f"{library.name:<5}", "name"), text, Part(str(made[0].parents[1]), "dim"))


@command.command("list")
def show() -> None:
    """Show what is in the cache, and what of it is out of date."""
    from pymirage.tool.runtime import list_runtimes

    rows: list[Line] = [
        [
            Part(cached.name, "name"),
            f"{cached.size >> 20} MiB" if cached.size >> 20 else f"{cached.size >> 10} KiB",
            Part("in use", "good") if cached.current else Part("out of date", "dim"),
        ]
        for cached in list_runtimes()
    ]
    if rows:
        print_lines(table(rows))
    else:
        print_line("the cache is empty; `pymirage runtime build` fills it")


@command.command("clean")
@click.option("--all", "everything", is_flag=True, help="Empty the cache: also what is in use, and bytecode.")
def clean(everything: bool) -> None:
    """Remove what is out of date, and what no build has asked for in a month."""
    from pymirage.tool.runtime import clean as remove

    removed, building = remove(everything)
    for cached in removed:
        print_line("removed ", Part(cached.name, "name"))
    for name in building:
        print_line(Part(name, "name"), " is being built by another process: it stays, with what it needs")
