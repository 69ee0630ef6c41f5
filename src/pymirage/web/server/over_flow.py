"""A conversation over a Flow: what asyncio's transports do for it, done by two tasks."""

from __future__ import annotations

import asyncio

from pymirage.device.error import Closed, ConnectionLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymirage.device.flow import Flow
    from pymirage.web.server.conversation import Conversation

HIGH_WATER = 64 * 1024


class FlowTransport:
    """As much of a transport as a conversation, and a flow made of it, use."""

    def __init__(self, flow: Flow, protocol: Any) -> None:
        self.flow = flow
        self.protocol = protocol
        self.sending: asyncio.Task[None] | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self._paused = False
        self._eof = False
        self._closing = False
        self._reading = asyncio.Event()
        self._reading.set()
        self._work = asyncio.Event()

    # -- what the conversation calls --

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Ends, of flows that have them."""
        end = {"peername": "remote", "sockname": "local"}.get(name, "")
        found = getattr(self.flow, end, None)
        if found is None:
            return default
        endpoint = found()
        return endpoint.address, endpoint.port

    def write(self, data: bytes) -> None:
        if self._closing or self._eof:
            return
        self._pieces.append(data)
        self._size += len(data)
        self._work.set()
        if self._size > HIGH_WATER and not self._paused:
            self._paused = True
            self.protocol.pause_writing()

    def get_write_buffer_size(self) -> int:
        return self._size

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._eof = True
        self._work.set()

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True
        self._work.set()

    def abort(self) -> None:
        self.close()
        if self.sending is not None:
            self.sending.cancel()

    def pause_reading(self) -> None:
        self._reading.clear()

    def resume_reading(self) -> None:
        self._reading.set()

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    # -- the two tasks --

    async def receive(self) -> None:
        """Hand up what comes."""
        while True:
            await self._reading.wait()
            data = await self.flow.read()
            if self._closing:
                return
            if data:
                self.protocol.data_received(data)
            elif not self.protocol.eof_received():
                self.close()
                return
            else:
                return

    async def send(self) -> None:
        """Write what there is, until the end."""
        shut = False
        while True:
            await self._work.wait()
            self._work.clear()
            while self._pieces:
                pieces, self._pieces = self._pieces, []
                await self.flow.writev(pieces)
                self._size -= sum(map(len, pieces))
                if self._paused and self._size <= HIGH_WATER // 4:
                    self._paused = False
                    self.protocol.resume_writing()
            if self._closing:
                return
            if self._eof and not shut:
                shut = True
                await self.flow.shutdown(write=True)


async def converse(flow: Flow, conversation: Conversation) -> None:
    """Until it is over; whoever opened the flow closes it."""
    transport = FlowTransport(flow, conversation)
    conversation.connection_made(transport)
    loop = asyncio.get_running_loop()
    receiving, sending = loop.create_task(transport.receive()), loop.create_task(transport.send())
    transport.sending = sending
    lost: BaseException | None = None
    try:
        done, _ = await asyncio.wait((receiving, sending), return_when=asyncio.FIRST_COMPLETED)
        if sending not in done and receiving.exception() is None:
            await asyncio.wait((sending,))
    finally:
        for task in (receiving, sending):
            task.cancel()
        results = await asyncio.gather(receiving, sending, return_exceptions=True)
        lost = next((result for result in results if isinstance(result, ConnectionLost | Closed)), None)
        transport.protocol.connection_lost(lost)
