"""The layer that all targets share: musl, CPython, an interpreter for the host."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from pymirage.tool.runtime import cache, cpython, cpython_options, musl
from pymirage.tool.runtime.compiler import Compiler, image_cc
from pymirage.tool.runtime.cpython_edits import EDITS
from pymirage.tool.runtime.error import RuntimeBuildError
from pymirage.tool.runtime.key import key
from pymirage.tool.runtime.process import Runner
from pymirage.tool.runtime.progress import Meter, Step
from pymirage.tool.runtime.runtime import FACTS
from pymirage.tool.runtime.sources import CPYTHON, MUSL, obtain
from pymirage.tool.runtime.unpack import copy_content, unpack

# Unpacked sources, objects and the result.
SPACE = 500 << 20

# Measured on two cores.
STEPS = (
    Step("fetch sources", 3),
    Step("unpack sources", 6),
    Step("compile musl", 26),
    Step("configure CPython", 18),
    Step("compile CPython", 70),
)

# Parts of CPython's tarball that neither the build nor an image uses.
UNWANTED = (
    *("Android", "Doc", "InternalDocs", "Mac", "Misc/NEWS.d", "PC/", "PCbuild", "iOS"),
    *("Lib/ensurepip", "Lib/idlelib", "Lib/pydoc_data", "Lib/test", "Lib/tkinter", "Lib/turtledemo"),
)

# Characters that shells and makefiles give a meaning.
NOT_FOR_MAKE = frozenset(" \t\n\"#$%&'()*:;<=>?[\\]`|")

CONTRACT = "pymirage.driver.solo5._contract"


# To be changed when what the functions of this package do changes and none of the facts below does.
RECIPE = "2"


def base_key(sources: Path, compiler: Compiler) -> str:
    facts = (RECIPE, MUSL.sha256, CPYTHON.sha256, *compiler.identity)
    lists = (musl.ASSEMBLY, musl.CONFIGURE, EDITS, *cpython_options.facts())
    kept = (UNWANTED, sorted(cpython.NOT_IN_IMAGES), flags())
    return key((*facts, *map(repr, (*lists, *kept))), (sources / "libc" / "musl", sources / "libc" / "host"))


def flags() -> tuple[str, ...]:
    """All of an image's flags; where compiler and cache are does not matter."""
    anywhere = Path()
    return image_cc(Compiler("gcc", (), anywhere), anywhere)


def make(
    directory: Path, sources: Path, compiler: Compiler, tarballs: Path | None, jobs: int, meter: Meter
) -> None:
    """Fills the cache entry `directory`. `tarballs` is the user's directory of sources, if any."""
    if found := NOT_FOR_MAKE.intersection(str(directory)):
        named = " ".join(map(repr, sorted(found)))
        raise RuntimeBuildError(f"make cannot work in {directory}, which has {named}: set XDG_CACHE_HOME")
    cache.sweep()
    cache.need_space(directory, SPACE)
    run = Runner(cache.root() / "log" / f"{directory.name.removeprefix(cache.UNFINISHED)}.log")
    meter.begin("fetch sources")
    archives = [obtain(source, tarballs, meter.advance) for source in (MUSL, CPYTHON)]
    work = directory / "work"
    work.mkdir()
    meter.begin("unpack sources")
    musl_tree, cpython_tree = (unpack(archive, work, UNWANTED) for archive in archives)
    meter.begin("compile musl")
    musl.build(musl_tree, sources / "libc" / "musl", directory, compiler, jobs, run, meter)
    host = directory / "lib" / "passthrough.o"
    object_file(sources / "libc" / "host" / "passthrough.c", host, image_cc(compiler, directory), run)
    cpython.build(cpython_tree, directory, host, compiler, jobs, run, meter)
    libgcc = run.answer((compiler.command, "-print-libgcc-file-name"))
    copy_content(libgcc, str(directory / "lib" / "libgcc.a"))
    modules = cpython.builtin_modules((work / "python" / "Modules" / "config.c").read_text())
    write_facts(directory, compiler, {**modules, CONTRACT: "PyInit__contract"})
    shutil.rmtree(work)


def object_file(source: Path, target: Path, cc: tuple[str, ...], run: Runner) -> None:
    run.run((*cc, "-O2", "-c", source.name, "-o", target), source.parent)


def write_facts(directory: Path, compiler: Compiler, modules: dict[str, str]) -> None:
    facts = {
        "python": CPYTHON.version,
        "musl": MUSL.version,
        "compiler": compiler.identity,
        "optimisation": cpython_options.OPTIMISATION,
        "cc": image_cc(compiler, Path("{base}")),
        "builtin_modules": dict(sorted(modules.items())),
    }
    (directory / FACTS).write_text(json.dumps(facts, indent=2) + "\n")


def jobs() -> int:
    """One compiler for each processor that this process may use."""
    return len(os.sched_getaffinity(0))
