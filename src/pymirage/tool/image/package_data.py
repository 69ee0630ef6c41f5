"""The data files of an image's packages, where something can read them: `importlib.resources`.

Those are the application's own packages and those from PyPI that the image imports, and of their directories
all that is not code. What nobody can ask for is not embedded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pymirage.tool.image.closure import Closure
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.modules import Module, Origin
from pymirage.tool.image.tables import File

READER = "importlib.resources"
# By this name boot/resources.py asks for it.
TABLE = "<package data>"
CODE = (".py", ".pyc", ".pyi", ".so")
MARKERS = ("py.typed",)
MEBIBYTE = 1 << 20
MOST = 16 * MEBIBYTE


def collect(needed: Closure) -> dict[str, tuple[File, ...]]:
    """A table of files for the image, or none. Raises ImageError when they are larger than can be meant."""
    names = {node.module.name for node in needed.nodes}
    if READER not in names:
        return {}
    packages = [node.module for node in needed.nodes if has_data(node.module)]
    found = {name: path for package in packages for name, path in files(package, names)}
    size = sum(path.stat().st_size for path in found.values())
    if size > MOST:
        largest = max(found.values(), key=lambda path: path.stat().st_size)
        raise ImageError(
            f"the data files of packages have {size >> 20} MiB, the largest is {largest}: an image takes "
            f"{MOST >> 20} MiB of them (keep what is larger on a disk: `pymirage disk create`)"
        )
    return {TABLE: tuple(File(name, found[name].read_bytes()) for name in sorted(found, key=str.encode))}


def has_data(module: Module) -> bool:
    return module.is_package and module.origin in (Origin.PROJECT, Origin.PACKAGE)


def files(package: Module, packages: set[str]) -> Iterator[tuple[str, Path]]:
    """Beside its `__init__.py` and below, but for packages of the image, which have their own."""
    for location in package.locations:
        for directory, below, names in os.walk(location):
            place = Path(directory).relative_to(location)
            top = "/".join([*package.name.split("."), *place.parts])
            below[:] = [
                name for name in below if is_plain(name) and f"{top}/{name}".replace("/", ".") not in packages
            ]
            for name in names:
                path = Path(directory, name)
                if is_plain(name) and is_data(path) and path.resolve().is_relative_to(location.resolve()):
                    yield f"{top}/{name}", path


def is_plain(name: str) -> bool:
    return not name.startswith(".") and name != "__pycache__"


def is_data(path: Path) -> bool:
    return path.suffix not in CODE and path.name not in MARKERS and path.is_file()
