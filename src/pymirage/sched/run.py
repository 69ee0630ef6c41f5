"""Running a program, on whatever it finds itself on: a process of a host, or an image."""

from __future__ import annotations

import asyncio
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, TypeVar

    T = TypeVar("T")


def in_image() -> bool:
    """Whether the platform contract is beneath us."""
    return "pymirage.driver.solo5._contract" in sys.builtin_module_names


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` until it is done; gives its result, or raises what it raised.

    Tasks that are left over are cancelled. In an image asyncio finds the image's loop (see `overlay.py`); on
    a host it is asyncio's own, which takes our network stack when there is one.
    """
    if in_image():
        return asyncio.run(main)
    from pymirage.sched.host_loop import run_on_host

    return run_on_host(main)
