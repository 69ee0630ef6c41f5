"""What an image leaves out of the standard library, and what static analysis of Python cannot see.

Imports inside functions of the standard library are followed like those at the top of a module: leaving
them out would make `datetime.strptime` or `ChainMap.copy` fail in an image and nowhere else. Followed
blindly they make of `import asyncio` 304 modules and 5.3 MB (the debugger, the test framework, Tk); without
them it is 130 modules and 2.1 MB. The difference comes through a few doors, which this page closes: with it
the closure is 137 modules. A cut only concerns imports that the *standard library* makes optionally or
inside a function; whoever imports such a module himself gets it, as does `include=["pdb"]` in config.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Never pulled in by the standard library itself, with all their submodules.
TOOLS: Final = frozenset({
    # developers' tools, which need a terminal, a browser or source text
    "bdb", "cProfile", "cmd", "code", "compileall", "curses", "distutils", "doctest", "ensurepip", "idlelib",
    "lib2to3", "pdb", "profile", "py_compile", "pydoc", "readline", "rlcompleter", "setuptools", "test",
    "tkinter", "trace", "tracemalloc", "turtle", "unittest", "venv", "webbrowser", "_pyrepl",
    # an image has one process, one thread and no shared libraries
    "ctypes", "multiprocessing", "pty", "subprocess", "tty", "_posixshmem",
    # an image has no users, no installation and no directory of modules
    "getpass", "grp", "importlib.metadata", "importlib.readers", "importlib.resources", "pkgutil", "pwd",
    "runpy", "site", "zipimport",
    # a megabyte of tables; a codec or an escape that needs them says so at run time
    "encodings.idna", "unicodedata",
    # two megabytes of OpenSSL: whoever wants TLS imports `ssl`, and `hashlib` has hashes of its own
    "_hashlib", "_ssl", "ssl",
})  # fmt: skip

# Single doors: (who imports, what, why it is not needed).
CUTS: Final = (
    ("concurrent.futures", "concurrent.futures.process", "an image has one process"),
    ("concurrent.futures", "concurrent.futures.thread", "an image has one thread; executors run inline"),
    ("shutil", "tarfile", "archives of directories, which an image does not have"),
    ("shutil", "zipfile", "the same"),
    ("shutil", "zlib", "only to know whether it could make them"),
    ("logging", "pickle", "only to raise that loggers cannot be pickled"),
    ("typing", "inspect", "only to look at run-time protocols, which import it first"),
)

# A function of this name in the standard library is `python -m MODULE`.
COMMAND_LINES: Final = frozenset({"main", "_main", "_test", "test"})

# Modules that another module puts into `sys.modules`: whoever wants the first gets the second.
PROVIDED: Final[Mapping[str, str]] = {
    "collections.abc": "collections",
    "importlib._bootstrap": "importlib",
    "importlib._bootstrap_external": "importlib",
    "os.path": "os",
}

# The import system itself: frozen under these names, from these files of the standard library.
BOOTSTRAP: Final[Mapping[str, str]] = {
    "_frozen_importlib": "importlib/_bootstrap.py",
    "_frozen_importlib_external": "importlib/_bootstrap_external.py",
}

# What the interpreter imports before any program, or in the middle of plain expressions.
START: Final = (
    *BOOTSTRAP,
    "encodings",
    "encodings.ascii",
    "encodings.latin_1",
    "encodings.utf_8",
    "io",
    # warnings.warn in C
    "warnings",
    # copy.copy and pickling of any object: object.__reduce_ex__
    "copyreg",
    # comparing memoryviews of other formats than "B"
    "struct",
    # int: numbers of more than 8000 bits are divided and printed by this
    "_pylong",
    # C modules without which there is no import
    "_abc",
    "_imp",
    "_io",
    "_signal",
    "_thread",
    "_warnings",
    "_weakref",
    "builtins",
    "marshal",
    "posix",
    "sys",
)

# What C modules import when one of their functions is called, or when they are. (`time.strptime` is not here:
# its 100 KiB come with the first module that mentions `strptime`, see guest_worker.)
C_IMPORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "_asyncio": ("asyncio.base_futures", "asyncio.base_tasks", "asyncio.coroutines", "asyncio.events",
                 "asyncio.exceptions", "traceback"),
    "_decimal": ("collections", "numbers"),
    "_elementtree": ("copy", "pyexpat", "xml.etree.ElementPath"),
    "_json": ("json.decoder",),
    "_operator": ("functools",),
    "_pickle": ("_compat_pickle", "codecs", "copyreg", "functools"),
    "_sre": ("re",),
    # OpenSSL is there then, and has faster hashes than `hashlib` has without.
    "_ssl": ("_hashlib",),
    "_zoneinfo": ("io", "weakref", "zoneinfo._common", "zoneinfo._tzpath"),
    "array": ("collections",),
}  # fmt: skip


ZONES: Final = (
    *(
        "Africa",
        "America",
        "America.Argentina",
        "America.Indiana",
        "America.Kentucky",
        "America.North_Dakota",
    ),
    *("Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil", "Canada", "Chile", "Etc", "Europe"),
    *("Indian", "Mexico", "Pacific", "US"),
)

# What is imported under a name that is computed.
COMPUTED: Final[Mapping[str, tuple[str, ...]]] = {
    "anyio._core._eventloop": ("anyio._backends._asyncio",),
    # boot/start.py, where there is something to find. (The other is its own, in a function.)
    "importlib.resources": ("pymirage.boot.resources", "importlib.resources._adapters"),
    # zoneinfo._common; who includes tzdata wants that.
    "tzdata": ("importlib.resources", "tzdata.zoneinfo", *(f"tzdata.zoneinfo.{zone}" for zone in ZONES)),
}


def cut(importer: str, target: str) -> bool:
    """Whether the standard library's `importer` may go without `target`."""
    if any(target == tool or target.startswith(f"{tool}.") for tool in TOOLS):
        return True
    return any(importer == who and target == what for who, what, _ in CUTS)
