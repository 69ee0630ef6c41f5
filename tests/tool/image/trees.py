"""Source trees for closure tests: a standard library of a few lines, and an application."""

import sys
from collections.abc import Mapping
from pathlib import Path

from pymirage.tool.image import closure, policy
from pymirage.tool.image.closure import Closure
from pymirage.tool.image.guest import Guest
from pymirage.tool.image.modules import Finder, Origin, Root

C_MODULES = {name: "" for name in policy.START if name.startswith("_") and name not in policy.BOOTSTRAP}


def write_tree(directory: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def tiny_stdlib(directory: Path) -> Path:
    """What every image needs to start, empty."""
    names = [name for name in policy.START if name not in C_MODULES and name not in policy.BOOTSTRAP]
    files = {f"{name.replace('.', '/')}.py": "" for name in names if name != "encodings"}
    files |= {"encodings/__init__.py": "", "importlib/__init__.py": "", "os.py": "", "typing.py": ""}
    files |= dict.fromkeys(policy.BOOTSTRAP.values(), "")
    return write_tree(directory, files)


def finder(tmp_path: Path, application: Mapping[str, str], stdlib: Mapping[str, str] | None = None) -> Finder:
    library = tiny_stdlib(tmp_path / "stdlib")
    write_tree(library, stdlib or {})
    project = write_tree(tmp_path / "project", application)
    packages = tmp_path / "packages"
    return Finder(
        (
            Root(project, Origin.PROJECT, ""),
            Root(packages, Origin.PACKAGE, "packages/"),
            Root(tmp_path / "own", Origin.PYMIRAGE, "", only="pymirage"),
            Root(library, Origin.STDLIB, "python3.13/"),
        ),
        C_MODULES,
    )


def close(
    tmp_path: Path,
    application: Mapping[str, str],
    stdlib: Mapping[str, str] | None = None,
    include: tuple[str, ...] = (),
) -> Closure:
    """The closure of an application whose generated start file is `main.py`."""
    search = finder(tmp_path, application, stdlib)
    main = closure.main_module(tmp_path / "project" / "main.py")
    with Guest(Path(sys.executable), sys.version, tmp_path / "cache") as guest:
        return closure.compute(main, include, search, guest)


def own(found: Closure) -> set[str]:
    """Names beyond what every image has."""
    always = {*policy.START, "importlib"}
    return {node.module.name for node in found.nodes} - always
