"""A static CPython of the images' version for Linux: the first process of the guest beside `bench/virtio.py`.

From the same pinned sources, with the optimisation that CPython's own build chooses (-O3, the C library the
host's), and with what asyncio uses on Linux: sockets, epoll, the C accelerators. Built once (minutes) into
`$XDG_CACHE_HOME/pymirage/bench-python-…`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from pymirage.tool.runtime import cache
from pymirage.tool.runtime.process import Runner
from pymirage.tool.runtime.sources import CPYTHON, obtain
from pymirage.tool.runtime.unpack import copy_tree, unpack

MODULE = Path(__file__).parent / "peers" / "machine_module.c"
# Modules that want a library, or are CPython's own tests.
LEFT_OUT = (
    *("_ctypes", "_curses", "_curses_panel", "_tkinter", "_dbm", "_gdbm", "_sqlite3", "_ssl", "_hashlib"),
    *(
        "_bz2",
        "_lzma",
        "zlib",
        "readline",
        "_uuid",
        "_ctypes_test",
        "_testbuffer",
        "_testcapi",
        "_testclinic",
    ),
    *("_testclinic_limited", "_testexternalinspection", "_testimportmultiple", "_testinternalcapi"),
    *("_testlimitedcapi", "_testmultiphase", "_testsinglephase", "_xxtestfuzz", "xxlimited", "xxlimited_35"),
    "xxsubtype",
)
SETUP = f"*static*\n_machine {MODULE.name}\n*disabled*\n{' '.join(LEFT_OUT)}\n"
CONFIGURE = (
    *(
        "--prefix=/",
        "--disable-shared",
        "--disable-test-modules",
        "--without-ensurepip",
        "--without-readline",
    ),
    "--with-pkg-config=no",
)
VARIABLES = {
    "MODULE_BUILDTYPE": "static",
    "LDFLAGS": "-static",
    "LINKFORSHARED": " ",
    "PKG_CONFIG": "/bin/false",
}
UNWANTED = ("Doc", "Lib/test", "Lib/idlelib", "Lib/pydoc_data", "Lib/tkinter", "Lib/ensurepip")


def make(directory: Path) -> None:
    """Fills `directory` with bin/python3.13 and lib/python3.13."""
    tree = unpack(obtain(CPYTHON, None, lambda _: None), directory, UNWANTED)
    shutil.copy(MODULE, tree / "Modules")
    build = directory / "build"
    (build / "Modules").mkdir(parents=True)
    (build / "Modules" / "Setup.local").write_text(SETUP)
    run = Runner(cache.root() / "log" / "bench-python.log")
    run.run((f"../{tree.name}/configure", *CONFIGURE), build, **VARIABLES)
    run.run(("make", f"-j{len(os.sched_getaffinity(0))}", "python"), build)
    (directory / "bin").mkdir()
    run.run(("strip", "-o", directory / "bin" / "python3.13", "python"), build)
    copy_tree(tree / "Lib", directory / "lib" / "python3.13")
    # The interpreter recognises its prefix by this directory.
    (directory / "lib" / "python3.13" / "lib-dynload").mkdir()
    for work in (build, tree):
        shutil.rmtree(work)


def python() -> Path:
    """The directory that holds it."""
    facts = repr((CPYTHON.sha256, SETUP, CONFIGURE, VARIABLES, MODULE.read_bytes()))
    return cache.ensure(cache.root() / f"bench-python-{sha256(facts.encode()).hexdigest()[:16]}", make)


# Bytecode that needs no source beside it, and has no docstrings.
COMPILE = """
import sys
target, place, *names = sys.argv[1:]
sys.path.insert(0, place)
for name in names:
    __import__(name)
files = [module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
import os.path, py_compile
for file in files:
    for start, folder in ((place, "app"), (sys._stdlib_dir, "lib/python3.13")):
        if file.startswith(start + "/") and file.endswith(".py"):
            path = os.path.join(target, folder, file[len(start) + 1:] + "c")
            py_compile.compile(file, path, doraise=True, optimize=2,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""


def bytecode(modules: tuple[str, ...], place: Path, target: Path) -> None:
    """Compiles what `modules` load into `target`: those in `place` into app/, the library's into lib/."""
    program = python() / "bin" / "python3.13"
    subprocess.run([program, "-S", "-E", "-B", "-c", COMPILE, target, place, *modules], check=True)
