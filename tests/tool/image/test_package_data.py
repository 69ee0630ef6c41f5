"""Which files of packages are embedded."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymirage.tool.image import package_data
from pymirage.tool.image.closure import Closure, Node
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.modules import Module, Origin
from pymirage.tool.image.package_data import READER, TABLE, collect
from pymirage.tool.image.tables import File


def package(name: str, place: Path, origin: Origin = Origin.PACKAGE) -> Node:
    path = place / "__init__.py"
    return Node(Module(name, origin, path, str(path), True, (place,)), None)


def closure(*nodes: Node) -> Closure:
    return Closure((package(READER, Path("/nowhere"), Origin.STDLIB), *nodes), frozenset())


def write(place: Path, *names: str) -> None:
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(name)


def names(found: dict[str, tuple[File, ...]]) -> list[str]:
    return [file.name for file in found[TABLE]]


def test_all_but_code(tmp_path: Path) -> None:
    write(tmp_path, "__init__.py", "a.py", "a.pyi", "native.so", "py.typed", ".hidden", "__pycache__/a.txt")
    write(tmp_path, "page.html", "deep/down/x", "deep/tool.py")
    assert names(collect(closure(package("app", tmp_path)))) == ["app/deep/down/x", "app/page.html"]


def test_packages_have_their_own(tmp_path: Path) -> None:
    write(tmp_path, "x", "inner/__init__.py", "inner/y", "other/__init__.py", "other/z")
    found = collect(closure(package("app", tmp_path), package("app.inner", tmp_path / "inner")))
    assert names(found) == ["app/inner/y", "app/other/z", "app/x"]


def test_no_way_out_of_the_package(tmp_path: Path) -> None:
    write(tmp_path, "secret", "app/x")
    (tmp_path / "app" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "app" / "within").symlink_to("x")
    assert names(collect(closure(package("app", tmp_path / "app")))) == ["app/within", "app/x"]


def test_only_where_somebody_can_ask(tmp_path: Path) -> None:
    write(tmp_path, "x")
    assert collect(Closure((package("app", tmp_path),), frozenset())) == {}
    assert names(collect(closure(package("app", tmp_path, Origin.STDLIB)))) == []


def test_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "small", "large file")
    monkeypatch.setattr(package_data, "MOST", 10)
    with pytest.raises(ImageError, match=r"the largest is .*large file: an image takes"):
        collect(closure(package("app", tmp_path)))
