"""What an image's size is made of: every module, package, embedded file and part of the C runtime.

Bytecode and files are known to the byte. For C, the linker's map says which object file each piece of the
image comes from. What remains (headers, alignment, tables, symbols) is listed as such, so that the sum is
the size of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pymirage.tool.image import elf, treemap
from pymirage.tool.image.bytecode import compressed
from pymirage.tool.image.freeze import Frozen
from pymirage.tool.image.initialise import Kind
from pymirage.tool.image.link import Linked
from pymirage.tool.image.modules import Origin
from pymirage.tool.image.plan import BuildPlan
from pymirage.tool.image.tables import File

MEBIBYTE = 1024 * 1024

# In the order of the report. The runtime is C; everything else came as Python or as data.
RUNTIME, STDLIB, PYMIRAGE, PACKAGES, FILES = "runtime", "stdlib", "pymirage", "packages", "files"
MEMORY = "memory"
TABLES = (RUNTIME, "tables", "names of modules and files")


@dataclass(frozen=True, slots=True)
class Part:
    """Something with a size: `path` leads to it, from the coarsest part to the finest."""

    path: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Size:
    """An image's size and its parts, largest first; the parts add up to the size."""

    name: str
    total: int
    parts: tuple[Part, ...]

    def groups(self) -> dict[str, int]:
        """Sizes of the coarsest parts."""
        sums: dict[str, int] = {}
        for part in self.parts:
            sums[part.path[0]] = sums.get(part.path[0], 0) + part.size
        return sums

    def headline(self) -> str:
        """`6.9 MiB   runtime 4.1 · stdlib 1.9 · pymirage 0.8 · hello 0.1`"""
        groups = self.groups()
        order = [RUNTIME, MEMORY, STDLIB, PYMIRAGE, PACKAGES, FILES, self.name]
        shown = [f"{name} {groups[name] / MEBIBYTE:.1f}" for name in order if name in groups]
        return f"{self.total / MEBIBYTE:.1f} MiB   {' · '.join(shown)}"


def measure(
    linked: Linked,
    frozen: Sequence[Frozen],
    crunched: Mapping[str, Sequence[File]],
    plan: BuildPlan,
    census: Sequence[Kind] = (),
) -> Size:
    """`frozen` is the bytecode that is in the image, `census` what the memory of an initialised one holds."""
    sizes = compressed(census)
    parts = [
        Part((*place(module, plan.name), module.name), sizes.get(module.name, (0, len(module.code)))[1])
        for module in frozen
    ]
    for table, files in crunched.items():
        parts += [Part((FILES, table, file.name), len(file.content)) for file in files]
    parts += c_parts(linked.map, linked.generated, linked.left_out)
    parts += heap_parts(linked, census)
    total = len(linked.content)
    rest = total - sum(part.size for part in parts)
    symbols = linked.symbols_size
    parts += [
        Part((RUNTIME, "function names", ""), symbols),
        Part((RUNTIME, "headers and alignment", ""), rest - symbols),
    ]
    return Size(plan.name, total, tuple(sorted(parts, key=lambda part: (-part.size, part.path))))


def heap_parts(linked: Linked, census: Sequence[Kind]) -> Iterator[Part]:
    """The memory of an initialised image: code by its file, other objects by their type, and what is
    neither.
    """
    heap = sum(segment.file_size for segment in initialised_segments(linked.content))
    if not heap:
        return
    for kind in census:
        if kind.sort == "code":
            yield Part((MEMORY, "functions", kind.name), kind.size)
        elif kind.sort == "type":
            yield Part((MEMORY, "objects", kind.name), kind.size)
        elif kind.sort == "table":
            yield Part((MEMORY, "tables", kind.name), kind.size)
    named = sum(kind.size for kind in census if kind.sort not in ("module", "packed"))
    yield Part((MEMORY, "other memory, free space", ""), heap - named)


def initialised_segments(content: bytes) -> Iterator[elf.Segment]:
    """What an initialised image has behind its stack; nothing in a cold one."""
    after_guard = False
    for segment in elf.Elf(content).segments:
        after_guard |= segment.type == elf.PT_LOAD and not segment.flags
        if after_guard and segment.type == elf.PT_LOAD and segment.flags & elf.PF_W:
            yield segment


