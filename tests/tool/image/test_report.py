"""Sizes from a linker's map, and their sum."""

from pathlib import Path

from pymirage.tool.image.elf import HEADER
from pymirage.tool.image.freeze import Frozen
from pymirage.tool.image.link import Linked
from pymirage.tool.image.modules import Origin
from pymirage.tool.image.plan import BuildPlan
from pymirage.tool.image.report import Size, measure, table
from pymirage.tool.image.tables import File

MAP = """
Discarded input sections

 .text.unused   0x0000000000000000       0x30 /cache/libc.a(unused.o)

Linker script and memory map

.rodata         0x0000000000100200     0x5000
 .rodata.image  0x0000000000100200     0x1000 image.o
 .rodata.str1.1
                0x0000000000101200       0x20 /cache/libpython3.13.a(listobject.o)
                                         0x42 (size before relaxing)
.text           0x0000000000200000     0x5000
 .text.PyList_New
                0x0000000000200000      0x100 /cache/libpython3.13.a(listobject.o)
                0x0000000000200000                PyList_New
 .text          0x0000000000200100       0x80 /cache/libc.a(memcpy.o)
 .text.hot      0x0000000000200180       0x60 /cache/hot/abc.o
 *fill*         0x00000000002001e0       0x20
.bss            0x0000000000300000     0x9000
 .bss.big       0x0000000000300000     0x9000 /cache/libpython3.13.a(listobject.o)
"""

# Only the header of an ELF file: no segment.
FIELDS = (b"\x7fELF\x02\x01", 2, 62, 1, 0, 0, HEADER.size, 0, HEADER.size, 56, 0, 64, 1, 0)
CONTENT = HEADER.pack(*FIELDS) + bytes(0x2000 - HEADER.size)
PLAN = BuildPlan("hello", "spt", Path("_build/spt"), Path(), ())


def measured() -> Size:
    frozen = [
        Frozen("os", Origin.STDLIB, "os.py", False, bytes(0x300)),
        Frozen("unikernel", Origin.PROJECT, "unikernel.py", False, bytes(0x10)),
        Frozen("idna.core", Origin.PACKAGE, "packages/idna/core.py", False, bytes(0x40)),
        Frozen("pymirage.boot.key", Origin.PYMIRAGE, "pymirage/boot/key.py", False, bytes(0x50)),
    ]
    return measure(Linked(CONTENT, MAP, 0x80, 0x410), frozen, {"htdocs": [File("index", bytes(0x70))]}, PLAN)


def test_every_part_has_its_place() -> None:
    assert {part.path: part.size for part in measured().parts} == {
        ("stdlib", "os", "os"): 0x300,
        ("hello", "unikernel", "unikernel"): 0x10,
        ("packages", "idna", "idna.core"): 0x40,
        ("pymirage", "pymirage.boot", "pymirage.boot.key"): 0x50,
        ("files", "htdocs", "index"): 0x70,
        ("runtime", "tables", "names of modules and files"): 0x1000 - 0x410,
        ("runtime", "CPython", "listobject"): 0x120,
        ("runtime", "musl", "memcpy"): 0x80,
        ("runtime", "compiled modules", "mypyc"): 0x60,
        ("runtime", "function names", ""): 0x80,
        ("runtime", "headers and alignment", ""): 0x2000 - 0x1000 - 0x120 - 0x80 - 0x60 - 0x80,
    }


def test_parts_add_up() -> None:
    size = measured()
    assert size.total == 0x2000 == sum(part.size for part in size.parts) == sum(size.groups().values())


def test_texts() -> None:
    assert measured().headline() == (
        "0.0 MiB   runtime 0.0 · stdlib 0.0 · pymirage 0.0 · packages 0.0 · files 0.0 · hello 0.0"
    )
    assert table(measured(), 1).splitlines()[1].endswith("10 more")


def test_what_was_left_out_counts_nothing() -> None:
    # All of one piece, the end of another, and nothing of the third.
    left_out = (range(0x200000, 0x200100), range(0x200140, 0x200180))
    size = measure(Linked(CONTENT, MAP, 0x80, 0, left_out), (), {}, PLAN)
    sizes = {part.path: part.size for part in size.parts}
    assert sizes["runtime", "CPython", "listobject"] == 0x20
    assert sizes["runtime", "musl", "memcpy"] == 0x40
    assert sizes["runtime", "compiled modules", "mypyc"] == 0x60
    assert sum(sizes.values()) == size.total
