"""Finds or makes the runtime of a target; lists and removes what is there."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool.runtime import base, bindings, cache, compiler, locate, target
from pymirage.tool.runtime.compiler import Compiler
from pymirage.tool.runtime.error import RuntimeBuildError
from pymirage.tool.runtime.libraries import LIBRARIES, library_key
from pymirage.tool.runtime.progress import Meter, Progress
from pymirage.tool.runtime.runtime import Runtime
from pymirage.tool.runtime.sources import CPYTHON, MUSL
from pymirage.tool.runtime.unused import remove_unused


class Changed(Exception):
    """Somebody edited the C sources while they were compiled: the result has no key."""


def ensure(name: str, progress: Progress, tarballs: Path | None = None) -> Runtime:
    """The runtime for the target `name` ("unix", "spt", "hvt"), made now unless it is in the cache.

    `tarballs` is a directory that holds the source tarballs, for a machine without network. Raises
    RuntimeBuildError, one line that names the remedy. An interrupted build leaves nothing.
    """
    if name not in bindings.TARGETS:
        raise RuntimeBuildError(f"no target {name!r}: there are {', '.join(bindings.TARGETS)}")
    sources = locate.sources()
    gcc = compiler.find()
    while True:
        try:
            return find_or_make(name, sources, gcc, progress, tarballs)
        except Changed:
            continue


def find_or_make(
    name: str, sources: Path, gcc: Compiler, progress: Progress, tarballs: Path | None
) -> Runtime:
    base_key = base.base_key(sources, gcc)
    key = target.target_key(name, base_key, sources, gcc)
    base_root = cache.root() / "base" / base_key
    root = cache.root() / "target" / f"{name}-{key}"
    meter = Meter([*([] if base_root.is_dir() else base.STEPS), *target.STEPS], progress)

    def make_base(new: Path) -> None:
        base.make(new, sources, gcc, tarballs, base.jobs(), meter)
        if base.base_key(sources, gcc) != base_key:
            raise Changed

    def make_target(new: Path) -> None:
        target.make(new, name, sources, compiler.image_cc(gcc, base_root), meter)
        if target.target_key(name, base_key, sources, gcc) != key:
            raise Changed

    cache.ensure(base_root, make_base)
    cache.ensure(root, make_target)
    return Runtime(name, f"{name}-{key}", base_root, root, CPYTHON.version, MUSL.version)


@dataclass(frozen=True, slots=True)
class Cached:
    """Something in the cache. `current` is what ensure() would use now."""

    path: Path
    size: int
    current: bool

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"


def list_runtimes() -> list[Cached]:
    """What is in the cache, bases first."""
    current = current_names()
    found = [path for kind in cache.KINDS for path in cache.entries(kind)]
    return [Cached(path, cache.size(path), path.name in current) for path in found]


def current_names() -> frozenset[str]:
    """The entries that ensure() would use; none without a compiler."""
    try:
        sources, gcc = locate.sources(), compiler.find()
    except RuntimeBuildError:
        return frozenset()
    key = base.base_key(sources, gcc)
    targets = (f"{name}-{target.target_key(name, key, sources, gcc)}" for name in bindings.TARGETS)
    carried = (f"{each.name}-{library_key(each, cache.root() / 'base' / key)}" for each in LIBRARIES)
    return frozenset((key, *targets, *carried))


def clean(everything: bool) -> tuple[list[Cached], list[str]]:
    """Removes what is out of date or unused, or all; answers the removed runtimes, and what is being built.

    While anything is, what builds take from stays: sources, objects, logs.
    """
    removed = [cached for cached in list_runtimes() if everything or not cached.current]
    for cached in removed:
        cache.remove(cached.path)
    building = cache.sweep()
    if not everything:
        remove_unused(cache.root(), time.time())
    elif not building:
        shutil.rmtree(cache.root(), ignore_errors=True)
    return removed, [f"{entry.parent.name}/{entry.name}" for entry in building]
