"""Cache keys: the hash of what a result depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

LENGTH = 16


def key(facts: Iterable[str], trees: Iterable[Path] = ()) -> str:
    """Changes when a fact does, or the name or content of a file in one of the trees (or files)."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(f"{len(fact)}:{fact}".encode())
    for tree in trees:
        for path in files(tree):
            content = path.read_bytes()
            name = path.relative_to(tree).as_posix() if path != tree else path.name
            total.update(f"{name}:{len(content)}:".encode() + content)
    return total.hexdigest()[:LENGTH]


def files(tree: Path) -> list[Path]:
    """The files below, sorted; what Python leaves when it imports is none of them."""
    if tree.is_file():
        return [tree]
    found = (path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(found, key=lambda path: path.relative_to(tree).as_posix())
