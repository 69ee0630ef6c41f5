"""Where modules come from: one search path for an image, in the order in which the image will look.

At run time `sys.meta_path` asks for C modules first and frozen modules second, so a search here does the
same; the frozen ones are found in the project, the vendored packages, pymirage, the stand-ins for modules
that an image cannot have, and the standard library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from pymirage.tool.image.error import ImageError
from pymirage.tool.image.policy import BOOTSTRAP


class Origin(Enum):
    """Who wrote a module; the value heads its files in tracebacks and its column in the size report."""

    PROJECT = "project"
    PACKAGE = "packages"
    PYMIRAGE = "pymirage"
    STAND_IN = "stand-ins"
    STDLIB = "stdlib"
    RUNTIME = "runtime"

    @property
    def curated(self) -> bool:
        """The standard library's imports are cut by policy; everybody else's are taken at their word."""
        return self in (Origin.STDLIB, Origin.STAND_IN)


@dataclass(frozen=True, slots=True)
class Root:
    """A directory that is searched, and what its files are called in tracebacks."""

    directory: Path
    origin: Origin
    prefix: str
    # The one top-level name to take from here: what lies beside an installed pymirage is not the image's.
    only: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    """A module's source file, or a C module of the runtime (`path` is None)."""

    name: str
    origin: Origin
    path: Path | None
    filename: str
    is_package: bool = False
    # Where submodules are searched; several for a namespace package (PEP 420).
    locations: tuple[Path, ...] = ()

    @property
    def is_c(self) -> bool:
        return self.path is None


# The source of a namespace package, which has none.
EMPTY_SOURCE = Path("/dev/null")


@dataclass
class Finder:
    """`find` answers like the import system of the finished image would."""

    roots: tuple[Root, ...]
    c_modules: Mapping[str, str]
    found: dict[str, Module | None] = field(default_factory=dict)

    def find(self, name: str) -> Module | None:
        if name not in self.found:
            self.found[name] = self.search(name)
        return self.found[name]

    def search(self, name: str) -> Module | None:
        if name in self.c_modules:
            self.refuse_namesake(name)
            return Module(name, Origin.RUNTIME, None, f"<{name}>")
        if name in BOOTSTRAP:
            source = self.roots[-1].directory / BOOTSTRAP[name]
            # This exact file name is how tracebacks leave out the import system's own frames.
            return Module(name, Origin.STDLIB, source, f"<frozen importlib.{source.stem}>")
        parent_name, _, tail = name.rpartition(".")
        if not parent_name:
            return self.first(name, tail, self.tops(name))
        parent = self.find(parent_name)
        if parent is None or not parent.is_package:
            return None
        return self.first(name, tail, self.inside(parent))

    def refuse_namesake(self, name: str) -> None:
        """The interpreter would never look at the project's file; a script on a host would."""
        for root in self.roots:
            file = root.directory / f"{name}.py"
            if root.origin is Origin.PROJECT and file.is_file():
                raise ImageError(
                    f"{root.prefix}{name}.py: {name!r} is a module of the interpreter; rename yours"
                )

    def tops(self, name: str) -> Iterable[tuple[Root, Path]]:
        return ((root, root.directory) for root in self.roots if root.only in ("", name))

    def inside(self, package: Module) -> Iterable[tuple[Root, Path]]:
        """The package's directories; stand-ins may replace single modules of the standard library's."""
        for place in package.locations:
            root = self.root_of(place)
            if root.origin is Origin.STDLIB:
                below = place.relative_to(root.directory)
                yield from ((r, r.directory / below) for r in self.roots if r.origin is Origin.STAND_IN)
            yield root, place

    def first(self, name: str, tail: str, places: Iterable[tuple[Root, Path]]) -> Module | None:
        """PEP 420's order: a package, a module, and when there is neither all directories of that name."""
        portions: list[tuple[Root, Path]] = []
        for root, place in places:
            package = place / tail / "__init__.py"
            if package.is_file():
                return self.module(name, root, package, (package.parent,))
            module = place / f"{tail}.py"
            if module.is_file():
                return self.module(name, root, module, ())
            if (place / tail).is_dir() and not root.origin.curated:
                portions.append((root, place / tail))
        if not portions:
            return None
        root = portions[0][0]
        locations = tuple(portion for _, portion in portions)
        return Module(name, root.origin, EMPTY_SOURCE, f"{root.prefix}{tail}", True, locations)

    def module(self, name: str, root: Root, path: Path, locations: tuple[Path, ...]) -> Module:
        filename = root.prefix + path.relative_to(root.directory).as_posix()
        return Module(name, root.origin, path, filename, bool(locations), locations)

    def root_of(self, place: Path) -> Root:
        """The innermost root: `_build/<target>/packages` lies inside of the project."""
        inside = [root for root in self.roots if place.is_relative_to(root.directory)]
        return max(inside, key=lambda root: len(root.directory.parts))
