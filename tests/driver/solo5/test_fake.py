"""The fake has the calls of the real contract, with the same parameters."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pymirage.driver.solo5
from tests.driver.solo5.fake import FakeContract

STUB = Path(pymirage.driver.solo5.__file__).with_name("_contract.pyi")


def test_the_fake_is_like_the_stub() -> None:
    stub = {
        node.name: [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        for node in ast.parse(STUB.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    for name, function in inspect.getmembers(FakeContract(), inspect.ismethod):
        if not name.startswith("_"):
            assert list(inspect.signature(function).parameters) == stub[name], name
