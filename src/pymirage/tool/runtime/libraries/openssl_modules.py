"""CPython's `_ssl` and `_hashlib` over OpenSSL."""

from __future__ import annotations

from pathlib import Path

from pymirage.tool.runtime.cpython import apply
from pymirage.tool.runtime.cpython_edits import Edit
from pymirage.tool.runtime.libraries.library import Library, Work
from pymirage.tool.runtime.libraries.openssl import OPENSSL
from pymirage.tool.runtime.progress import Step

FLAGS = (
    # CPython insists on an OpenSSL with locks; an image has one thread, and ours has none.
    "-DOPENSSL_THREADS",
    # What of it is deprecated, ours does not have: a protocol of one version.
    "-DOPENSSL_NO_TLS1_2_METHOD",
)

EDITS = (
    # The same. It has always answered NULL since OpenSSL 3.
    Edit("_hashopenssl.c", "func = ERR_func_error_string(errcode);", "func = NULL;"),
)


def make(work: Work) -> None:
    work.meter.begin("compile _ssl")
    for edit in EDITS:
        apply(edit, work.cpython)
    # Its own directory comes first in an include of CPython's: there is no socketmodule.h in it.
    headers = ("-I", str(work.sources / "python" / "ssl"))
    objects = []
    for name in ("_ssl", "_hashopenssl"):
        target = work.cpython / f"{name}.o"
        command: tuple[str | Path, ...] = (
            *work.core,
            *FLAGS,
            *headers,
            *work.includes,
            "-c",
            f"{name}.c",
            "-o",
            target,
        )
        work.run.run(command, work.cpython)
        objects.append(target)
    work.archive("libpython-ssl.a", objects)


OPENSSL_MODULES = Library(
    name="openssl-modules",
    modules={"_ssl": "PyInit__ssl", "_hashlib": "PyInit__hashlib"},
    below=(OPENSSL,),
    steps=(Step("compile _ssl", 5),),
    make=make,
    cpython=("Modules/_ssl", "Modules/clinic/_ssl", "Modules/_hashopenssl", "Modules/clinic/_hashopenssl",
             "Modules/hashlib.h"),
    parts=("python/ssl",),
    recipe=Path(__file__),
)  # fmt: skip
