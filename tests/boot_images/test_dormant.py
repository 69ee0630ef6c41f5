"""What an image from memory leaves out until somebody asks: functions, tables of attributes, room in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.boot_images.harness import COLD, Lab

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def initialised() -> None:
    if COLD:
        pytest.skip("PYMIRAGE_COLD: images are cold")


FUNCTIONS = '''\
from __future__ import annotations

import asyncio
import functools
import inspect
from dataclasses import dataclass


def plain(first, second=2, /, third=3, *rest, fourth: int = 4, **more) -> str:
    """A docstring."""
    return f"{first} {second} {third} {rest} {fourth} {more}"


def counter(start):
    def count():
        nonlocal start
        start += 1
        return start

    return count


COUNT, OTHER = counter(10), counter(20)


def numbers(end):
    for number in range(end):
        yield number


async def double(number):
    await asyncio.sleep(0)
    return 2 * number


async def doubles(end):
    for number in range(end):
        yield await double(number)


def logged(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return "logged", function(*arguments)

    return wrapper


@logged
def decorated(text: str) -> str:
    return text.upper()


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    @property
    def sum(self):
        return self.x + self.y

    def __getitem__(self, index):
        return (self.x, self.y)[index]

    def __eq__(self, other):
        return self.x == other.x

    __hash__ = None

    @classmethod
    def origin(cls):
        return cls(0, 0)

    @staticmethod
    def name():
        return "point"


class Point3(Point):
    def __init__(self, x, y, z):
        super().__init__(x, y)
        self.z = z


class Fallback:
    def __getattr__(self, name):
        return name * 2


@dataclass(frozen=True, order=True)
class Pair:
    left: int
    right: str = "r"


def renamed():
    return "renamed"


def replaced():
    return "old"


def replacement():
    return "new"


def described():
    "One."


def undescribed():
    "Two."


def annotated(value: list[int] | None = None) -> dict[str, int]:
    return {}


def recursive(number):
    return number * recursive(number - 1) if number else 1


def hot():
    point, total = Point(1, 2), 0
    for number in range(2000):
        total += point.sum + point[0] + Point(number, 1).x + recursive(2)
        total += Point3(1, 2, 3).sum + len(Fallback().ab) + plain(1).count("1") + (point == point)
    return total


async def main(*, everything: bool) -> None:
    if not everything:
        return  # so the rehearsal of a start runs nothing else
    print(plain.__doc__, plain.__defaults__, plain.__kwdefaults__, plain.__name__)
    print(inspect.signature(plain), annotated.__annotations__, plain(0, 1, 2, 9, z=1))
    print(COUNT(), COUNT(), OTHER(), COUNT.__qualname__, COUNT.__code__ is OTHER.__code__)
    print(list(numbers(3)), [number async for number in doubles(3)], asyncio.iscoroutinefunction(double))
    print(decorated("text"), decorated.__wrapped__.__qualname__, decorated.__annotations__)
    print(Point.origin().sum, Point.name(), Point(1, 2)[1], Point(1, 2) == Point(1, 3))
    print(Pair(1), Pair(1) < Pair(2), hash(Pair(1)) == hash(Pair(1)), hot())
    renamed.__qualname__ = "other"
    print(renamed.__qualname__, renamed(), repr(Point.name).split(" at ")[0])
    replaced.__code__ = replacement.__code__
    print(replaced(), replacement(), recursive.__code__.co_varnames)
    described.__doc__ += " More."
    del undescribed.__doc__
    print(described.__doc__, undescribed.__doc__, described(), undescribed(), decorated.__doc__, hot.__doc__)
    annotated.__annotations__ = {"return": "set"}
    print(annotated(), annotated.__annotations__)
    try:
        Point(1, 2, 3)
    except TypeError as error:
        print(error)
    try:
        recursive("text")
    except TypeError as error:
        print(error.__traceback__.tb_next.tb_lineno, error.__traceback__.tb_next.tb_frame.f_code.co_name)
'''


EVERYTHING = """\
from pymirage.config import key, unikernel

