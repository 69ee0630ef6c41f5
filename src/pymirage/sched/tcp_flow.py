"""A `Flow` over one of our TCP connections, without asyncio's transports between."""

from __future__ import annotations

import asyncio

from pymirage.device import Flow
from pymirage.device.error import Closed, ConnectionLost
from pymirage.net.tcp.handler import ConnectionHandler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection
    from pymirage.net.tcp.failure import Failure
    from pymirage.sched.stack import NetStack

READ_LIMIT = 256 * 1024


class FlowEvents(ConnectionHandler):
    """Wakes the tasks that wait in a flow."""

    def __init__(self, flow: TcpFlow) -> None:
        self.flow = flow

    def on_connected(self, connection: Connection) -> None:
        self.flow.connected(connection)

    def on_readable(self, connection: Connection) -> None:  # noqa: ARG002
        self.flow.wake_reader()

    def on_writable(self, connection: Connection) -> None:  # noqa: ARG002
        self.flow.wake_writer()

    def on_closed(self, connection: Connection) -> None:  # noqa: ARG002
        self.flow.ended("the connection has ended")

    def on_error(self, connection: Connection, failure: Failure) -> None:  # noqa: ARG002
        self.flow.ended(failure.value, lost=True)


class TcpFlow(Flow):
    """`FlowEvents(flow)` is the handler of its connection."""

    def __init__(self, stack: NetStack) -> None:
        self._stack = stack
        self._connection: Connection | None = None
        self._end = ""
        self._lost = False
        self._open = True
        self._deaf = False
        self._write_ended = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    # -- what the connection says --

    def connected(self, connection: Connection) -> None:
        self._connection = connection

    def ended(self, why: str, *, lost: bool = False) -> None:
        self._end = why
        self._lost = lost
        self.wake_reader()
        self.wake_writer()

    def wake_reader(self) -> None:
        if self._deaf and self._connection is not None:
            self._throw_away(self._connection)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def wake_writer(self) -> None:
        if self._writer is not None and not self._writer.done():
            self._writer.set_result(None)

    # -- Flow --

    async def read(self) -> bytes:
        connection = self._live()
        while not self._deaf:
            data = connection.read(READ_LIMIT, self._stack.now())
            if data:
                # The window may have opened: the peer must hear of it.
                self._stack.kick()
                return data
            if connection.at_end() or (self._end and not self._lost):
                return b""
            if self._lost:
                raise ConnectionLost(self._end)
            self._reader = self._stack.loop.create_future()
            await self._reader
            connection = self._live()
        return b""

    async def write(self, data: bytes) -> None:
        connection = self._writable()
        while data:
            taken = int(connection.write(data))
            self._stack.kick()
            data = data[taken:]
            if data:
                self._writer = self._stack.loop.create_future()
                await self._writer
                connection = self._writable()

    async def shutdown(self, *, read: bool = False, write: bool = False) -> None:
        connection = self._live()
        if read:
            self._deaf = True
            self.wake_reader()
        if write and not self._write_ended:
            self._write_ended = True
            connection.shutdown()
            self._stack.kick()

    async def close(self) -> None:
        if not self._open:
            return
        self._open = False
        if self._connection is not None and not self._end:
            self._connection.handler = None
            self._connection.close(self._stack.now())
            self._stack.kick()
        self.wake_reader()
        self.wake_writer()

    def abort(self) -> None:
        """End at once: the peer gets a reset."""
        self._open = False
        if self._connection is not None and not self._end:
            self._connection.abort(self._stack.now())
            self._stack.kick()

    def _live(self) -> Connection:
        if not self._open:
            raise Closed("this flow was closed")
        if self._connection is None:
            raise Closed("this flow was never opened")
        return self._connection

    def _writable(self) -> Connection:
        connection = self._live()
        if self._write_ended:
            raise Closed("the sending side of this flow was shut down")
        if self._end:
            raise ConnectionLost(self._end)
        return connection

    def _throw_away(self, connection: Connection) -> None:
        while connection.read(READ_LIMIT, self._stack.now()):
            self._stack.kick()
