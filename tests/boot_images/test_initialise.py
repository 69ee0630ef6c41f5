"""Images that start where their imports ended: what differs between boots, what does not, what is refused."""

from __future__ import annotations

import json
import os
import re
import select
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymirage.tool import trace as tracing
from pymirage.tool.image import build, elf, plan
from pymirage.tool.image.build import Step
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.initialise import entry, initialise
from pymirage.tool.image.rehearsal import date
from pymirage.tool.trace import OPTION, trace
from tests.boot_images.harness import COLD, PATIENCE, Lab, callers, runtime


@pytest.fixture(autouse=True)
def initialised() -> None:
    if COLD:
        pytest.skip("PYMIRAGE_COLD: images are cold")


MAIN = "async def main() -> None:\n    pass\n"

ALIVE = """\
import enum
import logging
import random
import secrets
import time

from pymirage.boot import when_built, when_started

TABLE = {f"key {number}": number for number in range(1000)}
LOADED = random.Random()
SEEDED = random.Random(7)
HOOKS = []


class Colour(enum.Enum):
    RED = 1


@when_built
def build() -> None:
    HOOKS.append("built")


@when_started
def start() -> None:
    HOOKS.append(f"started {time.time() > 1.7e9}")


async def main() -> None:
    unseen = "".join(["not ", "in the ", "image ", str(len(TABLE))])
    print(random.random(), LOADED.random(), secrets.token_hex(8), sep="\\n")
    print(hash(unseen), hash(unseen.encode()), sep="\\n")
    print("--", SEEDED.random(), hash("key 999"), HOOKS, TABLE["".join(["key ", str(999)])])
    assert {unseen: 1}["not in the image 1000"] == 1
    assert abs(logging._startTime - time.time_ns()) < 60e9
    assert Colour(1) is Colour.RED
"""


def test_what_must_differ_differs(lab: Lab) -> None:
    image = lab.build({"unikernel.py": ALIVE})
    boots = [lab.boot(image) for _ in range(2)]
    assert [boot.status for boot in boots] == [0, 0], boots[0].console
    (one, fixed), (two, again) = (boot.console.split("--") for boot in boots)
    for first, second in zip(one.splitlines(), two.splitlines(), strict=True):
        assert first != second
    assert fixed == again
    assert "['built', 'started True'] 999" in fixed


# The keys are strings that the image does not contain. They collide where the low bits of their hashes do:
# five bits in a dictionary of up to 21 keys.
HASHES = """\
KNOWN = {f"known {number}": number for number in range(2000)}


async def main() -> None:
    candidates = ("".join(["key ", str(number)]) for number in range(64000))
    print([number for number, key in enumerate(candidates) if hash(key) % 32 == 0])
    print(sum(hash("".join(["known ", str(number)])) for number in KNOWN.values()))
"""


def test_colliding_keys_cannot_be_prepared(lab: Lab) -> None:
    """Two thousand keys that share a slot of a dictionary in one boot are spread in the next."""
    if lab.target != "spt":
        pytest.skip("the same code on every target")
    image = lab.build({"unikernel.py": HASHES})
    boots = [lab.boot(image) for _ in range(2)]
    assert [boot.status for boot in boots] == [0, 0], boots[0].console
    (one, known), (two, again) = (boot.console.splitlines() for boot in boots)
    first, second = set(json.loads(one)), set(json.loads(two))
    assert 1700 < len(first) < 2300
    # Of 2000, 62 by chance, with a standard deviation of 8.
    assert len(first & second) < 130
    assert known == again


def test_a_cold_image_does_the_same(lab: Lab) -> None:
    boot = lab.boot(lab.build({"unikernel.py": ALIVE}, cold=True))
    assert boot.status == 0 and "['built', 'started True'] 999" in boot.console, boot.console


