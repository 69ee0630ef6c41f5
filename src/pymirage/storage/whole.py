"""Changes that, once begun, are done to their end, whatever becomes of the task that asked for them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar, final

Result = TypeVar("Result")


@final
class Whole(Generic[Result]):
    """`await Whole(work)` is `await work`, but a cancellation waits until `work` is done.

    Half a change in memory and half of it on disk would be worse than a task that ends late. Drivers that
    never wait, as those of images, pay nothing for it.
    """

    def __init__(self, work: Coroutine[Any, Any, Result]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, None, Result]:
        cancelled: asyncio.CancelledError | None = None
        while True:
            try:
                waiting = self._work.send(None)
            except StopIteration as stop:
                if cancelled is not None:
                    raise cancelled from None
                result: Result = stop.value
                return result
            if waiting is None:
                # asyncio.sleep(0): only a turn of the loop.
                try:
                    yield
                except asyncio.CancelledError as error:
                    cancelled = error
                continue
            # A task that got this future would clear its mark, as the protocol of futures has it.
            waiting._asyncio_future_blocking = False
            while not waiting.done():
                try:
                    yield from asyncio.wait((waiting,)).__await__()
                except asyncio.CancelledError as error:
                    cancelled = error
