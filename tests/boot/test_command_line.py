"""Splitting and quoting by the rules of the POSIX shell."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.boot.command_line import join, quote, split
from pymirage.boot.error import BootError

arguments = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))


@given(arguments)
def test_join_is_undone_by_split(line: list[str]) -> None:
    assert split(join(line)) == line


@given(arguments)
def test_the_host_quotes_as_we_read(line: list[str]) -> None:
    assert split(shlex.join(line)) == line


@given(st.text(alphabet="ab '\"\\\n#*"))
def test_we_read_as_the_host_does(text: str) -> None:
    try:
        ours = split(text)
    except BootError:
        with pytest.raises(ValueError, match=r"No (closing quotation|escaped character)"):
            shlex.split(text)
        return
    # shlex keeps the newline of a line continuation, which the shell removes.
    if "\\\n" not in text:
        assert ours == shlex.split(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", []),
        ("  \t\n ", []),
        ("a b", ["a", "b"]),
        ("'a b' c", ["a b", "c"]),
        ("--hello='it'\\''s'", ["--hello=it's"]),
        ('"a \\" \\x b"', ['a " \\x b']),
        ("''", [""]),
        ("a\\ b", ["a b"]),
        ("a\\\nb", ["ab"]),
        ('"a\\\nb"', ["ab"]),
        ("$HOME * #", ["$HOME", "*", "#"]),
    ],
)
def test_quoting(text: str, line: list[str]) -> None:
    assert split(text) == line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 'b c", "command line: the quote in column 3 is never closed"),
        ('a"b', "command line: the quote in column 2 is never closed"),
        ("a\\", "command line ends in a backslash (column 2): remove it or quote it"),
    ],
)
def test_mistakes_are_located(text: str, message: str) -> None:
    with pytest.raises(BootError) as refused:
        split(text)
    assert str(refused.value) == message


def test_nothing_is_quoted_without_need() -> None:
    assert quote("--net:service=tap0,10.0.0.1/24") == "--net:service=tap0,10.0.0.1/24"