def test_memory_sizes(lab: Lab) -> None:
    image = lab.build(
        {
            "unikernel.py": "from pymirage.driver.solo5 import _contract\n\n\n"
            "async def main() -> None:\n"
            "    size = _contract.memory()[0] >> 20\n"
            "    print(size, len(bytes((size - 6) // 2 << 20)) > 0)\n"
        }
    )
    sizes = {}
    for megabytes in (16, 17, 64, 1024):
        boot = lab.boot(image, options=[f"--mem={megabytes}"])
        assert boot.status == 0, boot.console
        size, enough = boot.console.split()
        assert enough == "True"
        sizes[megabytes] = int(size)
    # On virtio page tables may lie within the image, and what they leave there is heap.
    tables = 3 if lab.target == "virtio" else 0
    assert abs(sizes[1024] - sizes[64] - 960) <= tables and sizes[17] - sizes[16] == 1


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("__import__('time').time()", "the clock"),
        ("__import__('time').monotonic()", "the clock"),
        ("__import__('os').urandom(4)", "entropy"),
        ("__import__('secrets').token_bytes(4)", "entropy"),
        ("__import__('random').random()", "random numbers"),
        ("__import__('time').sleep(1)", "the clock"),
    ],
)
def test_the_clock_and_entropy_are_refused(lab: Lab, expression: str, what: str) -> None:
    if lab.target != "spt":
        pytest.skip("the build runs the same code for every target")
    source = f"import os, random, secrets, time\n\n\nVALUE = {expression}\n\n\n{MAIN}"
    with pytest.raises(ImageError, match=f"unikernel.py:4: asks for {what} while the image is initialised"):
        lab.build({"unikernel.py": source})
    cold = lab.build(lab.project({"unikernel.py": source}, "cold"), cold=True)
    assert lab.boot(cold).status == 0


def test_swallowing_the_error_does_not_help(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the build runs the same code for every target")
    source = f"import time\n\ntry:\n    NOW = time.time()\nexcept OSError:\n    NOW = 0\n\n\n{MAIN}"
    with pytest.raises(ImageError, match=r"unikernel\.py:4: asks for the clock"):
        lab.build({"unikernel.py": source})


def test_a_failing_stage_fails_the_build(lab: Lab) -> None:
    source = f"def table() -> int:\n    return 1 // 0\n\n\nTABLE = table()\n\n\n{MAIN}"
    project = lab.project({"unikernel.py": source})
    with pytest.raises(
        ImageError, match=r'(?s)cannot be initialised.*"unikernel\.py", line 2.*ZeroDivisionError'
    ):
        lab.build(project)
    assert not project.dist.exists()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "import importlib\n\nPLUGIN = importlib.import_module('WAVE'.lower())",
            "what it imports, or does under @when_built, fails\n(?s:.*)"
            r"No module named 'wave' in this image: add it with include=\['wave'\] in config.py$",
        ),
        ("import sys\n\nsys.exit(3)", "a module ends the program before there is an image of it$"),
    ],
    ids=["import", "exit"],
)
def test_why_a_stage_fails(lab: Lab, source: str, said: str) -> None:
    if lab.target != "spt":
        pytest.skip("the build runs the same code for every target")
    with pytest.raises(ImageError, match=f"cannot be initialised: .*{said}"):
        lab.build({"unikernel.py": f"{source}\n\n\n{MAIN}"})


