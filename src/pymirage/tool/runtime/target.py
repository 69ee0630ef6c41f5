"""The layer of one target: bindings, shim, linker script, tender. Takes seconds; the base takes minutes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from pymirage import __version__
from pymirage.tool.runtime import bindings, cache
from pymirage.tool.runtime.compiler import Compiler
from pymirage.tool.runtime.key import key
from pymirage.tool.runtime.process import Runner
from pymirage.tool.runtime.progress import Meter, Step
from pymirage.tool.runtime.unpack import copy_tree

STEPS = (Step("compile bindings", 8),)

# Of the C sources; the rest of the tree (tests, documents) may change without a new build.
PARTS = ("include", "common", "bindings", "libc", "python", "tenders")


def target_key(target: str, base: str, sources: Path, compiler: Compiler) -> str:
    recipe = Path(__file__).parent
    trees = [sources / part for part in PARTS if (sources / part).is_dir()]
    facts = (target, base, *compiler.identity, __version__)
    return key(facts, (*trees, recipe / "bindings.py", recipe / "target.py"))


def make(directory: Path, target: str, sources: Path, cc: Sequence[str], meter: Meter) -> None:
    """Fills the cache entry `directory`; `cc` compiles against the base."""
    run = Runner(cache.root() / "log" / f"{directory.name.removeprefix(cache.UNFINISHED)}.log")
    meter.begin("compile bindings")
    work = directory / "work"
    work.mkdir()
    bindings.bindings(target, sources, directory, work / "bindings", run)
    meter.advance(0.4)
    bindings.python(sources, directory, work / "python", cc, run)
    meter.advance(0.7)
    if target in bindings.TENDERS:
        bindings.tender(target, sources, directory, work / "tender", run)
    bindings.tender(bindings.INITIALISE, sources, directory, work / "initialise", run)
    copy_tree(sources / "python" / "overlay", directory / "overlay")
    shutil.rmtree(work)
