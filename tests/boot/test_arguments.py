"""Key values from boot command lines, and the words for what is wrong with one."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.boot import kind
from pymirage.boot.arguments import parse
from pymirage.boot.error import BootError
from pymirage.boot.key import Key

PORT = Key("port", kind.INTEGER, default=8080, help="TCP port", environment="PORT")
HELLO = Key("hello", kind.STRING, default="Hello")
VERBOSE = Key("verbose", kind.BOOLEAN, default=False)
PEERS = Key.repeated("peer", kind.STRING, environment="PEERS")
NAME = Key.required("name", kind.STRING)
KEYS: tuple[Key[Any], ...] = (PORT, HELLO, VERBOSE, PEERS)


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("", PORT, 8080),
        ("--port=80", PORT, 80),
        ("--port 80", PORT, 80),
        ("--port -3", PORT, -3),
        ("--port=0x50", PORT, 80),
        ("--hello=", HELLO, ""),
        ("--hello='a --b'", HELLO, "a --b"),
        ("--hello=a=b", HELLO, "a=b"),
        ("--verbose", VERBOSE, True),
        ("--no-verbose", VERBOSE, False),
        ("--verbose=no", VERBOSE, False),
        ("", PEERS, ()),
        ("--peer=a --peer b", PEERS, ("a", "b")),
    ],
)
def test_values(line: str, key: Key[Any], value: object) -> None:
    assert parse(KEYS, shlex.split(line), {})[key] == value


def test_the_environment_stands_in() -> None:
    environment = {"PORT": "99", "PEERS": "a b"}
    assert parse(KEYS, [], environment)[PORT] == 99
    assert parse(KEYS, [], environment)[PEERS] == ("a", "b")
    assert parse(KEYS, ["--port=1"], environment)[PORT] == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--port=x", "bad value 'x' for --port: expected a whole number"),
        ("--port", "--port needs a value: expected a whole number"),
        ("--port --verbose", "--port needs a value: expected a whole number"),
        ("--port=1 --port=2", "--port is given twice ('1' and '2'): give it once"),
        ("--verbose --no-verbose", "--verbose is given twice ('true' and 'false'): give it once"),
        ("--verbose=maybe", "bad value 'maybe' for --verbose: expected true or false"),
        ("--prot=1", "unknown option --prot: did you mean --port?"),
        ("--quite-else", "unknown option --quite-else: see --help"),
        ("--no-port", "unknown option --no-port: did you mean --port?"),
        ("80", "unexpected argument '80': keys are given as --name=value, see --help"),
        ("--", "unexpected argument '--': keys are given as --name=value, see --help"),
        ("-l", "--logs needs a value: expected levels such as net:debug,*:info"),
        ("-ldebug --logs=info", "--logs is given twice: give it once, separated by commas"),
    ],
)
def test_mistakes(line: str, message: str) -> None:
    with pytest.raises(BootError) as refused:
        parse(KEYS, shlex.split(line), {})
    assert str(refused.value) == message


def test_mistakes_in_the_environment_name_the_variable() -> None:
    with pytest.raises(BootError, match=r"^bad value 'x' for PORT \(for --port\): expected a whole number$"):
        parse(KEYS, [], {"PORT": "x"})


def test_a_required_key_is_required() -> None:
    with pytest.raises(BootError, match=r"^--name is required: expected a text$"):
        parse((NAME,), [], {})
    assert parse((NAME,), ["--name=x"], {})[NAME] == "x"


def test_help_answers_whatever_else_is_missing() -> None:
    assert "help" in parse((NAME,), ["-h"], {}).options


@given(st.lists(st.text()))
def test_any_line_is_read_or_refused_in_one_line(line: list[str]) -> None:
    try:
        parse(KEYS, line, {})
    except BootError as refused:
        assert "\n" not in str(refused)
