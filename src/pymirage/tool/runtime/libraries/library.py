"""What a library of the runtime is, and how it gets into the cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pymirage.tool.runtime import cache, compiler, locate
from pymirage.tool.runtime.compiler import IMAGE_FLAGS
from pymirage.tool.runtime.key import key
from pymirage.tool.runtime.process import Runner
from pymirage.tool.runtime.progress import Meter, Progress, Step
from pymirage.tool.runtime.sources import CPYTHON, MUSL, Source, obtain
from pymirage.tool.runtime.unpack import unpack

KIND = "library"

# To be changed when what this file does changes, and no recipe.
RECIPE = "1"


@dataclass(frozen=True, slots=True)
class Work:
    """Where one library is made: unpacked sources, a work directory, the compiler against the base."""

    # The unpacked tarball; the work directory, where the library has none.
    tree: Path
    # CPython's `Modules`, as far as the library asked for it.
    cpython: Path
    # Our own C, runtime/.
    sources: Path
    # Receives `lib/*.a`, and `include/` for who builds on it.
    directory: Path
    base: Path
    # The headers of the libraries below.
    headers: tuple[Path, ...]
    cc: tuple[str, ...]
    run: Runner
    meter: Meter

    @property
    def core(self) -> tuple[str, ...]:
        """The command for CPython's own modules, which see its internals."""
        headers = self.base / "include" / "python3.13"
        flags = ("-O2", "-DNDEBUG", "-DPy_BUILD_CORE_BUILTIN", "-w")
        return (*self.cc, *flags, "-I", str(headers / "internal"), "-I", str(headers))

    @property
    def includes(self) -> tuple[str, ...]:
        return tuple(word for each in self.headers for word in ("-isystem", str(each)))

    def archive(self, name: str, objects: Sequence[Path]) -> None:
        target = self.directory / "lib" / name
        target.parent.mkdir(exist_ok=True)
        self.run.run(("ar", "qcsD", target, *objects), self.tree)


@dataclass(frozen=True, slots=True)
class Library:
    """A C library, pinned, or modules over others."""

    name: str
    steps: tuple[Step, ...]
    make: Callable[[Work], None]
    # The file that `make` is in; what it says is part of the key.
    recipe: Path
    source: Source | None = None
    # Module name -> init function, as in CPython's own table.
    modules: Mapping[str, str] = field(default_factory=dict)
    # Libraries that this one is built on.
    below: tuple[Library, ...] = ()
    # What of CPython's tarball it compiles, and of its own it does not need (beginnings of paths).
    cpython: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    # Our own C, below runtime/.
    parts: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.source.name} {self.source.version}" if self.source else self.name


def library_key(library: Library, base: Path) -> str:
    """Changes with the library, its recipe, our own C in it, compiler and musl; with its modules, CPython."""
    below = (library_key(each, base) for each in library.below)
    under = (base.name,) if library.modules else (MUSL.sha256, *compiler.find().identity, *IMAGE_FLAGS)
    digests = library.source.digests if library.source else ()
    sources = locate.sources()
    trees = (library.recipe, *(sources / part for part in library.parts))
    return key((RECIPE, *under, library.name, *digests, *below), trees)


def ensure(
    library: Library, base: Path, progress: Progress, tarballs: Path | None = None
) -> tuple[Path, ...]:
    """The library's archives, made now unless they are in the cache. Raises RuntimeBuildError."""
    entry = place(library, base)
    for each in library.below:
        ensure(each, base, progress, tarballs)
    cache.ensure(entry, lambda new: fill(new, library, base, progress, tarballs))
    return tuple(sorted((entry / "lib").glob("*.a")))


def place(library: Library, base: Path) -> Path:
    """Its entry in the cache."""
    return cache.root() / KIND / f"{library.name}-{library_key(library, base)}"


def fill(directory: Path, library: Library, base: Path, progress: Progress, tarballs: Path | None) -> None:
    run = Runner(cache.root() / "log" / f"{directory.name.removeprefix(cache.UNFINISHED)}.log")
    meter = Meter((Step(f"fetch {library.name}", 2), *library.steps), progress)
    meter.begin(f"fetch {library.name}")
    work = directory / "work"
    work.mkdir()
    tree = modules = work
    if library.source:
        tree = unpack(obtain(library.source, tarballs, meter.advance), work, library.unwanted)
    if library.cpython:
        modules = unpack(obtain(CPYTHON, tarballs, meter.advance), work, wanted=library.cpython) / "Modules"
    headers = tuple(place(each, base) / "include" for each in with_below(library.below))
    cc = compiler.image_cc(compiler.find(), base)
    library.make(Work(tree, modules, locate.sources(), directory, base, headers, cc, run, meter))
    shutil.rmtree(work)


def with_below(libraries: Sequence[Library]) -> Iterator[Library]:
    """Each once, those below first."""
    seen: dict[str, Library] = {}
    for library in libraries:
        for each in (*with_below(library.below), library):
            seen.setdefault(each.name, each)
    yield from seen.values()
