"""What a library of the runtime is, and how it gets into the cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pymirage.tool.runtime import cache, compiler, locate
from pymirage.tool.runtime.key import key
from pymirage.tool.runtime.process import Runner
from pymirage.tool.runtime.progress import Meter, Progress, Step
from pymirage.tool.runtime.sources import CPYTHON, Source, obtain
from pymirage.tool.runtime.unpack import unpack

KIND = "library"


@dataclass(frozen=True, slots=True)
class Work:
    """Where one library is made: unpacked sources, a work directory, the compiler against the base."""

    # The unpacked tarball.
    tree: Path
    # CPython's `Modules`, as far as the library asked for it.
    cpython: Path
    # Our own C, runtime/.
    sources: Path
    # Receives `lib/*.a`.
    directory: Path
    base: Path
    cc: tuple[str, ...]
    run: Runner
    meter: Meter

    @property
    def core(self) -> tuple[str, ...]:
        """The command for CPython's own modules, which see its internals."""
        headers = self.base / "include" / "python3.13"
        flags = ("-O2", "-DNDEBUG", "-DPy_BUILD_CORE_BUILTIN", "-w")
        return (*self.cc, *flags, "-I", str(headers / "internal"), "-I", str(headers))

    def archive(self, name: str, objects: list[Path]) -> None:
        target = self.directory / "lib" / name
        target.parent.mkdir(exist_ok=True)
        self.run.run(("ar", "qcsD", target, *objects), self.tree)


@dataclass(frozen=True, slots=True)
class Library:
    """A C library, pinned, and the modules that it makes possible."""

    name: str
    source: Source
    # Module name -> init function, as in CPython's own table.
    modules: Mapping[str, str]
    steps: tuple[Step, ...]
    make: Callable[[Work], None]
    # What of CPython's tarball it compiles, and of its own it does not need (beginnings of paths).
    cpython: tuple[str, ...]
    unwanted: tuple[str, ...] = ()
    # Our own C, below runtime/.
    parts: tuple[str, ...] = ()
    # The file that `make` is in; what it says is part of the key.
    recipe: Path = field(default=Path(__file__))


def library_key(library: Library, base: Path) -> str:
    """Changes with the library, its recipe, our own C in it, and the base (compiler, musl, CPython)."""
    facts = (base.name, library.name, *library.source.digests)
    sources = locate.sources()
    return key(facts, (Path(__file__), library.recipe, *(sources / part for part in library.parts)))


def ensure(
    library: Library, base: Path, progress: Progress, tarballs: Path | None = None
) -> tuple[Path, ...]:
    """The library's archives, made now unless they are in the cache. Raises RuntimeBuildError."""
    entry = cache.root() / KIND / f"{library.name}-{library_key(library, base)}"
    cache.ensure(entry, lambda new: fill(new, library, base, progress, tarballs))
    return tuple(sorted((entry / "lib").glob("*.a")))


def fill(directory: Path, library: Library, base: Path, progress: Progress, tarballs: Path | None) -> None:
    run = Runner(cache.root() / "log" / f"{directory.name.removeprefix(cache.UNFINISHED)}.log")
    meter = Meter((Step(f"fetch {library.name}", 2), *library.steps), progress)
    meter.begin(f"fetch {library.name}")
    own, cpython = (obtain(source, tarballs, meter.advance) for source in (library.source, CPYTHON))
    work = directory / "work"
    work.mkdir()
    tree = unpack(own, work, library.unwanted)
    modules = unpack(cpython, work, wanted=library.cpython) / "Modules"
    cc = compiler.image_cc(compiler.find(), base)
    library.make(Work(tree, modules, locate.sources(), directory, base, cc, run, meter))
    shutil.rmtree(work)
