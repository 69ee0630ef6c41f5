"""Hot modules: compiled into the image, they load and compute what the interpreter computes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymirage.tool.image import elf
from pymirage.tool.image.error import ImageError
from tests.boot_images.harness import COLD, Lab, callers

# What mypyc is used for: native integers, classes and their parents, enums, generators, closures,
# exceptions, module constants, imports among hot modules, bytes.
HOT = '''\
# pymirage: hot
"""Compiled in an image, interpreted on a host."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import Final, final

from mypy_extensions import i64

from hot.constants import LIMIT
from hot.sub.tables import SQUARES


class Kind(Enum):
    ODD = 1
    EVEN = 2


class Shape(ABC):
    @abstractmethod
    def area(self) -> int: ...


@final
class Box(Shape):
    def __init__(self, width: i64, height: i64) -> None:
        self.width: Final = width
        self.height: Final = height

    def area(self) -> int:
        return self.width * self.height


def checksum(data: bytes) -> i64:
    total: i64 = 0
    for octet in data:
        total = (total * 31 + octet) & 0xFFFFFFFF
    return total


def kind(number: int) -> Kind:
    return Kind.EVEN if number % 2 == 0 else Kind.ODD


def countdown(start: int) -> list[int]:
    def steps() -> object:
        yield from range(start, 0, -1)

    return list(steps())  # type: ignore[call-overload]


def divided(a: int, b: int) -> str:
    try:
        return str(a // b)
    except ZeroDivisionError as error:
        return f"caught {error}"


def report() -> list[str]:
    shape: Shape = Box(6, 7)
    return [
        str(shape.area()),
        str(checksum(b"pymirage" * 100)),
        str(kind(LIMIT)),
        str(countdown(5)),
        divided(7, 0),
        divided(1 << 70, 3),
        str(SQUARES[9]),
        f"{LIMIT:>8}|{'x' * 3!r}",
    ]
'''
FILES = {
    "hot/__init__.py": "# pymirage: hot\n",
    "hot/core.py": HOT,
    "hot/constants.py": "# pymirage: hot\nLIMIT = 1 << 20\n",
    # In a package that is interpreted, inside of one that is compiled.
    "hot/sub/__init__.py": "",
    "hot/sub/tables.py": "# pymirage: hot\nSQUARES = [n * n for n in range(10)]\n",
    "unikernel.py": (
        "from hot import core\n\n\nasync def main() -> None:\n"
        "    print(type(core.report).__name__)\n    print('\\n'.join(core.report()))\n"
    ),
}


def interpreted(directory: Path) -> list[str]:
    program = "from hot import core; print('\\n'.join(core.report()))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_compiled_and_interpreted_agree(lab: Lab) -> None:
    project = lab.project(FILES)
    image = lab.build(project)
    assert image.compiled == 4
    run = lab.boot(image)
    assert run.status == 0, run.console
    kind, *results = run.console.splitlines()
    assert kind == "builtin_function_or_method"
    assert results == interpreted(project.directory)


def test_pymirage_s_own_hot_modules(lab: Lab) -> None:
    body = (
        "from pymirage import octets\n\n\nasync def main() -> None:\n"
        "    print(type(octets.u16).__name__, octets.u16(b'\\1\\2', 0))\n"
        "    print(octets.checksum(b'\\0\\1' * 9, 0, 18))\n"
    )
    run = lab.boot(lab.build({"unikernel.py": body}))
    assert run.console == "builtin_function_or_method 258\n65526\n"


def test_traceback_of_compiled_code(lab: Lab) -> None:
    files = {
        "hot.py": "# pymirage: hot\ndef f(x: int) -> int:\n    return 1 // x\n",
        "unikernel.py": "import hot\n\n\nasync def main() -> None:\n    hot.f(0)\n",
    }
    run = lab.boot(lab.build(files))
    assert run.status == 1
    assert 'File "hot.py", line 3, in f\n' in run.console


def test_librt_comes_along(lab: Lab) -> None:
    files = {
        "hot.py": (
            "# pymirage: hot\nfrom librt.strings import BytesWriter, read_i32_be\n\n\n"
            "def f(data: bytes) -> bytes:\n    writer = BytesWriter()\n"
            "    writer.append(read_i32_be(data, 0) & 0x7F)\n    writer.write(data)\n"
            "    return writer.getvalue()\n"
        ),
        "unikernel.py": "import hot\n\n\nasync def main() -> None:\n    print(hot.f(b'abcd'))\n",
    }
    assert lab.boot(lab.build(files)).console == "b'dabcd'\n"


def test_type_error_is_one_line(lab: Lab) -> None:
    files = {
        "hot.py": "# pymirage: hot\ndef f(x: int) -> int:\n    return 'text'\n",
        "unikernel.py": "import hot\n\n\nasync def main() -> None:\n    hot.f(0)\n",
    }
    with pytest.raises(ImageError) as caught:
        lab.build(files)
    assert str(caught.value).startswith("hot.py:3: error: Incompatible return value type")
    assert "\n" not in str(caught.value)
    assert "remove `# pymirage: hot`" in str(caught.value)


# Importing it takes several pages of machine code.
LARGE = "# pymirage: hot\n" + "".join(
    f"class C{at}:\n    def __init__(self) -> None:\n        self.a = {at}\n"
    f"    def f(self) -> int:\n        return self.a\nV{at} = C{at}().f()\n"
    for at in range(60)
)
TWICE = """\
import importlib
import sys

import early


async def main() -> None:
    early.V1 += 1
    print(importlib.reload(early) is early)
    del sys.modules["early"]
    print(importlib.import_module("early") is early, early.V1, early.C59().f())
    late = importlib.import_module("late")
    print(late.V1, late.C59().f())
    del sys.modules["late"]
    print(importlib.import_module("late") is late)
"""


def loaded(image: Path, function: str) -> bool:
    """Whether the code of a function is in the image."""
    found = elf.Elf(image.read_bytes())
    (symbol,) = (each for each in found.symbols() if each.name == function)
    return any(0 <= symbol.address - each.address < each.memory_size for each in found.segments)


def test_a_compiled_module_runs_once(lab: Lab) -> None:
    """The code by which it was imported is not in the image; importing it again gives the same module, as
    it does in an image that has the code. What was not imported yet can be.
    """
    image = lab.build({"early.py": LARGE, "late.py": LARGE, "unikernel.py": TWICE})
    assert loaded(image.path, "CPyDef_early_____top_level__") == COLD
    assert loaded(image.path, "CPyDef_late_____top_level__")
    boot = lab.boot(image)
    assert boot.status == 0, boot.console
    assert boot.console == "True\nTrue 2 59\n1 59\nTrue\n"


def test_nothing_calls_the_code_that_imports(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the same code on every target")
    image = lab.build(
        {"early.py": LARGE, "unikernel.py": "import early\n\n\nasync def main() -> None: ...\n"}
    )
    size, found = callers(image.path, ".importing")
    assert size > 20_000
    # And by address mypyc's CPyImport_Exec. Both know what has run.
    assert {name.partition(".")[0] for name in found} <= {"import_module"}