def test_what_is_printed_meanwhile_is_told(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the build runs the same code for every target")
    project = lab.project({"unikernel.py": f"print('a table')\nprint('of two')\n\n\n{MAIN}"})
    image = lab.build(project)
    steps: list[Step] = []
    build.build(plan.read(project.build / lab.target), runtime(lab.target), steps.append)
    assert [step.text for step in steps if step.name == "said"] == ["a table", "of two"]
    assert lab.boot(image).console == ""


ABANDON = """
import os, subprocess, sys
subprocess.Popen(sys.argv[1:], pass_fds=[int(os.environ["ALIVE"])])
while not os.path.exists(sys.argv[-2]):
    pass
"""


def test_a_build_that_is_killed_leaves_nothing_behind(lab: Lab, tmp_path: Path) -> None:
    if lab.target != "spt":
        pytest.skip("the build runs the same code for every target")
    source = f"import os\n\nwhile not os.path.exists('/ended'):\n    pass\n\n\n{MAIN}"
    linked = lab.build({"unikernel.py": source}, cold=True).path
    command = [
        str(runtime(lab.target).initialiser),
        str(entry(linked.read_bytes())),
        str(linked),
        str(tmp_path / "memory"),
        str(date.EARLIEST),
    ]
    reading, alive = os.pipe()
    try:
        # Who waits for it ends, and it would go on for ever.
        subprocess.run(
            [sys.executable, "-c", ABANDON, *command],
            pass_fds=[alive],
            env={"ALIVE": str(alive)},
            check=True,
        )
    finally:
        os.close(alive)
    ended, _, _ = select.select([reading], [], [], 300)
    os.close(reading)
    assert ended


def test_report_names_memory(lab: Lab) -> None:
    project = lab.project({"unikernel.py": MAIN})
    image = lab.build(project)
    size = json.loads((project.build / lab.target / "size.json").read_text())
    assert size["total"] == image.path.stat().st_size == sum(part["size"] for part in size["parts"])
    assert all(part["size"] >= 0 for part in size["parts"])
    named = {tuple(part["path"]): part["size"] for part in size["parts"]}
    assert named["memory", "functions", "python3.13/asyncio/base_events.py"] > 5_000
    assert named["memory", "tables", "functions that did not run"] > 100_000
    assert named["memory", "objects", "dict"] > 100_000
    # Imported: its bytecode is not needed again.
    assert not any(path[-1] == "asyncio.base_events" for path in named)


def test_zero_pages_are_not_in_the_file(lab: Lab) -> None:
    content = lab.build({"unikernel.py": MAIN}).path.read_bytes()
    loads = [segment for segment in elf.Elf(content).segments if (segment.type, segment.flags) == (1, 6)]
    pages = [
        content[at : at + 4096]
        for segment in loads
        for at in range(segment.offset, segment.offset + segment.file_size, 4096)
    ]
    assert sum(page == bytes(4096) for page in pages) < len(pages) // 20


# What an image brings along lies without heads and without room to grow: it is copied when it grows, and
# never freed.
THROWN_AWAY = """\
import gc
import html
import json
import sys
from array import array
from collections import OrderedDict, defaultdict, deque
from io import BytesIO

LENGTHS = (0, 1, 7, 100, 3000)
LISTS = [list(range(length)) for length in LENGTHS]
DICTS = [{str(key): key for key in range(length)} for length in LENGTHS]
SETS = [set(range(length)) for length in LENGTHS]
ORDERED = [OrderedDict((key, str(key)) for key in range(length)) for length in LENGTHS]
QUEUES = [deque(range(length)) for length in LENGTHS]
OCTETS = [bytearray(range(100)) * length for length in LENGTHS]
ARRAYS = [array("Q", range(length)) for length in LENGTHS]
FILES = [BytesIO(bytes(100) * length) for length in LENGTHS]
TEXT = ["ä" * length for length in LENGTHS]


class Node:
    def __init__(self, name: int) -> None:
        self.name = name
        self.me = self


NODES = [Node(number) for number in range(1000)]


def churn() -> None:
    for number in range(3000):
        for each in LISTS:
            each.append(number)
        for each in DICTS:
            each["new", number] = number
        for each in SETS:
            each.add(-number)
        for each in ORDERED:
            each[-number] = each.pop(number, "")
        for each in QUEUES:
            each.appendleft(number)
            each.rotate(1)
        for each in OCTETS:
            each += b"0123456789"
        for each in ARRAYS:
            each.append(number)
        for each in FILES:
            each.write(b"more")
        for at, each in enumerate(NODES[number % 7 : number : 97]):
            each.__dict__[f"attribute {number % 5}"] = at
    for each in LISTS, SETS, ORDERED, QUEUES, OCTETS, DICTS:
        while each:
            each.pop().clear()
    TEXT[:] = [each + "ö" for each in TEXT]


async def main() -> None:
    assert [sum(each) for each in LISTS] == [sum(range(length)) for length in LENGTHS]
    churn()
    assert [len(each) for each in TEXT] == [length + 1 for length in LENGTHS]
    assert [each[-1] for each in ARRAYS] == [2999] * 5 and len(ARRAYS[-1]) == 6000
    assert [len(each.getvalue()) for each in FILES] == [12000, 12000, 12000, 12000, 300000]
    assert all(node.me is node and node.name == at for at, node in enumerate(NODES))
    NODES.clear()
    for name in [name for name in sys.modules if name.startswith(("html", "json"))]:
        vars(sys.modules.pop(name)).clear()
    gc.collect()
    kept = [[number] * 50 for number in range(2000)]
    assert all(set(each) == {number} for number, each in enumerate(kept))
    print("alive")
"""


def test_what_the_image_brought_along_grows_and_goes(lab: Lab) -> None:
    boot = lab.boot(lab.build({"unikernel.py": THROWN_AWAY}))
    assert boot.status == 0 and boot.console == "alive\n", boot.console


def test_what_lives_lies_densely(lab: Lab, tmp_path: Path) -> None:
    """The guess which allocations live to the end is right nearly always, for objects in sets, too."""
    if lab.target != "spt":
        pytest.skip("the build runs the same code for every target")
    source = "import ast, inspect\n\nOBJECTS = {type(f'T{n}', (), {}) for n in range(100)}\n"
    source += f"NAMES = [each.__name__ for each in OBJECTS]\n\n\n{MAIN}"
    linked = lab.build({"unikernel.py": source}, cold=True).path.read_bytes()
    packing = initialise(linked, runtime(lab.target).initialiser, tmp_path).packing()
    assert packing.region > 4_000_000
    assert packing.in_vain + packing.elsewhere < packing.region // 50


def truncated(image: Path, size: int) -> Path:
    short = image.with_name("short")
    short.write_bytes(image.read_bytes()[:size])
    short.chmod(0o755)
    return short


def test_a_truncated_image_is_refused(lab: Lab) -> None:
    if lab.target == "unix":
        pytest.skip("the host's kernel loads it")
    image = lab.build({"unikernel.py": "async def main() -> None:\n    print('alive')\n"})
    boot = lab.boot(truncated(image.path, image.path.stat().st_size * 3 // 4))
    assert boot.status == 1 and "truncated or damaged image" in boot.console


def damaged(image: Path, at: int) -> Path:
    content = bytearray(image.read_bytes())
    content[at] ^= 0x10
    other = image.with_name("damaged")
    other.write_bytes(content)
    other.chmod(0o755)
    return other


def test_a_damaged_page_is_refused(lab: Lab) -> None:
    """By the tender; by itself on virtio, where a tenth of its places must do, as QEMU takes its time."""
    if lab.target == "unix":
        pytest.skip("the host's kernel loads it")
    image = lab.build({"unikernel.py": MAIN}).path
    file = elf.Elf(elf.without_loaded_symbols(image.read_bytes()))
    segments = [each for each in file.segments if each.type == elf.PT_LOAD and each.flags and each.file_size]
    places = [each.offset + each.file_size - 5 for each in segments]
    if lab.target == "virtio":
        # The end of the heap, and where code is that does not run before the image has looked.
        places = [places[0], segments[1].offset + 0x1000, places[-1]]
    # The first page, in a header that nobody asks and behind all of them; then the others.
    last_header = elf.HEADER.size + (len(file.segments) - 1) * elf.PROGRAM_HEADER.size
    for place in [last_header + 0x10, 0xFF0, 0x1001, *places]:
        boot = lab.boot(damaged(image, place))
        assert boot.status == 1 and "its checksum is wrong (build it again" in boot.console, hex(place)
    assert lab.boot(image).status == 0


def written_runs(content: bytes | bytearray) -> Iterator[tuple[int, int, int]]:
    """Of PMS1 (runtime/include/elf_abi.h): where it lies in the file, the first page, how many."""
    at = content.index(b"PMS1Solo5") - 8
    _, size = struct.unpack_from("<II", content, at)
    for place in range(at + 28, at + 20 + size, 8):
        yield (place, *struct.unpack_from("<II", content, place))


def test_pages_that_every_start_writes_to(lab: Lab) -> None:
    if lab.target == "virtio":
        pytest.skip("no tender of ours brings it into memory")
    content = lab.build({"unikernel.py": MAIN}).path.read_bytes()
    written = [
        range(segment.address // 4096, -(-(segment.address + segment.memory_size) // 4096))
        for segment in elf.Elf(content).segments
        if (segment.type, segment.flags) == (elf.PT_LOAD, 6)
    ]
    runs = [(first, first + count - 1) for _, first, count in written_runs(content)]
    assert 50 < sum(last - first + 1 for first, last in runs) < 500
    for first, last in runs:
        assert any(first in pages and last in pages for pages in written)


@pytest.mark.parametrize("run", [(0, 1), (0x100, 1), (0xFFFFFFFF, 0xFFFFFFFF)])
def test_a_wrong_list_of_pages_is_refused(lab: Lab, run: tuple[int, int]) -> None:
    if lab.target not in ("spt", "hvt"):
        pytest.skip("only our tenders look at it")
    image = lab.build({"unikernel.py": MAIN}).path
    content = bytearray(image.read_bytes())
    place, _, _ = next(written_runs(content))
    struct.pack_into("<II", content, place, *run)
    other = image.with_name("damaged")
    other.write_bytes(content)
    other.chmod(0o755)
    boot = lab.boot(other)
    assert boot.status == 1 and "damaged image: its list of written pages" in boot.console


def test_a_note_without_room_for_a_checksum_is_refused(lab: Lab) -> None:
    """Otherwise the image would pass for one that has none."""
    if lab.target not in ("spt", "hvt"):
        pytest.skip("only our tenders look at it")
    image = lab.build({"unikernel.py": MAIN}).path
    content = bytearray(image.read_bytes())
    struct.pack_into("<I", content, content.index(b"PMS1Solo5") - 4, 4)
    other = image.with_name("damaged")
    other.write_bytes(content)
    other.chmod(0o755)
    boot = lab.boot(other)
    assert boot.status == 1 and "damaged image: the note with its checksum (build it again)" in boot.console


EVAL = """\
from collections import namedtuple

Point = namedtuple("Point", "x y")


async def main() -> None:
    print(Point(1, 2), eval(CODE))
    for attempt in (lambda: eval("1 + 1"), lambda: exec("x = 1"), lambda: compile("1", "f", "eval")):
        try:
            attempt()
        except RuntimeError as error:
            print(error)


CODE = compile("6 * 7", "code", "eval")
"""


def test_an_image_without_eval(lab: Lab) -> None:
    project = lab.project({"unikernel.py": EVAL})
    image = lab.build(project, without_eval=True)
    boot = lab.boot(image)
    missing = "this image has no compiler: it was built with --without-eval\n"
    assert boot.status == 0 and boot.console == "Point(x=1, y=2) 42\n" + 3 * missing
    size = json.loads((project.build / lab.target / "size.json").read_text())
    assert size["total"] == sum(part["size"] for part in size["parts"])
    assert all(part["size"] >= 0 for part in size["parts"])
    assert not any(part["path"][-1] == "parser" and part["size"] > 50_000 for part in size["parts"])


def test_nothing_calls_the_compiler_that_is_left_out(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the same code on every target")
    image = lab.build({"unikernel.py": MAIN}, without_eval=True).path
    size, found = callers(image, ".compiler")
    assert size > 400_000
    assert found and all(name.startswith("__wrap_") for name in found), found


def test_without_eval_is_refused_where_the_compiler_is_used(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the same for every target")
    source = f"import ast\n\nTREE = ast.parse('1')\n\n\n{MAIN}"
    with pytest.raises(ImageError, match=r"--without-eval: a module imports ast, which needs it"):
        lab.build({"unikernel.py": source}, without_eval=True)


TRACED = {
    "config.py": """\
from pymirage.config import clock, console, device, key, unikernel

app = unikernel(
    "unikernel:main", console.default(), device("lamp:Lamp", clock.wall(), watts=key("watts", int, default=5))
)
""",
    "lamp.py": """\
import asyncio

from pymirage.device import WallClock


class Lamp:
    @classmethod
    async def connect(cls, clock: WallClock, *, watts: int) -> "Lamp":
        await asyncio.sleep(0)
        return cls()
""",
    "unikernel.py": """\
from pymirage.device import Console

from lamp import Lamp


async def main(console: Console, lamp: Lamp) -> None:
    pass
""",
}


def test_time_line_of_a_boot(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "PATIENCE", PATIENCE)
    starter = runtime(lab.target).starter
    image = str(lab.build(lab.project(TRACED)).path)
    tells = lab.target in ("spt", "hvt")
    tender = [*starter, *([OPTION] if tells else []), "--", image] if starter else [image, "--"]
    marks, console = trace([*tender, OPTION], "start")
    names = [mark.what for mark in marks]
    assert names[0] == "start", console
    if tells:
        assert names.index("load") < names.index("enter") < names.index("resume")
    # A device that waits is one step; keys are none, and what has no code to connect neither.
    assert names[names.index("read the command line") + 1 :] == ["connect Lamp", "main"]
    assert [mark.at for mark in marks] == sorted(mark.at for mark in marks)


def test_functions_that_a_start_runs_lie_together(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the same code on every target")
    order = Path(__file__).parents[2] / "runtime" / "bindings" / "start_order.lds"
    listed = set(re.findall(r"\*\(\.text\.(\S+)\)", order.read_text()))
    content = lab.build({"unikernel.py": MAIN}).path.read_bytes()
    places = sorted(symbol.address for symbol in elf.Elf(content).symbols() if symbol.name in listed)
    # Otherwise `python -m bench.start_order` makes the list anew.
    assert len(places) > 0.7 * len(listed)
    assert len({place >> 12 for place in places}) < 100
