"""On a host's Python, where module level may do anything: what it asks for that a build will refuse.

`pymirage run` turns it on (`python -X pymirage-hints`), so that nobody finds out at the first build. It
watches the imports of the application, and says what runtime/python/judge.c would, as a line of standard
error. Functions that are given to `when_built` may be expensive, and are not slowed down by being watched.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import BuiltinFunctionType, FrameType
    from typing import Any

CLOCK, ENTROPY, NUMBERS = "the clock", "entropy", "random numbers"

_GENERATOR: object = random.seed.__self__  # type: ignore[attr-defined]
"""What the functions of `random` are methods of. A generator of the application's may have a seed."""

ASKS: dict[Callable[..., Any], str] = {
    **{getattr(time, name): CLOCK for name in ("time", "monotonic", "perf_counter", "process_time", "sleep")},
    **{getattr(time, f"{name}_ns"): CLOCK for name in ("time", "monotonic", "perf_counter", "process_time")},
    time.clock_gettime: CLOCK,
    os.urandom: ENTROPY,
    random.random: NUMBERS,
    random.getrandbits: NUMBERS,
}
DATES = ("now", "utcnow", "today")
"""Of the classes of `datetime`."""

_LIBRARY = f"{Path(os.__file__).parent}{os.sep}"
_PACKAGES = ("site-packages" + os.sep, "dist-packages" + os.sep)
_OURS = f"{Path(__file__).parent.parent}{os.sep}"

_said: set[tuple[str, int]] = set()


def begin() -> None:
    """Called before the application is imported. A debugger or a profiler that is there goes first."""
    if sys.getprofile() is None:
        sys.setprofile(_look)


def end() -> None:
    """The application is imported."""
    if sys.getprofile() is _look:
        sys.setprofile(None)


def _look(frame: FrameType, event: str, argument: object) -> None:
    if event == "c_call":
        _look_at(frame, argument)  # type: ignore[arg-type]


def _look_at(frame: FrameType, function: BuiltinFunctionType) -> None:
    if function.__name__ == "seed" and function.__self__ is _GENERATOR:
        _seeded(frame)
        return
    what = ASKS.get(function) or _date(function)
    if what is not None and not _is_allowed(frame):
        place = _place(frame)
        if place is not None and place not in _said:
            _said.add(place)
            _say(*place, what)


def _seeded(frame: FrameType) -> None:
    """With a seed the functions of `random` give the same numbers wherever they are called."""
    if frame.f_locals.get("a") is not None:
        ASKS.pop(random.random, None)
        ASKS.pop(random.getrandbits, None)


def _date(function: BuiltinFunctionType) -> str | None:
    kind = function.__self__
    is_date = function.__name__ in DATES and isinstance(kind, type) and kind.__module__ == "datetime"
    return CLOCK if is_date else None


def _is_allowed(frame: FrameType) -> bool:
    """The standard library's own module level, whose few memories of it are made anew at the start."""
    code = frame.f_code
    return _is_library(code.co_filename) and code.co_name == "<module>"


def _place(frame: FrameType | None) -> tuple[str, int] | None:
    """The innermost line that is the application's. None where our own modules ask, which images have not."""
    while frame is not None and _is_library(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename.startswith(_OURS):
        return None
    return frame.f_code.co_filename, frame.f_lineno


def _is_library(file: str) -> bool:
    if file.startswith("<frozen "):
        return True
    return file.startswith(_LIBRARY) and not any(part in file for part in _PACKAGES)


def _say(file: str, line: int, what: str) -> None:
    own = Path.cwd()
    shown = Path(file).relative_to(own) if Path(file).is_relative_to(own) else file
    remedy = "`pymirage build` refuses that; move it into main() or under @when_started"
    print(f"hint: {shown}:{line}: asks for {what} at module level: {remedy}", file=sys.stderr)
