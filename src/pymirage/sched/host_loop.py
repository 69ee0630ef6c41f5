"""The event loop of a host process whose network may be our own stack (`--net=direct`)."""

from __future__ import annotations

import asyncio
import time

from pymirage.sched.networked import Networked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, TypeVar

    T = TypeVar("T")


class HostLoop(Networked, asyncio.SelectorEventLoop):
    """asyncio's own loop, and the stack's network once it is installed."""

    nanoseconds = staticmethod(time.monotonic_ns)


def run_on_host(main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, on a loop that takes a stack."""
    with asyncio.Runner(loop_factory=HostLoop) as runner:
        return runner.run(main)
