"""The two stages of a program, and what an application may do at their boundary.

    from pymirage.boot import when_built, when_started

    @when_built
    def compile_templates() -> None: ...      # expensive and pure: its result is part of the image

    @when_started
    def draw_key() -> None: ...               # needs entropy or the clock: at each boot, before any device

Both run in the order in which they were given, also in a cold image and on a host, right after each other.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Hook = TypeVar("Hook", bound=Callable[[], Any])

_built: list[Callable[[], Any]] = []
_started: list[Callable[[], Any]] = []


def when_built(function: Hook) -> Hook:
    """Call it at the end of the initialise stage, when everything is imported: once, while the image is
    built.
    """
    _built.append(function)
    return function


def when_started(function: Hook) -> Hook:
    """Call it at the beginning of the start stage, before the command line is read."""
    _started.append(function)
    return function


def finish_initialise() -> None:
    """What happens before the boundary."""
    for function in _built:
        function()


def begin_start() -> None:
    """What happens behind it."""
    renew()
    for function in _started:
        function()


def renew() -> None:
    """The standard library's memories of when it was imported. (`random` is seeded by
    runtime/python/random.c.)
    """
    import sys

    if "logging" in sys.modules:
        import logging
        import time

        logging._startTime = time.time_ns()  # type: ignore[attr-defined]
