"""Whatever is written in config.py and unikernel.py: it is configured, or refused in one line."""

from __future__ import annotations

import ast
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from pymirage.config.target import TARGETS
from pymirage.error import UsageError
from pymirage.tool.configured import Request, configure
from tests.config.made import project

VALUES = [
    "clock.monotonic()",
    "console.default()",
    "kv.generic('.')",
    "kv.directory('.')",
    "kv.directory('/nowhere')",
    "block.default('a')",
    "net.default('a')",
    "info.default()",
    "device('unikernel:main')",
    "device('unikernel:Thing', clock.monotonic())",
    "device('unikernel:nothing')",
    "device('json:loads', 'x')",
    "device('')",
    "key('x', int)",
    "key('x', str, default='')",
    "key('y', duration, repeated=True, default=[1])",
    "key('z', choice('a'), required=True)",
    "configure_key('x', int, default=1)",
    "configure_key('b', bool, default=True)",
    "if_(configure_key('b', bool, default=True), clock.wall(), 1)",
    "match_(target, {'unix': None}, default=key('x', int))",
    "unikernel('unikernel:main')",
    "None",
    "1",
    "'text'",
    "[1]",
    "object()",
    "lambda: 0",
]
ANNOTATIONS = [
    "",
    ": int",
    ": str | None",
    ": MonotonicClock",
    ": 'MonotonicClock'",
    ": 'not python ('",
    ": 'a b'",
    ": device.Console",
    ": Optional[KeyValueReader]",
    ": Union[int, 'WallClock', None]",
    ": Literal['a', 1]",
    ": tuple[int, ...]",
    ": tuple[()]",
    ": Callable[[int], str]",
    ": list[Thing]",
    ": Loop",
    ": One",
    ": Missing",
    ": missing.Name",
    ": 1",
    ": ...",
    ": (int, str)",
    ": lambda: 0",
    ": Thing = None",
]
UNIKERNEL = """
from typing import Callable, Literal, Optional, Union

from pymirage import device
from pymirage.device import KeyValueReader, MonotonicClock, WallClock
from unikernel import Thing as Other

Loop = Loop
One = Two
Two = One

class Base(Thing): ...

class Thing(Base):
    def __init__(self, first{first}) -> None: ...
    async def start(self): ...

async def main({parameters}): ...
"""


@st.composite
def parameters(draw: st.DrawFn) -> str:
    names = [f"p{number}{draw(st.sampled_from(ANNOTATIONS))}" for number in range(draw(st.integers(0, 3)))]
    if draw(st.booleans()):
        names.insert(
            draw(st.integers(0, len(names))), draw(st.sampled_from(["*", "/", "*rest", "*rest: int"]))
        )
    if draw(st.booleans()):
        names.append("**more")
    return ", ".join(names)


@st.composite
def calls(draw: st.DrawFn) -> str:
    entry = draw(st.sampled_from(["unikernel:main", "unikernel:Thing", "unikernel:One"]))
    arguments = draw(st.lists(st.sampled_from(VALUES), max_size=3))
    options = draw(
        st.dictionaries(st.sampled_from(["p0", "p1", "first", "x"]), st.sampled_from(VALUES), max_size=2)
    )
    return ", ".join([repr(entry), *arguments, *(f"{name}={value}" for name, value in options.items())])


@given(calls(), parameters(), st.sampled_from(ANNOTATIONS), st.sampled_from(list(TARGETS)))
@example("'unikernel:Thing', clock.monotonic()", "", ": Other", "hvt")
def test_configured_or_refused(call: str, parameters: str, first: str, target: str) -> None:
    with TemporaryDirectory() as directory:
        source = UNIKERNEL.format(parameters=parameters, first=first)
        made = project(Path(directory), f"it = unikernel({call})", source)
        try:
            done = configure(made, Request(TARGETS[target]))
        except UsageError as refused:
            assert "\n" not in str(refused)
            assert str(refused).startswith(("config.py:4: ", "config.py: ", "unikernel.py:")), refused
        else:
            ast.parse((made.of_target(done.target) / "main.py").read_text())
