"""An image that asks for its description has what `pymirage describe` prints."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.examples.project import pymirage

CONFIG = """\
from pymirage.config import console, info, key, unikernel

word = key("word", str, default='"quoted" {{braces}} \\\\ ü', help="A word.")
app = unikernel("unikernel:main", console.default(), info.{which}(), word=word)
"""
UNIKERNEL = """\
from pymirage.boot import Facts
from pymirage.device import Console


async def main(console: Console, facts: Facts, *, word: str) -> None: ...
"""


@pytest.mark.parametrize("target", ("unix", "spt"))
def test_the_description(target: str, tmp_path: Path) -> None:
    (tmp_path / "unikernel.py").write_text(UNIKERNEL)
    (tmp_path / "config.py").write_text(CONFIG.format(which="described"))
    assert pymirage(tmp_path, "configure", "-t", target).returncode == 0
    printed = pymirage(tmp_path, "describe").stdout
    assert "info.described()" in printed and "braces" in printed
    assert description(tmp_path / "_build" / target / "main.py") == printed


def test_only_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "unikernel.py").write_text(UNIKERNEL)
    (tmp_path / "config.py").write_text(CONFIG.format(which="default"))
    assert pymirage(tmp_path, "configure", "-t", "spt").returncode == 0
    assert description(tmp_path / "_build" / "spt" / "main.py") is None


def description(program: Path) -> str | None:
    """The argument of the call `Facts(…)` in a generated program."""
    calls = [node for node in ast.walk(ast.parse(program.read_text())) if isinstance(node, ast.Call)]
    facts = next(call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Facts")
    found = [word.value for word in facts.keywords if word.arg == "description"]
    return str(ast.literal_eval(found[0])) if found else None
