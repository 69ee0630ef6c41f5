"""One static ELF from a runtime, the tables of an image and its compiled modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool.image import check, elf
from pymirage.tool.image.tables import Tables
from pymirage.tool.image.toolchain import Toolchain

FLAGS = (
    "-static",
    "-nostdlib",
    "-no-pie",
    "-Wl,-z,max-page-size=4096",
    "-Wl,-z,noexecstack",
    "-Wl,--gc-sections",
    "-Wl,--build-id=none",
    # Strings' hashes: runtime/python/hash_secret.c.
    "-Wl,--wrap=_Py_HashBytes",
    # Bytecode that is compressed: runtime/python/frozen.c.
    "-Wl,--wrap=PyMarshal_ReadObjectFromString",
    # The entrances of the compiler: runtime/python/compiler.c.
    *(
        f"-Wl,--wrap={name}"
        for name in (
            *("_PyParser_ASTFromString", "_PyAST_Compile", "_PyCompile_AstOptimize", "PyAST_Check"),
            *("PyAST_mod2obj", "PyAST_obj2mod", "_Py_SymtableStringObjectFlags"),
            *("_PyTokenizer_FromReadline", "PyInit__ast"),
        )
    ),
    "-Wl,-Map=image.map",
)


@dataclass(frozen=True, slots=True)
class Linked:
    """The finished image's bytes, and where the linker says each comes from."""

    content: bytes
    map: str
    # What follows the other segments: function names for fault reports, section headers.
    symbols_size: int
    # Octets of bytecode and files that were linked.
    generated: int
    # Addresses of what was linked and is not in the image.
    left_out: tuple[range, ...] = ()


def link(
    tables: Tables,
    objects: Sequence[Path],
    archives: Sequence[Path],
    script: Path,
    toolchain: Toolchain,
    work: Path,
    target: str,
) -> Linked:
    """Links in `work`, a directory whose name reaches neither the image nor the map."""
    text = tables.write(work)
    toolchain.run((toolchain.cc[0], "-c", text.name, "-o", "image.o"), work)
    toolchain.run(
        (
            toolchain.cc[0],
            *FLAGS,
            f"-Wl,-T,{script}",
            "-o",
            "image",
            "image.o",
            *map(str, objects),
            "-Wl,--start-group",
            *map(str, archives),
            "-Wl,--end-group",
        ),
        work,
    )
    content = elf.trim((work / "image").read_bytes())
    (work / "image").write_bytes(content)
    check.check(elf.Elf(content), work / "image", target)
    loaded = elf.loaded_size(elf.without_loaded_symbols(content))
    return Linked(content, (work / "image.map").read_text(), len(content) - loaded, tables.octets())
