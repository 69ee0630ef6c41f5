"""What a hot module becomes depends on what it uses, and on no other module of the image."""

from pathlib import Path

import pytest

from pymirage.tool.image import compile

FILES = {
    "base.py": (
        "from mypy_extensions import i64\n\nNAME = 'base'\n\n\ndef twice(x: i64) -> i64:\n    return x * 2\n"
    ),
    "user.py": (
        "from mypy_extensions import i64\nfrom base import twice\n\n\n"
        "def four(x: i64) -> i64:\n    return twice(twice(x))\n"
    ),
    "aside.py": "WORDS = ('other', b'literals', 1 << 70, 2.5)\n\n\ndef f() -> str:\n    return 'aside'\n",
}


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def units(stage: Path, *modules: str) -> dict[str, str]:
    request = {"modules": {name: f"{name}.py" for name in modules}, "python": [3, 13], "group": "hot"}
    found: dict[str, str] = compile.drive(request, stage)["units"]
    return found


def test_another_module_changes_nothing(stage: Path) -> None:
    alone, beside = units(stage, "base", "user"), units(stage, "aside", "base", "user")
    assert set(beside) - set(alone) == {"aside"}
    assert {name: beside[name] for name in alone} == alone


def test_a_change_reaches_only_who_uses_it(stage: Path) -> None:
    before = units(stage, "aside", "base", "user")
    (stage / "base.py").write_text(FILES["base.py"].replace("x * 2", "x + x").replace("'base'", "'ground'"))
    after = units(stage, "aside", "base", "user")
    # twice() is inlined into four().
    assert {name for name in before if before[name] != after[name]} == {"base", "user"}


def test_small_functions_are_lent_for_inlining_only(stage: Path) -> None:
    text = units(stage, "base", "user")["user"]
    assert "extern inline __attribute__((gnu_inline)) int64_t CPyDef_base___twice(" in text


def test_a_tuple_is_declared_before_the_object_that_holds_it(stage: Path) -> None:
    (stage / "holder.py").write_text(
        "from typing import final\n\n\n@final\nclass Holder:\n"
        "    def __init__(self) -> None:\n        self.pair: tuple[int, int] = (1, 2)\n"
    )
    text = units(stage, "holder")["holder"]
    assert text.index("} tuple_T2II;") < text.index("} holder___HolderObject;")
