"""Reachable modules, and what is said about missing ones."""

from pathlib import Path

import pytest

from pymirage.tool.image.error import ImageError
from tests.tool.image.trees import close, own, write_tree


def test_follows_imports(tmp_path: Path) -> None:
    found = close(
        tmp_path,
        {
            "main.py": "import app.part\nfrom app import other, NAME",
            "app/__init__.py": "NAME = 1",
            "app/part.py": "from . import sibling",
            "app/sibling.py": "",
            "app/other.py": "",
            "app/unused.py": "",
        },
    )
    assert own(found) == {"__main__", "app", "app.part", "app.sibling", "app.other"}


def test_namespace_package(tmp_path: Path) -> None:
    found = close(tmp_path, {"main.py": "import app.part", "app/part.py": ""})
    assert own(found) == {"__main__", "app", "app.part"}
    assert next(node for node in found.frozen() if node.module.name == "app").module.is_package


def test_file_names_are_relative(tmp_path: Path) -> None:
    found = close(tmp_path, {"main.py": "import app.part", "app/__init__.py": "", "app/part.py": ""})
    names = {node.module.name: node.module.filename for node in found.nodes}
    assert names["__main__"] == "main.py"
    assert names["app.part"] == "app/part.py"
    assert names["_frozen_importlib"] == "<frozen importlib._bootstrap>"


def test_standard_library_tools_stay_outside(tmp_path: Path) -> None:
    stdlib = {
        "useful.py": "def debug():\n import pdb\ndef main():\n import argparse",
        "pdb.py": "",
        "argparse.py": "",
    }
    found = close(tmp_path, {"main.py": "import useful"}, stdlib)
    assert own(found) == {"__main__", "useful"}
    assert {"pdb", "argparse"} <= found.left_out


def test_who_imports_a_tool_himself_gets_it(tmp_path: Path) -> None:
    assert "pdb" in own(close(tmp_path, {"main.py": "def f():\n import pdb"}, {"pdb.py": ""}))


def test_include(tmp_path: Path) -> None:
    assert "extra" in own(close(tmp_path, {"main.py": "", "extra.py": ""}, include=("extra",)))
    with pytest.raises(ImageError, match=r"config\.py: include=\['nothing'\]: there is no such module"):
        close(tmp_path, {"main.py": ""}, include=("nothing",))


def test_fallback_only_when_needed(tmp_path: Path) -> None:
    stdlib = {"fast.py": "", "slow.py": ""}
    attempt = "try:\n import {}\nexcept ImportError:\n import slow"
    assert own(close(tmp_path, {"main.py": attempt.format("fast")}, stdlib)) == {"__main__", "fast"}
    assert own(close(tmp_path, {"main.py": attempt.format("absent")}, stdlib)) == {"__main__", "slow"}


def test_stdlib_module_without_its_c_half_is_left_out(tmp_path: Path) -> None:
    stdlib = {"ssl.py": "import _ssl", "net.py": "try:\n import ssl\nexcept ImportError:\n ssl = None"}
    found = close(tmp_path, {"main.py": "import net"}, stdlib)
    assert own(found) == {"__main__", "net"}
    assert "ssl" in found.left_out


def test_requiring_such_a_module_is_an_error_with_the_chain(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        close(tmp_path, {"main.py": "\nimport app", "app.py": "import ssl"}, {"ssl.py": "\n\nimport _ssl"})
    assert str(caught.value) == (
        "python3.13/ssl.py:3: no module named '_ssl' (imported through main.py:2 → app.py:1); "
        "this part of the standard library needs what an image does not have"
    )


def test_missing_module_names_line_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        close(tmp_path, {"main.py": "import app", "app.py": "\ndef later():\n    import requests"})
    assert str(caught.value) == (
        "app.py:3: no module named 'requests' (imported through main.py:1); write the module, or declare its "
        "package with packages=[…] in config.py and run `pymirage lock`"
    )


def test_packages_may_miss_what_only_functions_import(tmp_path: Path) -> None:
    write_tree(tmp_path / "packages", {"lib.py": "def extra():\n import numpy"})
    found = close(tmp_path, {"main.py": "import lib"})
    assert own(found) == {"__main__", "lib"}
    assert "numpy" in found.left_out


def test_optional_import_of_the_application_may_miss(tmp_path: Path) -> None:
    assert own(close(tmp_path, {"main.py": "try:\n import uvloop\nexcept ImportError:\n pass"})) == {
        "__main__"
    }


def test_circular_imports(tmp_path: Path) -> None:
    found = close(tmp_path, {"main.py": "import a", "a.py": "import b", "b.py": "import a"})
    assert own(found) == {"__main__", "a", "b"}
    with pytest.raises(ImageError, match="no module named 'absent'"):
        close(tmp_path / "2", {"main.py": "import a", "a.py": "import b", "b.py": "import a, absent"})


def test_the_tool_never_ships(tmp_path: Path) -> None:
    write_tree(tmp_path / "own", {"pymirage/__init__.py": "", "pymirage/config/__init__.py": ""})
    with pytest.raises(ImageError, match=r"main\.py:1: pymirage\.config is part of the tool"):
        close(tmp_path, {"main.py": "import pymirage.config"})


def test_what_lies_beside_pymirage_is_not_found(tmp_path: Path) -> None:
    write_tree(tmp_path / "own", {"pymirage/__init__.py": "", "click.py": ""})
    with pytest.raises(ImageError, match="no module named 'click'"):
        close(tmp_path, {"main.py": "import click"})


def test_syntax_error_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"app\.py:2: "):
        close(tmp_path, {"main.py": "import app", "app.py": "\nthis is no Python"})


def test_hot_mark_in_the_first_five_lines(tmp_path: Path) -> None:
    found = close(
        tmp_path,
        {
            "main.py": "import first, late",
            "first.py": "# Copyright\n# pymirage: hot\n",
            "late.py": "\n\n\n\n\n# pymirage: hot\n",
        },
    )
    assert [node.module.name for node in found.hot()] == ["first"]
    assert "first" not in [node.module.name for node in found.frozen()]


def test_docstrings_stay_in_applications_only(tmp_path: Path) -> None:
    found = close(tmp_path, {"main.py": "'''kept'''\nimport useful"}, {"useful.py": "'''dropped'''"})
    code = {node.module.name: node.compiled.code for node in found.nodes if node.compiled is not None}
    assert b"kept" in code["__main__"]
    assert b"dropped" not in code["useful"]


def test_bytecode_is_the_same_from_the_cache_and_elsewhere(tmp_path: Path) -> None:
    application = {
        "main.py": "import app",
        "app.py": "X = {'b', 'a'}\ndef f(): return ('a', 1.5, {'c', 'd'})",
    }
    runs = [close(tmp_path / place, application) for place in ("one", "one", "two/deeper")]
    codes = [[node.compiled.code for node in run.nodes if node.compiled] for run in runs]
    assert codes[0] == codes[1] == codes[2]


def test_name_of_a_c_module(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"^_io\.py: '_io' is a module of the interpreter; rename yours"):
        close(tmp_path, {"main.py": "import _io", "_io.py": ""})
