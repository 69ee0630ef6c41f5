"""What `asyncio.unix_events` is in an image: its names, with the image's loop behind them.

asyncio imports this as the last of its modules; so nothing here may import the package's own names, only
those of its modules, which are complete by then.
"""

from __future__ import annotations

from asyncio import events

from pymirage.driver.solo5.platform import Solo5Platform
from pymirage.sched import loop

__all__ = ("DefaultEventLoopPolicy", "EventLoop", "SelectorEventLoop")


class SelectorEventLoop(loop.EventLoop):
    """The loop of an image, under the name by which libraries ask for a plain one."""

    def __init__(self, selector: object = None) -> None:  # noqa: ARG002
        super().__init__(Solo5Platform())


EventLoop = SelectorEventLoop


class DefaultEventLoopPolicy(events.BaseDefaultEventLoopPolicy):
    _loop_factory = SelectorEventLoop
