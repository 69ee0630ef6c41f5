"""An image is older than the project when something that it was made of has changed, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pymirage.config.target import TARGETS
from pymirage.tool.age import changed_since
from pymirage.tool.configured import Configured, Request, configure
from pymirage.tool.image import made_of
from pymirage.tool.image.closure import Closure, Node
from pymirage.tool.image.modules import Module, Origin
from pymirage.tool.image.plan import read
from pymirage.tool.project import Project

CONFIG = """
from pymirage.config import kv, unikernel
demo = unikernel("unikernel:main", kv.crunch("htdocs"))
"""
UNIKERNEL = """
from pymirage.device import KeyValueReader
from words import greeting
async def main(pages: KeyValueReader) -> None: ...
"""
FILES = {
    "config.py": CONFIG,
    "unikernel.py": UNIKERNEL,
    "words/greeting.py": "",
    "words/unused.py": "",
    "test_unikernel.py": "",
    "htdocs/css/style.css": "",
}


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return configure(Project(tmp_path), Request(TARGETS["spt"]))


@pytest.fixture
def image(configured: Configured) -> Path:
    """Built just now, as far as files tell."""
    plan = read(configured.project.of_target(configured.target))
    names = {"unikernel": "unikernel.py", "words.greeting": "words/greeting.py"}
    modules = [Module(name, Origin.PROJECT, plan.project / file, file) for name, file in names.items()]
    modules.append(Module("__main__", Origin.PROJECT, plan.directory / "main.py", "main.py"))
    modules.append(Module("json", Origin.STDLIB, Path("/usr/lib/json.py"), "python3.13/json.py"))
    made_of.note(Closure(tuple(Node(module, None) for module in modules), frozenset()), plan)
    plan.image.parent.mkdir()
    plan.image.touch()
    return plan.image


def write_later(configured: Configured, image: Path, name: str) -> None:
    later = image.stat().st_mtime + 10
    os.utime(configured.project.directory / name, (later, later))


def test_nothing_has_changed(configured: Configured, image: Path) -> None:
    assert changed_since(configured, image) is None


@pytest.mark.parametrize(
    "name",
    ("config.py", "unikernel.py", "words/greeting.py", "htdocs/css/style.css", "_build/spt/main.py"),
)
def test_what_an_image_is_made_of(configured: Configured, image: Path, name: str) -> None:
    write_later(configured, image, name)
    assert changed_since(configured, image) == Path(name)


@pytest.mark.parametrize("name", ("words/unused.py", "test_unikernel.py"))
def test_what_lies_beside(configured: Configured, image: Path, name: str) -> None:
    write_later(configured, image, name)
    assert changed_since(configured, image) is None


def test_a_module_that_is_gone(configured: Configured, image: Path) -> None:
    (configured.project.directory / "words/greeting.py").unlink()
    assert changed_since(configured, image) is None


@pytest.mark.usefixtures("image")
def test_another_unikernel_was_built_since(configured: Configured) -> None:
    directory = configured.project.of_target(configured.target)
    assert made_of.modules(directory, "demo") == ("unikernel.py", "words/greeting.py")
    assert made_of.modules(directory, "other") == ()
