"""Frozen modules: the bytecode of a closure as CPython's tables of modules that need no file.

These tables take the place of the interpreter's own (`Python/frozen.c`); the layout of `struct _frozen` and
`struct _module_alias` is in `Include/cpython/import.h` and `Include/internal/pycore_import.h`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pymirage.tool.image.assembly import Assembly, Label, pair
from pymirage.tool.image.closure import Closure
from pymirage.tool.image.modules import Origin
from pymirage.tool.image.policy import BOOTSTRAP

SECTION = ".frozen"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A module as the image holds it: a name and a marshalled code object."""

    name: str
    origin: Origin
    filename: str
    is_package: bool
    code: bytes


def freeze(closure: Closure) -> tuple[Frozen, ...]:
    """The modules of `closure` that are interpreted, sorted by name."""
    return tuple(
        Frozen(
            node.module.name,
            node.module.origin,
            node.module.filename,
            node.module.is_package,
            node.compiled.code,
        )
        for node in closure.frozen()
        if node.compiled is not None
    )


def emit(modules: Sequence[Frozen], assembly: Assembly) -> None:
    """The five symbols that `Python/import.c` reads; the code is in a section of its own, without gaps."""
    assembly.section(f'{SECTION}, "a"')
    codes = [assembly.data(f".Lcode{number}", module.code) for number, module in enumerate(modules)]
    assembly.section(assembly.CONSTANTS)
    rows = {module.name: row(module, code, assembly) for module, code in zip(modules, codes, strict=True)}
    end: tuple[Label | int, ...] = (None, None, 0)
    bootstrap = [rows.pop(name) for name in BOOTSTRAP]
    aliases: list[tuple[Label | int, ...]] = [
        (assembly.string(name), assembly.string("importlib." + source.split("/")[1].removesuffix(".py")))
        for name, source in BOOTSTRAP.items()
    ]
    pointers = {
        "_PyImport_FrozenBootstrap": assembly.table(".Lbootstrap", [*bootstrap, end], public=False),
        "PyImport_FrozenModules": assembly.table(".Lmodules", [*rows.values(), end], public=False),
        "_PyImport_FrozenStdlib": assembly.table(".Lnone", [end], public=False),
        "_PyImport_FrozenTest": ".Lnone",
        "_PyImport_FrozenAliases": assembly.table(".Laliases", [*aliases, (None, None)], public=False),
    }
    for symbol, table in pointers.items():
        assembly.table(symbol, [(table,)])


def row(module: Frozen, code: Label, assembly: Assembly) -> tuple[Label | int, ...]:
    """struct _frozen {const char *name; const unsigned char *code; int size; int is_package;}"""
    return assembly.string(module.name), code, pair(len(module.code), module.is_package)
