"""Which imports the scanner sees; it needs no guest, any Python parses these."""

import pytest

from pymirage.tool.image.guest_worker import Scanner


def scan(source: str, module: str = "app.part", is_package: bool = False) -> list[tuple[object, ...]]:
    import ast

    scanner = Scanner(module, is_package)
    scanner.visit(ast.parse(source))
    return list(scanner.imports)


def targets(source: str, module: str = "app.part", is_package: bool = False) -> list[object]:
    return [found[1] for found in scan(source, module, is_package)]


def test_statements() -> None:
    assert targets("import a, b.c as d\nfrom e.f import g") == ["a", "b.c", "e.f"]
    assert scan("from e.f import g, h")[0][2] == ("g", "h")


@pytest.mark.parametrize(
    ("source", "module", "is_package", "target"),
    [
        ("from . import x", "app.part", False, "app"),
        ("from .x import y", "app.part", False, "app.x"),
        ("from .x import y", "app", True, "app.x"),
        ("from ..x import y", "app.sub.part", False, "app.x"),
        ("from . import x", "part", False, ""),
    ],
)
def test_relative(source: str, module: str, is_package: bool, target: str) -> None:
    assert targets(source, module, is_package) == [target]


@pytest.mark.parametrize(
    "condition",
    [
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
        "sys.platform == 'win32'",
        "sys.platform.startswith('win')",
        "os.name == 'nt'",
        "sys.version_info < (3, 8)",
        "__name__ == '__main__'",
        "not True",
        "0",
        "sys.platform == 'win32' and anything",
    ],
)
def test_never_true(condition: str) -> None:
    assert targets(f"if {condition}:\n import a\nelse:\n import b") == ["b"]


def test_main_module_runs_its_main_block() -> None:
    assert targets("if __name__ == '__main__':\n import a", "__main__") == ["a"]


def test_undecided_condition_takes_both() -> None:
    found = scan("if flag:\n import a\nelse:\n import b\nimport c")
    assert [(target, conditional) for _, target, _, _, conditional, *_ in found] == [
        ("a", True),
        ("b", True),
        ("c", False),
    ]


def test_try_makes_optional_and_the_handler_a_fallback() -> None:
    found = scan("try:\n import a\nexcept ImportError:\n import b\nimport c")
    assert [(target, optional, unless) for _, target, _, optional, _, _, unless in found] == [
        ("a", True, ()),
        ("b", False, ("a",)),
        ("c", False, ()),
    ]


def test_try_around_other_errors_changes_nothing() -> None:
    assert not scan("try:\n import a\nexcept KeyError:\n pass")[0][3]


def test_suppress() -> None:
    assert scan("with suppress(ImportError):\n import a")[0][3]


def test_function_is_named() -> None:
    source = (
        "import a\ndef f():\n import b\n def g(): import c\nclass C:\n import d\n async def m(self): import e"
    )
    assert [found[5] for found in scan(source)] == ["", "f", "f", "", "m"]


def test_literal_names() -> None:
    assert targets("importlib.import_module('a.b')\n__import__('c')\nimport_module(name)") == ["a.b", "c"]


def test_codecs() -> None:
    source = "x.encode('latin-1')\nstr(x, 'IDNA')\nopen(p, encoding='utf8')\nx.decode(name)"
    assert targets(source) == ["encodings.latin_1", "encodings.idna", "encodings.utf_8"]


def test_strptime_has_a_hidden_half() -> None:
    assert targets("datetime.strptime(a, b)") == ["_strptime"]
    assert targets("from time import strptime") == ["time", "_strptime"]
