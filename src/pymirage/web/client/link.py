"""One connection to a server or proxy, with the protocol's state."""

from __future__ import annotations

import asyncio

from pymirage.device.error import ConnectionLost
from pymirage.protocol.http.client import ClientConnection
from pymirage.protocol.http.events import Interim
from pymirage.protocol.http.refusal import Refusal
from pymirage.web.client.error import BadResponse, TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.flow import Flow
    from pymirage.protocol.http.events import ResponseEvent
    from pymirage.protocol.http.limits import Limits

MOST_INTERIM = 32
"""Responses of the 1xx class before a final one."""


class Link:
    """Reads events, and writes, each within a time."""

    def __init__(self, flow: Flow, limits: Limits, key: object = None) -> None:
        self.flow = flow
        self.core = ClientConnection(limits)
        self.key = key
        self.used = False
        """It has carried a request before: the server may close it any time."""
        self.heard = False
        """Something of the present response has come."""
        self._watch: asyncio.Task[None] | None = None

    async def event(self, limit: float | None) -> ResponseEvent:
        """The next event, interim responses left out. Raises BadResponse, TimedOut and ConnectionLost."""
        interim = 0
        while True:
            event = self.core.next_event()
            if event is None:
                await self._receive(limit)
            elif isinstance(event, Interim):
                interim += 1
                if interim > MOST_INTERIM:
                    raise BadResponse("the server sends interim responses without end")
            elif event is Refusal.INCOMPLETE and not self.heard:
                raise ConnectionLost("the server closed the connection without a response")
            elif isinstance(event, Refusal):
                raise BadResponse(f"the server broke HTTP: {event.value.partition(' ')[2]}")
            else:
                return event

    async def write(self, data: bytes, limit: float | None) -> None:
        if data:
            try:
                async with asyncio.timeout(limit):
                    await self.flow.write(data)
            except TimeoutError:
                raise TimedOut(f"the server took nothing for {limit:g} s") from None

    async def _receive(self, limit: float | None) -> None:
        try:
            async with asyncio.timeout(limit):
                data = await self.flow.read()
        except TimeoutError:
            raise TimedOut(f"the server sent nothing for {limit:g} s") from None
        if data:
            self.heard = True
            self.core.receive(data)
        else:
            self.core.receive_end()

    # -- while nobody uses it --

    def rest(self, idle: float, ended: Ended) -> None:
        """Wait for its end: nothing else may come, and not for ever."""
        self._watch = asyncio.get_running_loop().create_task(self._wait_for_end(idle, ended))

    async def wake(self) -> bool:
        """Use it again; False when its end came meanwhile."""
        watch, self._watch = self._watch, None
        if watch is None or watch.done():
            return False
        watch.cancel()
        await asyncio.wait([watch])
        return watch.cancelled()

    async def _wait_for_end(self, idle: float, ended: Ended) -> None:
        try:
            async with asyncio.timeout(idle):
                await self.flow.read()
        except (TimeoutError, ConnectionLost):
            pass
        await ended(self)

    async def close(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None and watch is not asyncio.current_task():
            watch.cancel()
        await self.flow.close()


if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    Ended: TypeAlias = Callable[[Link], Awaitable[None]]
