"""Finds or makes the runtime of a target; lists and removes what is there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool.runtime import base, bindings, cache, compiler, locate, target
from pymirage.tool.runtime.error import RuntimeBuildError
from pymirage.tool.runtime.progress import Meter, Progress
from pymirage.tool.runtime.runtime import Runtime
from pymirage.tool.runtime.sources import CPYTHON, MUSL


def ensure(name: str, progress: Progress, tarballs: Path | None = None) -> Runtime:
    """The runtime for the target `name` ("unix", "spt", "hvt"), made now unless it is in the cache.

    `tarballs` is a directory that holds the source tarballs, for a machine without network. Raises
    RuntimeBuildError, one line that names the remedy. An interrupted build leaves nothing.
    """
    if name not in bindings.TARGETS:
        raise RuntimeBuildError(f"no target {name!r}: there are {', '.join(bindings.TARGETS)}")
    sources = locate.sources()
    gcc = compiler.find()
    base_key = base.base_key(sources, gcc)
    key = target.target_key(name, base_key, sources, gcc)
    base_root = cache.root() / "base" / base_key
    root = cache.root() / "target" / f"{name}-{key}"
    meter = Meter([*([] if base_root.is_dir() else base.STEPS), *target.STEPS], progress)
    cache.ensure(base_root, lambda new: base.make(new, sources, gcc, tarballs, base.jobs(), meter))
    cc = compiler.image_cc(gcc, base_root)

    def make(new: Path) -> None:
        target.make(new, name, sources, cc, meter)
        if target.target_key(name, base_key, sources, gcc) != key:
            raise RuntimeBuildError(f"{sources} changed while it was compiled; build again")

    cache.ensure(root, make)
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
    found = [path for kind in ("base", "target") for path in cache.entries(kind)]
    return [Cached(path, cache.size(path), path.name in current) for path in found]


def current_names() -> frozenset[str]:
    """The entries that ensure() would use; none without a compiler."""
    try:
        sources, gcc = locate.sources(), compiler.find()
    except RuntimeBuildError:
        return frozenset()
    key = base.base_key(sources, gcc)
    targets = (f"{name}-{target.target_key(name, key, sources, gcc)}" for name in bindings.TARGETS)
    return frozenset((key, *targets))


def clean(everything: bool) -> list[Cached]:
    """Removes what is out of date, or everything with the tarballs; answers what was removed."""
    removed = [cached for cached in list_runtimes() if everything or not cached.current]
    for cached in removed:
        cache.remove(cached.path)
    if everything:
        shutil.rmtree(cache.root() / "sources", ignore_errors=True)
        shutil.rmtree(cache.root() / "log", ignore_errors=True)
    return removed
