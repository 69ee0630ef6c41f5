"""Imports point down: which layer may import which (DESIGN.md, "Layers and the import rule").

Every import statement counts, also those inside functions and under `if TYPE_CHECKING`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pymirage

PACKAGE = Path(pymirage.__file__).parent

# A layer (a folder or module of the package) and what it may import. The package itself holds the version.
LAYERS: dict[str, set[str]] = {
    "": set(),
    "error": set(),
    "octets": set(),
    "device": {"error"},
    "wire": {"error", "octets"},
    "driver": {"device", "error", "octets", "wire"},
    "net": {"device", "error", "octets", "wire"},
    "security": {"error", "octets", "wire"},
    "protocol": {"error", "octets", "security", "wire"},
    "storage": {"device", "error", "octets", "security"},
    "web": {"device", "error", "octets", "protocol", "sched", "security", "storage"},
    "sched": {"device", "driver", "error", "net", "octets", "protocol", "security", "storage", "wire"},
    "boot": {"", "device", "driver", "error", "sched"},
    "config": {"", "boot", "device", "error"},
    "tool": {"", "boot", "config", "device", "driver", "error", "net", "security", "storage", "wire"},
    "fleet": {"", "config", "error", "tool"},
    "__main__": {"tool"},
}

# Layers that run on hosts only, and may use the project's dependencies.
HOST_ONLY = {"tool", "config", "fleet", "__main__"}

# The half of a package that only hosts take; what an image takes of it is decided by what there is to import.
ON_HOSTS = {"security/crypto/pyca/": {"cryptography"}}

# What needs a package from PyPI, which the configuration of an image that uses it names.
WITH_PACKAGES = {"web/http2/": {"h2"}, "web/asgi/websocket.py": {"wsproto"}}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def layer_of(module: str) -> str:
    """`pymirage.device.net` is of layer `device`, `pymirage` itself of layer ``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def name_of(path: Path) -> str:
    parts = ["pymirage", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return any(found.exists() for found in (path.with_suffix(".py"), path.with_suffix(".pyi"), path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every imported module; `from a import b` is a.b where that is a module."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                name = f"{base}.{alias.name}"
                yield node.lineno, name if base.startswith("pymirage") and is_module(name) else base


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    layer = layer_of(name_of(path))
    assert layer in LAYERS, f"{path}: a new layer: say in LAYERS what it may import"
    where = str(path.relative_to(PACKAGE))
    for line, module in imports(path):
        top = module.split(".")[0]
        if top == "pymirage":
            allowed = layer_of(module) in LAYERS[layer] | {layer}
            assert allowed, f"{where}:{line}: {layer or 'pymirage'} may not import {module}"
        elif layer not in HOST_ONLY:
            beyond = ON_HOSTS | WITH_PACKAGES
            more = {name for folder, names in beyond.items() if where.startswith(folder) for name in names}
            known = top in sys.stdlib_module_names or top in {"mypy_extensions", "librt", *more}
            assert known, f"{where}:{line}: an image has the standard library only, not {module}"
