"""The contract checks under pytest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Check = Callable[[Any], Awaitable[None]]


def each(*checks: Check) -> pytest.MarkDecorator:
    """Runs a test once for every check, under the check's name."""
    return pytest.mark.parametrize("check", checks, ids=lambda check: check.__name__)


def keep(check: Check, make: Callable[[], Any]) -> None:
    """Runs a check on devices that `make` gives, on the host's own event loop."""

    async def made() -> Any:
        return make()

    asyncio.run(check(made))  # type: ignore[arg-type]
