"""Our own modules over OpenSSL: the crypto provider's, and what TLS lacks in CPython's `ssl`."""

from __future__ import annotations

from pathlib import Path

from pymirage.tool.runtime.libraries.library import Library, Work
from pymirage.tool.runtime.libraries.openssl import OPENSSL
from pymirage.tool.runtime.libraries.openssl_modules import OPENSSL_MODULES
from pymirage.tool.runtime.progress import Step


def compile_folder(work: Work, name: str) -> None:
    """runtime/python/`name` to one archive."""
    work.meter.begin(f"compile {name}")
    folder = work.sources / "python" / name
    objects = []
    for source in sorted(folder.glob("*.c")):
        target = work.tree / f"{source.stem}.o"
        work.run.run((*work.cc, "-O2", "-DNDEBUG", *work.includes, "-c", source.name, "-o", target), folder)
        objects.append(target)
    work.archive(f"libpymirage-{name}.a", objects)


def crypto(work: Work) -> None:
    compile_folder(work, "crypto")


def tls(work: Work) -> None:
    compile_folder(work, "tls")


CRYPTO = Library(
    name="crypto",
    modules={"pymirage.security.crypto._libcrypto": "PyInit__libcrypto"},
    below=(OPENSSL,),
    steps=(Step("compile crypto", 2),),
    make=crypto,
    parts=("python/crypto",),
    recipe=Path(__file__),
)
TLS = Library(
    name="tls",
    modules={"pymirage.security.tls._present": "PyInit__present"},
    below=(OPENSSL_MODULES,),
    steps=(Step("compile tls", 1),),
    make=tls,
    parts=("python/tls",),
    recipe=Path(__file__),
)
