"""Drawing how far the making of a runtime has come: a bar on a terminal, a line for each step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pymirage.tool.runtime.progress import Event, Progress, plain


@contextmanager
def drawn() -> Iterator[Progress]:
    """What `ensure` reports to. The bar appears with the first event, so a cached runtime shows none."""
    if not sys.stderr.isatty():
        yield plain()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn
    from rich.progress import Progress as Bar

    state = TextColumn("{task.percentage:3.0f}%  {task.fields[left]}")
    columns = (TextColumn("  {task.description:<28}"), BarColumn(), state)
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task: TaskID | None = None

        def report(event: Event) -> None:
            nonlocal task
            if task is None:
                task = bar.add_task("", total=1.0, left="")
            bar.update(
                task, description=event.step, completed=event.fraction, left=time_left(event.seconds_left)
            )

        yield report


def time_left(seconds: float) -> str:
    """`1:05 left`; an estimate is not worth more."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} left"
