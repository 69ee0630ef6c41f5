"""The machine code by which compiled modules were imported. It runs once, so an initialised image is without.

It lies on pages of its own (runtime/bindings/image.lds). That a module does not run twice is mypyc's own rule
(`CPyImport_Exec` in its lib-rt); that it is not set up twice, compile.py's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pymirage.tool.image.compile import mangled
from pymirage.tool.image.elf import Elf, Section, Symbol

PAGE = 4096
SECTION = ".importing"
# Each gap costs a program header more, for which there is room in the first page, and loaders a system call.
MOST = 4


def pages(source: Elf, compiled: Collection[str], have_run: Collection[str]) -> Iterator[range]:
    """Addresses of pages with nothing but what imports the modules that `have_run`, of all `compiled`."""
    for section in source.sections:
        if section.name == SECTION and section.size:
            gaps = sorted(between(section, wanted(source, section, compiled, have_run)), key=len)
            yield from sorted(gaps[-MOST:], key=lambda gap: gap.start)


def wanted(
    source: Elf, section: Section, compiled: Collection[str], have_run: Collection[str]
) -> list[Symbol]:
    """What of the section may still be called, in the order of addresses: all that has another name."""
    known = {function for module in have_run for function in functions(mangled(module))}
    # A module may be called like a part of another one's functions.
    known -= {f"CPyExec_{mangled(module)}" for module in compiled}
    inside = [symbol for symbol in source.symbols() if source.sections[symbol.section] is section]
    # gcc splits functions: `.cold`, `.part.0`.
    kept = [symbol for symbol in inside if symbol.name.partition(".")[0] not in known]
    return sorted(kept, key=lambda symbol: symbol.address)


def functions(module: str) -> tuple[str, ...]:
    """By mypyc's names."""
    return f"CPyDef_{module}_____top_level__", f"CPyExec_{module}__impl", f"CPyInit_{module}"


def between(section: Section, kept: list[Symbol]) -> Iterator[range]:
    """The whole pages of the section before, between and behind what is kept."""
    start = section.address
    for symbol in kept:
        stop = symbol.address // PAGE * PAGE
        if start < stop:
            yield range(start, stop)
        start = max(start, -(-(symbol.address + symbol.size) // PAGE) * PAGE)
    stop = section.address + section.size
    if start < stop:
        yield range(start, stop)
