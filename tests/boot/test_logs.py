"""Log levels by name."""

from __future__ import annotations

import logging

import pytest

from pymirage.boot.error import BootError
from pymirage.boot.logs import parse

EXPECTED = "expected NAME:LEVEL with a level of debug, info, warning, error, quiet"


def test_levels() -> None:
    assert parse("net:debug,*:info") == {"net": logging.DEBUG, "*": logging.INFO}
    assert parse("warning") == {"*": logging.WARNING}
    assert parse("a.b:quiet") == {"a.b": logging.CRITICAL + 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("net:loud", f"bad value 'net:loud' for --logs: {EXPECTED}"),
        ("", f"bad value '' for --logs: {EXPECTED}"),
        ("info,debug", "--logs sets * twice: give each name once"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(BootError) as refused:
        parse(text)
    assert str(refused.value) == message
