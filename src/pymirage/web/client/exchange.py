"""One request and its response on a connection: both directions at the same time, within their times."""

from __future__ import annotations

import asyncio

from pymirage.device.error import Closed as FlowClosed
from pymirage.device.error import ConnectionLost
from pymirage.protocol.http.events import ResponseHead
from pymirage.web.client.error import BadResponse, TimedOut
from pymirage.web.message import UNKNOWN, Outgoing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import TypeAlias

    from pymirage.protocol.http.events import ResponseEvent
    from pymirage.protocol.http.fields import Fields
    from pymirage.web.client.link import Link
    from pymirage.web.client.pool import Pool

    Body: TypeAlias = bytes | Outgoing | AsyncIterator[bytes]

SMALL = 64 * 1024
"""Up to here a body leaves together with its head."""


class Exchange:
    """read: seconds for a step. deadline: of everything, on the loop's clock. None for none."""

    def __init__(self, link: Link, pool: Pool, read: float | None, deadline: float | None) -> None:
        self._link = link
        self._pool = pool
        self._read = read
        self._deadline = deadline
        self._sending: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._body: Body = b""
        self._done = False

    async def begin(self, method: str, target: str, fields: Fields, body: Body) -> ResponseHead:
        """Send the request, and wait for the response's head, which may come before all of it is sent."""
        core = self._link.core
        self._body = body
        try:
            if isinstance(body, bytes) and len(body) <= SMALL:
                await self._write(core.request(method, target, fields, body))
            else:
                await self._write(core.begin(method, target, fields, _length(body)))
                self._sending = asyncio.get_running_loop().create_task(self._send_all(body))
            return await self._head()
        except BaseException:
            await self.close()
            raise

    async def event(self) -> ResponseEvent:
        try:
            return await self._link.event(self._limit())
        except FlowClosed:
            if self._failure is not None:
                raise self._failure from None
            raise

    async def finish(self) -> None:
        """The response is complete: the connection is free, if the request is complete as well."""
        await self._end_sending()
        if not self._done:
            self._done = True
            await self._pool.give_back(self._link)

    async def close(self) -> None:
        """Give up what is not complete, and the connection with it. Twice is harmless."""
        await self._end_sending()
        if not self._done:
            self._done = True
            await self._pool.drop(self._link)

    async def _head(self) -> ResponseHead:
        event = await self.event()
        if not isinstance(event, ResponseHead):
            raise BadResponse(f"{event!r} where a response was to begin")
        return event

    async def _send_all(self, body: Body) -> None:
        """A body that cannot be had to its end breaks the connection, so that nobody takes it for whole."""
        try:
            await self._send(body)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._failure = error
            await self._link.flow.close()

    async def _send(self, body: Body) -> None:
        core = self._link.core
        if isinstance(body, bytes):
            for at in range(0, len(body), SMALL):
                await self._write(core.send(body[at : at + SMALL]))
        elif isinstance(body, Outgoing):
            while piece := await body.read():
                await self._write(core.send(piece))
        else:
            async for piece in body:
                if piece:
                    await self._write(core.send(piece))
        await self._write(core.end())

    async def _write(self, data: bytes) -> None:
        try:
            await self._link.write(data, self._limit())
        except ConnectionLost:
            # The server reads no more; its response may have come before, and say why. If not, reading fails.
            return

    async def _end_sending(self) -> None:
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending])
        body, self._body = self._body, b""
        if isinstance(body, Outgoing):
            await body.close()

    def _limit(self) -> float | None:
        """How long a step may take now."""
        if self._deadline is None:
            return self._read
        left = self._deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise TimedOut("the request took longer than it may in all")
        return left if self._read is None else min(left, self._read)


def _length(body: Body) -> int:
    if isinstance(body, bytes):
        return len(body)
    return body.length() if isinstance(body, Outgoing) else UNKNOWN
