"""Every mistake in a config.py is one line that says where, what was wanted, what was got."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.made import configured, project, refusal

CALLS = {
    # wrong, missing, extra devices
    "console.default(), kv.crunch('.')": (
        "config.py:4: parameter 'clock' of unikernel.main wants MonotonicClock, "
        'got KeyValueReader from kv.crunch(".")'
    ),
    "console.default()": (
        "config.py:4: parameter 'clock' (MonotonicClock) of unikernel.main has no argument: add it"
    ),
    "console.default(), clock.monotonic(), clock.wall()": (
        "config.py:4: unikernel.main takes 2 positional arguments, got 3: clock.wall() is too many"
    ),
    "console.default(), None": (
        "config.py:4: parameter 'clock' of unikernel.main wants MonotonicClock, got None"
    ),
    "console.default(), key('clock', int, default=1)": (
        "config.py:4: parameter 'clock' of unikernel.main wants MonotonicClock, got key 'clock' (int)"
    ),
    "console.default(), [clock.monotonic()]": (
        "config.py:4: a list is no device, key or constant: "
        "devices are values of pymirage.config or device(...)"
    ),
    # keywords
    "console.default(), clock.monotonic(), prot=1": (
        "config.py:4: unikernel.main has no parameter 'prot': did you mean port?"
    ),
    "console.default(), clock.monotonic(), console=console.default()": (
        "config.py:4: parameter 'console' of unikernel.main is given twice"
    ),
    "console.default(), clock.monotonic(), port='80'": (
        "config.py:4: parameter 'port' of unikernel.main wants int, got '80' (str)"
    ),
    "console.default(), clock.monotonic(), port=key('port', str, default='')": (
        "config.py:4: parameter 'port' of unikernel.main wants int, got key 'port' (str)"
    ),
    "console.default(), clock.monotonic(), port=key('port', int)": (
        "config.py:4: parameter 'port' of unikernel.main wants int, got key 'port' (int) that can be absent: "
        "give it a default or required=True, or annotate the parameter int | None"
    ),
    "console.default(), clock.monotonic(), port=key('port', int, repeated=True)": (
        "config.py:4: parameter 'port' of unikernel.main wants int, got key 'port' (int, repeated)"
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_arguments(tmp_path: Path, call: str) -> None:
    assert refusal(project(tmp_path, f"web = unikernel('unikernel:main', {call})")) == CALLS[call]


LINES = {
    # keys
    "key('Port', int)": (
        "config.py:4: 'Port' is no name for a key: "
        "use lower-case letters, digits, - and _, beginning with a letter"
    ),
    "key('help', int)": (
        "config.py:4: key 'help' has the name of an option of every image: choose another name"
    ),
    "configure_key('target', str, default='')": (
        "config.py:4: key 'target' has the name of an option of pymirage: choose another name"
    ),
    "key('port', list)": (
        "config.py:4: key 'port': list is no kind of key: "
        "use int, bool, str, float, duration, choice(...), an Enum class or a type of ipaddress"
    ),
    "key('port', int, default='80')": "config.py:4: key 'port': bad default '80': expected a whole number",
    "key('wait', duration, default='1')": (
        "config.py:4: key 'wait': bad default '1': expected a duration such as 500ms, 1s or 2m30s"
    ),
    "key('port', int, repeated=True, default=80)": (
        "config.py:4: key 'port' can be repeated: write its default as [80]"
    ),
    "key('port', int, default=(80,))": (
        "config.py:4: key 'port': bad default (80,): expected a whole number"
    ),
    "console.defualt()": (
        "config.py:4: AttributeError: module 'pymirage.config.console' has no attribute 'defualt': "
        "did you mean default?"
    ),
    "web = unikernel('unikernel:main', console.default)": (
        "config.py:4: a function is no device: call it, console.default(...)"
    ),
    "web = unikernel('unikernel:main', packages='h11')": (
        "config.py:4: packages wants a list: write packages=['h11']"
    ),
    "web = unikernel('unikernel:main', include='json')": (
        "config.py:4: include wants a list: write include=['json']"
    ),
    "web = unikernel('unikernel:main', device('unikernel:Thing', packages=['h11=1']))": (
        "config.py:4: packages: 'h11=1' is no requirement (PEP 508): "
        "write a package's name, or for example h11>=0.16"
    ),
    "key('port', int, default=1, required=True)": (
        "config.py:4: key 'port' is required and has a default: remove one of them"
    ),
    "key('mode', choice('a', 'b'), default='c')": (
        "config.py:4: key 'mode': bad default 'c': expected one of a, b"
    ),
    "import enum; key('mode', enum.Enum('Mode', 'A B', module='config'))": (
        "config.py:4: key 'mode': the program cannot import Mode: define it at the top of a module"
    ),
    "key('mode', choice())": "config.py:4: choice() wants at least one word, each once",
    "configure_key('size', int, default=None)": "config.py:4: configure key 'size' needs a default",
    # choices
    "if_(key('big', bool), 1, 2)": (
        "config.py:4: if_ wants a configure key, got run-time key 'big': make it with configure_key(...)"
    ),
    "if_(configure_key('size', int, default=1), 1, 2)": (
        "config.py:4: if_ wants a bool key, configure key 'size' is int: ask .is_(value)"
    ),
    "match_(target, {'unix': 1, 'htv': 2})": (
        "config.py:4: configure key 'target' is never 'htv': did you mean hvt?"
    ),
    "match_(target, {'unix': 1})": (
        "config.py:4: match_ on configure key 'target' has no case for spt, hvt, virtio: "
        "add it or default=..."
    ),
    # Python
    "consol.default()": "config.py:4: NameError: name 'consol' is not defined",
    "1 / 0": "config.py:4: ZeroDivisionError: division by zero",
    "x = (": "config.py:4: SyntaxError: '(' was never closed",
    "import nothing_here": "config.py:4: ModuleNotFoundError: No module named 'nothing_here'",
    "exit(3)": "config.py:4: SystemExit: 3",
    "x = 1": (
        "config.py: no name is bound to a unikernel(...): "
        'write for example  hello = unikernel("unikernel:main")'
    ),
    # entries
    "web = unikernel('unikernel.main')": (
        "config.py:4: 'unikernel.main' names nothing: write it as \"module:name\""
    ),
    "web = unikernel('unikernal:main')": (
        "config.py:4: there is no module unikernal in this project (for 'unikernal:main'): "
        "did you mean unikernel?"
    ),
    "web = unikernel('unikernel:mian')": (
        "config.py:4: module unikernel has no function or class mian: did you mean main?"
    ),
    "one = unikernel('unikernel:main'); two = unikernel('unikernel:main', clock.wall())": (
        "config.py has several unikernels: choose one with -u (one, two)"
    ),
    "web = unikernel('unikernel:main', device('unikernel:Console'))": (
        "config.py:4: parameter 'clock' (MonotonicClock) of unikernel.main has no argument: add it"
    ),
    "web = unikernel('unikernel:main', device('unikernel:nobody'), clock.monotonic())": (
        "config.py:4: module unikernel has no function or class nobody: add it, or correct the name"
    ),
}


@pytest.mark.parametrize("line", LINES)
def test_lines(tmp_path: Path, line: str) -> None:
    assert refusal(project(tmp_path, line)) == LINES[line]


def test_an_application_is_async(tmp_path: Path) -> None:
    made = project(tmp_path, "web = unikernel('unikernel:main')", "import os\n\ndef main() -> None: ...")
    assert refusal(made) == "unikernel.py:3: main is not async: write `async def main(...)`"


def test_the_line_of_the_device_is_named_too(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        """
        files = kv.crunch(".")
        web = unikernel(
            "unikernel:main",
            console.default(),
            files,
        )
        """,
    )
    message = (
        "config.py:5: parameter 'clock' of unikernel.main wants MonotonicClock, "
        'got KeyValueReader from kv.crunch(".") in line 4'
    )
    assert refusal(made) == message


def test_one_name_is_one_key(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        """
        a = key("port", int, default=1)
        b = key("port", int, default=2)
        web = unikernel("unikernel:main", device("unikernel:ticks", a), port=b)
        """,
        "async def main(n: int, *, port: int) -> None: ...\n\ndef ticks(n: int) -> int: ...",
    )
    assert refusal(made) == (
        "config.py:5: key 'port' is already defined otherwise at config.py:4: choose another name"
    )


def test_a_keyword_only_parameter_wants_a_key(tmp_path: Path) -> None:
    made = project(tmp_path, "web = unikernel('unikernel:main')", "async def main(*, port: int) -> None: ...")
    assert refusal(made) == (
        "config.py:4: parameter 'port' (int) of unikernel.main has no argument: "
        'add port=key("port", int, ...)'
    )


def test_annotations_are_needed(tmp_path: Path) -> None:
    made = project(tmp_path, "web = unikernel('unikernel:main', 1)", "async def main(n): ...")
    assert refusal(made) == (
        "config.py:4: parameter 'n' of unikernel.main has no annotation: write the type that it wants"
    )


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ("'not python ('", "the annotation 'not python (' is not Python"),
        ("(int, str)", "the annotation (int, str) is no type"),
        ("Loop", "the annotation Loop only stands for itself"),
    ],
)
def test_annotations_that_mean_nothing(tmp_path: Path, annotation: str, message: str) -> None:
    source = f"Loop = Loop | None\nasync def main(n: {annotation}) -> None: ..."
    made = project(tmp_path, "web = unikernel('unikernel:main', 1)", source)
    assert refusal(made) == f"config.py:4: parameter 'n' of unikernel.main: {message}"


def test_a_class_needs_start(tmp_path: Path) -> None:
    made = project(tmp_path, "web = unikernel('unikernel:Web')", "class Web: ...")
    assert refusal(made) == (
        "config.py:4: unikernel.Web has no method `async def start(self) -> None`: add it"
    )


def test_a_mistake_in_the_application_is_located_there(tmp_path: Path) -> None:
    made = project(tmp_path, "web = unikernel('unikernel:main')", "async def main(:\n")
    assert refusal(made) == "config.py:4: unikernel.py:1: SyntaxError: invalid syntax"


def test_a_device_that_the_target_cannot_have(tmp_path: Path) -> None:
    config = "web = unikernel('unikernel:main', kv.directory('.'))"
    made = project(
        tmp_path,
        config,
        """
        from pymirage.device import KeyValueReader

        async def main(files: KeyValueReader) -> None: ...
        """,
    )
    assert refusal(made, "hvt") == (
        'config.py:4: kv.directory(".") cannot be on target hvt, only on the host\'s Python (unix): '
        'use kv.generic(".")'
    )


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        "web = unikernel('unikernel:main', kv.generic('htdocs'))",
        """
        from pymirage.device import KeyValueReader

        async def main(files: KeyValueReader) -> None: ...
        """,
    )
    assert refusal(made, "hvt") == (
        "config.py:4: kv.crunch(\"htdocs\"): there is no directory 'htdocs' beside config.py: "
        "make it, or correct the path"
    )


def test_two_kinds_of_device_under_one_name(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        "web = unikernel('unikernel:main', net.default('a'), block.default('a'))",
        """
        from pymirage.device import Block, Net

        async def main(net: Net, block: Block) -> None: ...
        """,
    )
    assert refusal(made, "hvt") == (
        "config.py:4: the name 'a' is already that of a NET_BASIC device: choose another"
    )


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--size=x", "bad value 'x' for --size: expected a whole number"),
        ("--sise=1", "unknown option --sise: did you mean --size?"),
        ("--size=1 --size=2", "--size is given twice ('1' and '2'): give it once"),
        ("--help", "--help is an option of the image: give it to `run`"),
    ],
)
def test_configure_keys(tmp_path: Path, option: str, message: str) -> None:
    made = project(
        tmp_path,
        "web = unikernel('unikernel:main', configure_key('size', int, default=1))",
        "async def main(size: int) -> None: ...",
    )
    assert refusal(made, "unix", *option.split()) == message


def test_no_config(tmp_path: Path) -> None:
    made = project(tmp_path, "")
    made.config.unlink()
    assert refusal(made) == (
        f"there is no config.py in {tmp_path}: go to a project, or make one with `pymirage new`"
    )


TWO_STACKS = """
from pymirage.device import Stack
async def main(one: Stack, other: Stack) -> None: ...
"""


def test_an_interface_has_one_user(tmp_path: Path) -> None:
    """Two would take each other's frames. VLANs share one by their trunk, and a stack may have many users."""
    head = "from pymirage.config import net, stack\n"
    twice = "web = unikernel('unikernel:main', stack.direct(group='a'), stack.direct(group='b'))"
    assert refusal(project(tmp_path, head + twice, TWO_STACKS)) == (
        "config.py:5: net.default() is used by stack.direct() and by stack.direct(): "
        "use interfaces of different names, or net.vlan(...) of one"
    )
    made = "*[stack.direct(net.vlan(net.default(), n), f'v{n}') for n in (7, 8)]"
    configured(project(tmp_path, f"{head}web = unikernel('unikernel:main', {made})", TWO_STACKS))
    made = "*[stack.direct()] * 2"
    configured(project(tmp_path, f"{head}web = unikernel('unikernel:main', {made})", TWO_STACKS))
