"""Saying what a check expects. Not `assert`, which is left out of the optimised bytecode of an image."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

# A check takes a coroutine function that makes a fresh device, and raises Violation.
Make = Callable[[], Awaitable[T]]


class Violation(Exception):
    """A device does not keep its contract."""


def true(condition: bool, what: str) -> None:
    if not condition:
        raise Violation(what)


def equal(actual: object, wanted: object, what: str) -> None:
    if actual != wanted:
        raise Violation(f"{what}: got {_short(actual)}, wanted {_short(wanted)}")


async def raises(kind: type[Exception], attempt: Awaitable[object], what: str) -> None:
    try:
        result = await attempt
    except kind:
        return
    except Exception as error:
        raise Violation(f"{what}: raised {error!r}, wanted {kind.__name__}") from error
    raise Violation(f"{what}: gave {_short(result)}, wanted {kind.__name__}")


def raises_now(kind: type[Exception], attempt: Callable[[], object], what: str) -> None:
    try:
        result = attempt()
    except kind:
        return
    except Exception as error:
        raise Violation(f"{what}: raised {error!r}, wanted {kind.__name__}") from error
    raise Violation(f"{what}: gave {_short(result)}, wanted {kind.__name__}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
