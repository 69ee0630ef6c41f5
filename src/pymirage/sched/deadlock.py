"""Nothing left to wait for: an error in a program, told instead of a silent standstill."""

from __future__ import annotations

import asyncio


class Deadlock(RuntimeError):
    """Every task waits, and no timer and no device can ever wake one of them. Names the tasks."""

    def __init__(self) -> None:
        super().__init__("deadlock: nothing left to wait for")


def explain(loop: asyncio.AbstractEventLoop) -> str:
    """Which tasks wait, and where: one line each."""
    lines = [_line(task) for task in asyncio.all_tasks(loop)]
    return "".join(f"\n  {line}" for line in sorted(lines))


def _line(task: asyncio.Task[object]) -> str:
    """The innermost place that a task's own `await`s lead to, outside of asyncio."""
    place = "?"
    awaited: object = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None and not frame.f_globals.get("__name__", "").startswith("asyncio."):
            place = f"{frame.f_code.co_filename}:{frame.f_lineno}, in {frame.f_code.co_name}"
        awaited = getattr(awaited, "cr_await", None)
    return f"{task.get_name()} waits at {place}"
