"""The data files of packages in an image: what `importlib.resources` finds there.

Frozen modules have no files, so their loader gets what a loader of files has (`importlib.resources.abc`). The
tool embeds them (`tool/image/package_data.py`), each under the path that it has on a host.
"""

from __future__ import annotations

import errno
import io
import sys
from _frozen_importlib import FrozenImporter

from pymirage.driver.solo5 import _contract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any

TABLE = "<package data>"

_files: dict[str, memoryview] = {}


def _table() -> dict[str, memoryview]:
    """Read when it is first asked for: there may be hundreds of files, and nobody who wants them."""
    if not _files:
        _files.update((name, content) for name, content, _ in _contract.crunched(TABLE))
    return _files


class Resource:
    """A file, a directory, or nothing: an `importlib.resources.abc.Traversable`."""

    def __init__(self, path: str) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return self._path.rpartition("/")[2]

    def __repr__(self) -> str:
        return f"Resource({self._path!r})"

    def __truediv__(self, child: str) -> Resource:
        return self.joinpath(child)

    def joinpath(self, *descendants: str) -> Resource:
        parts = self._path.split("/")
        for part in "/".join(map(str, descendants)).split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return Resource("/".join(parts))

    def is_file(self) -> bool:
        return self._path in _table()

    def is_dir(self) -> bool:
        return any(name.startswith(f"{self._path}/") for name in _table())

    def iterdir(self) -> Iterator[Resource]:
        top = f"{self._path}/"
        below = {name[len(top) :].partition("/")[0] for name in _table() if name.startswith(top)}
        return (self.joinpath(name) for name in sorted(below))

    def open(self, mode: str = "r", *arguments: Any, **options: Any) -> IO[Any]:
        content = io.BytesIO(self.read_bytes())
        if mode == "rb":
            return content
        if mode != "r":
            raise ValueError(f"mode {mode!r}: what is part of an image is read, as 'r' or 'rb'")
        return io.TextIOWrapper(content, *arguments, **{"encoding": "utf-8", **options})

    def read_bytes(self) -> bytes:
        content = _table().get(self._path)
        if content is None:
            number = errno.EISDIR if self.is_dir() else errno.ENOENT
            what = "is a directory" if self.is_dir() else "not in this image"
            raise OSError(number, f"package data {what}", self._path)
        return bytes(content)

    def read_text(self, encoding: str | None = None, errors: str = "strict") -> str:
        return self.read_bytes().decode(encoding or "utf-8", errors)


class Reader:
    """What a module's loader gives: the way to the files beside it."""

    def __init__(self, module: str) -> None:
        package = module if hasattr(sys.modules[module], "__path__") else module.rpartition(".")[0]
        self._path = package.replace(".", "/")

    def files(self) -> Resource:
        return Resource(self._path)


def install() -> None:
    FrozenImporter.get_resource_reader = Reader  # type: ignore[attr-defined]