app = unikernel("unikernel:main", everything=key("everything", bool))
"""


def test_functions_that_did_not_run(lab: Lab) -> None:
    """They are what they are in a cold image: to who calls them, and to who looks at them."""
    project = lab.project({"config.py": EVERYTHING, "unikernel.py": FUNCTIONS})
    boots = [lab.boot(lab.build(project, cold=cold), "--everything") for cold in (True, False)]
    assert [boot.status for boot in boots] == [0, 0], boots[1].console
    cold, resumed = (boot.console for boot in boots)
    assert resumed == cold
    assert "logged" in cold and "(first, second=2, /, third=3, *rest, fourth: 'int' = 4" in cold
    size = json.loads((project.build / lab.target / "size.json").read_text())
    named = {tuple(part["path"]): part["size"] for part in size["parts"]}
    assert named["memory", "tables", "functions that did not run"] > 100_000
    # Of the application's own functions only `main` ran; the code of COUNT and OTHER is the same object.
    assert named["memory", "functions", "unikernel.py"] < 3000


TABLES = """\
import sys
from collections import OrderedDict

GROWING = {f"key {number}": number for number in range(13)}
SMALL = {"one": 1}
NUMBERS = {number: str(number) for number in range(5)}
POPPED = {"a": 1, "b": 2, "c": 3, "d": 4}
ORDERED = OrderedDict(a=1, b=2)


class Empty:
    pass


class Plain:
    kind = "class attribute"

    def method(self):
        return self.kind


class Error(Exception):
    pass


class Shared:
    def __init__(self):
        self.one, self.two = 1, 2


SHARED = Shared()
SHARED_DICT = vars(Shared())


def attributes():
    plain, total = Plain(), 0
    for number in range(2000):
        one = Plain()
        one.number = number
        one.kind if number % 2 else setattr(one, "kind", "own")
        total += one.number + len(one.method()) + len(plain.method()) + len(vars(one))
    return total


def another_class():
    empty = Empty()
    vars(empty)["kind"] = "of its dictionary"
    empty.__class__ = Plain
    return {empty.method() for _ in range(2000)}


def many():
    return [setattr(SHARED, f"name{number}", number) or number for number in range(50)][-1]


async def main() -> None:
    print(another_class(), attributes(), Plain().method())
    error = Error("text")
    error.note = 1
    print(vars(error), vars(Error("other")), vars(Empty()))
    for number in range(100):
        GROWING[f"new {number}"] = SMALL[f"new {number}"] = NUMBERS[1000 + number] = number
    print(len(GROWING), GROWING["key 12"], GROWING["new 99"], len(SMALL), list(SMALL)[:2])
    print(NUMBERS[4], NUMBERS[1099])
    print(POPPED.popitem(), POPPED.copy(), {**POPPED, "e": 5}, POPPED | {"f": 6})
    POPPED["g"] = 7
    POPPED.clear()
    # Tables of eight that are thrown away are used again: a short one must not be.
    tables = [{str(index): index for index in range(5)} for _ in range(500)]
    print(POPPED, sum(sum(table.values()) for table in tables), sys.getsizeof({"a": 1}))
    ORDERED["c"] = 3
    ORDERED.move_to_end("a")
    print(list(ORDERED), SHARED_DICT, many(), len(vars(SHARED)), SHARED.two, vars(Shared()))
    SHARED_DICT["three"] = 3
    print(SHARED_DICT, sys.intern("".join(["me", "thod"])) is next(n for n in vars(Plain) if n == "method"))
"""


def test_tables_are_as_large_as_what_they_hold(lab: Lab) -> None:
    project = lab.project({"unikernel.py": TABLES})
    boots = [lab.boot(lab.build(project, cold=cold)) for cold in (True, False)]
    assert [boot.status for boot in boots] == [0, 0], boots[1].console
    assert boots[0].console == boots[1].console


IMPORTS = """\
async def main() -> None:
    import colorsys

    print(colorsys.rgb_to_hsv(0, 0, 1))
"""


def test_bytecode_of_modules_that_were_not_imported(lab: Lab) -> None:
    image = lab.build({"unikernel.py": IMPORTS})
    assert lab.boot(image).console == "(0.6666666666666666, 1.0, 1)\n"
    if lab.target != "unix":
        return
    # Other targets' tenders refuse a damaged image before it starts.
    content = bytearray(image.path.read_bytes())
    place = content.index(b"python3.13/colorsys.py")
    content[place - 100 : place] = bytes(100)
    damaged = image.path.with_name("damaged")
    damaged.write_bytes(content)
    damaged.chmod(0o755)
    boot = lab.boot(damaged)
    assert boot.status == 1 and "ImportError: Frozen object named 'colorsys' is invalid" in boot.console


def test_size(lab: Lab) -> None:
    """At most 1.3 times the cold image."""
    if lab.target != "spt":
        pytest.skip("about the same on every target")
    project = lab.project(ROOT / "examples" / "03-hello-key")
    cold, resumed = (lab.build(project, cold=cold).path.stat().st_size for cold in (True, False))
    assert resumed < 1.3 * cold
