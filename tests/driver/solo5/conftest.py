"""Puts a fake platform contract where the drivers look for the built-in module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.driver.solo5.fake import FakeContract

NAME = "pymirage.driver.solo5._contract"

# There before the drivers are imported; the calls follow, one fake a test.
sys.modules.setdefault(NAME, ModuleType(NAME))


@pytest.fixture(autouse=True)
def contract() -> Iterator[FakeContract]:
    fake = FakeContract()
    calls = [name for name in dir(fake) if not name.startswith("_")]
    module = sys.modules[NAME]
    for name in calls:
        setattr(module, name, getattr(fake, name))
    yield fake
    for name in calls:
        delattr(module, name)
