"""C libraries that only some images carry, with the modules of CPython that use them.

Each is a layer of the cache of its own, made when an image first reaches one of its modules: who imports no
`zlib` neither builds nor links it. `library` says what a library is, the other files are one library each.
"""

from __future__ import annotations

from collections.abc import Iterable

from pymirage.tool.runtime.libraries.bindings import CRYPTO, TLS
from pymirage.tool.runtime.libraries.library import Library, ensure, library_key, with_below
from pymirage.tool.runtime.libraries.openssl import OPENSSL
from pymirage.tool.runtime.libraries.openssl_modules import OPENSSL_MODULES
from pymirage.tool.runtime.libraries.zlib import ZLIB

__all__ = ["LIBRARIES", "Library", "ensure", "library_key", "modules", "needed"]

LIBRARIES = (ZLIB, OPENSSL, OPENSSL_MODULES, CRYPTO, TLS)


def modules() -> dict[str, str]:
    """Every C module of the libraries with its init function."""
    return {name: symbol for library in LIBRARIES for name, symbol in library.modules.items()}


def needed(names: Iterable[str]) -> tuple[Library, ...]:
    """The libraries that an image with these modules is linked with; what others are built on comes first."""
    wanted = frozenset(names)
    return tuple(with_below([each for each in LIBRARIES if not wanted.isdisjoint(each.modules)]))
