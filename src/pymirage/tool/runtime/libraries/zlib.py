"""zlib: DEFLATE (RFC 1951) and what is around it, for the standard library's `zlib`, `gzip`, `zipfile`.

The reference implementation, because it changes once in years and adds 69 KiB to an image. zlib-ng has the
same interface and is faster with vector instructions; it is the one to take if that ever counts.
"""

from __future__ import annotations

from pathlib import Path

from pymirage.tool.runtime.libraries.library import Library, Work
from pymirage.tool.runtime.progress import Step
from pymirage.tool.runtime.sources import ZLIB as SOURCE

# Without gz*.c: `gzip` is Python over `zlib`, and an image has no files to open by name.
FILES = (
    *("adler32", "compress", "crc32", "deflate", "inffast", "inflate", "inftrees", "trees", "uncompr"),
    "zutil",
)


def make(work: Work) -> None:
    work.meter.begin("compile zlib")
    objects = []
    for name in FILES:
        target = work.tree / f"{name}.o"
        work.run.run((*work.cc, "-O2", "-DHAVE_UNISTD_H", "-c", f"{name}.c", "-o", target), work.tree)
        objects.append(target)
    work.archive("libz.a", objects)
    module = work.cpython / "zlibmodule.o"
    work.run.run((*work.core, "-I", str(work.tree), "-c", "zlibmodule.c", "-o", module), work.cpython)
    work.archive("libpython-zlib.a", [module])


ZLIB = Library(
    name="zlib",
    source=SOURCE,
    modules={"zlib": "PyInit_zlib"},
    steps=(Step("compile zlib", 5),),
    make=make,
    cpython=("Modules/zlibmodule.c", "Modules/clinic/zlibmodule.c.h"),
    recipe=Path(__file__),
)