def place(module: Frozen, name: str) -> tuple[str, ...]:
    """Where a frozen module belongs: group, then package."""
    top = module.name.split(".")[0]
    match module.origin:
        case Origin.STDLIB | Origin.STAND_IN:
            return STDLIB, top
        case Origin.PYMIRAGE:
            return PYMIRAGE, ".".join(module.name.split(".")[:2])
        case Origin.PACKAGE:
            return PACKAGES, top
        case _:
            return name, top


# The runtime's archives by what is in them.
ARCHIVES = {
    "libbindings.a": "bindings",
    "libc.a": "musl",
    "libgcc.a": "gcc",
    "libpymirage.a": "start and system calls",
    "libpymirage-crypto.a": "bindings",
    "libpymirage-tls.a": "bindings",
    "libpython3.13.a": "CPython",
    "libcrypto.a": "OpenSSL",
    "libpython-ssl.a": "CPython",
    "libpython-zlib.a": "CPython",
    "libssl.a": "OpenSSL",
    "libz.a": "zlib",
}

# A section's name, unless the line before was too long to hold the rest; then its address, size and file:
#  .text.PyList_New
#                 0x00000000001234a0      0x123 libpython3.13.a(listobject.o)
NAME = re.compile(r"^ ([.\w]\S*)$")
PIECE = re.compile(
    r"^ (?P<section>[.\w]\S*)? +0x(?P<address>[0-9a-f]+) +0x(?P<size>[0-9a-f]+) (?P<file>\S.*)$"
)
# Sections that take no room in the file.
EMPTY = (".bss", ".tbss", "COMMON", ".stack", ".debug", ".comment")


def c_parts(map_text: str, generated: int, left_out: Sequence[range]) -> Iterator[Part]:
    """Pieces of the image by the object file that they come from, less what `generated` already names."""
    sums: dict[tuple[str, ...], int] = {}
    for section, size, file in pieces(map_text, left_out):
        if not section.startswith(EMPTY):
            path = c_path(file)
            sums[path] = sums.get(path, 0) + size
    sums[TABLES] = max(0, sums.get(TABLES, 0) - generated)
    for path, size in sums.items():
        yield Part(path, size)


def pieces(map_text: str, left_out: Sequence[range]) -> Iterator[tuple[str, int, str]]:
    """Section, size and object file of what the linker kept, less what is at addresses `left_out`."""
    name = ""
    # Before this line the map lists what was discarded.
    for line in map_text[map_text.index("Linker script and memory map") :].splitlines():
        alone = NAME.match(line)
        found = PIECE.match(line)
        address = int(found["address"], 16) if found else 0
        size = int(found["size"], 16) if found and address else 0
        # Of a piece that only begins in one, or ends there, the rest is in the image.
        size -= sum(common(range(address, address + size), addresses) for addresses in left_out)
        if found and size:
            yield found["section"] or name, size, found["file"]
        name = alone[1] if alone else ""


def common(one: range, other: range) -> int:
    return max(0, min(one.stop, other.stop) - max(one.start, other.start))


def c_path(file: str) -> tuple[str, ...]:
    """`…/libpython3.13.a(listobject.o)` is part of the interpreter."""
    archive, _, member = file.rpartition("/")[2].partition("(")
    member = member.rstrip(")")
    if archive == "image.o":
        return TABLES
    if not member:
        return RUNTIME, "compiled modules", "mypyc"
    return RUNTIME, ARCHIVES.get(archive, archive), member.removesuffix(".o")


def write(size: Size, plan: BuildPlan) -> None:
    """`size.json` for programs, `size.html` for people."""
    value = {
        "type": "pymirage.size",
        "version": 1,
        "name": size.name,
        "target": plan.target,
        "total": size.total,
        "parts": [{"path": list(part.path), "size": part.size} for part in size.parts],
    }
    (plan.directory / "size.json").write_text(json.dumps(value, indent=1) + "\n")
    page = treemap.page(f"{plan.name} for {plan.target}", [(part.path, part.size) for part in size.parts])
    (plan.directory / "size.html").write_text(page, encoding="utf-8")


def table(size: Size, rows: int = 20) -> str:
    """The largest parts, one a line, for a terminal."""
    lines = [
        f"{part.size / 1024:9.1f} KiB  {' / '.join(filter(None, part.path))}" for part in size.parts[:rows]
    ]
    more = len(size.parts) - rows
    if more > 0:
        rest = sum(part.size for part in size.parts[rows:])
        lines.append(f"{rest / 1024:9.1f} KiB  {more} more")
    return "\n".join(lines)
