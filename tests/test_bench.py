"""`python -m bench`: every table that it names is there.

What they call is mypy's to check (tests/test_checks.py).
"""

from __future__ import annotations

import importlib
import inspect

import pytest

from bench.__main__ import TABLES, main


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_a_module_with_main(name: str) -> None:
    inspect.signature(importlib.import_module(f"bench.{name}").main).bind()


def test_another_table_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exchange", "speed"]) == 2
    assert capsys.readouterr().err == f"bench: no table 'speed'; there are: {', '.join(TABLES)}\n"
