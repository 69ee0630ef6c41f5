"""The server: listens, watches the time, and ends in good order."""

from __future__ import annotations

import asyncio

from pymirage.sched.stream_tcp import StreamTcp
from pymirage.web.server.conversation import Conversation
from pymirage.web.server.over_flow import converse
from pymirage.web.server.service import Service
from pymirage.web.server.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.flow import Flow
    from pymirage.device.tcp import Tcp, TcpListener
    from pymirage.web.message import Handler
    from pymirage.web.server.access import AccessLog
    from pymirage.web.server.counters import Counters


class Server:
    """One handler, on any number of ports and flows. access: who writes a line for each response."""

    def __init__(
        self, handler: Handler, settings: Settings | None = None, *, access: AccessLog | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.service = Service(handler, self.settings, access)
        self.service.watch = self._watch
        self.service.emptied = self._emptied
        self._listeners: list[TcpListener] = []
        self._timer: asyncio.TimerHandle | None = None
        self._empty: asyncio.Event | None = None

    @property
    def counters(self) -> Counters:
        return self.service.counters

    async def listen(self, tcp: Tcp, port: int, *, address: str = "", backlog: int = 1024) -> int:
        """Take connections on a port; its number, which 0 leaves to the stack. Raises AddressInUse."""
        if isinstance(tcp, StreamTcp):
            listener = await tcp.listen_protocol(
                port, lambda: Conversation(self.service), address=address, backlog=backlog
            )
        else:
            listener = await tcp.listen(port, self.serve_flow, address=address, backlog=backlog)
        self._listeners.append(listener)
        return listener.port()

    async def serve_flow(self, flow: Flow, scheme: str = "http") -> None:
        """One connection that somebody else took, for example with TLS underneath (scheme "https")."""
        await converse(flow, Conversation(self.service, scheme))

    async def close(self) -> None:
        """Take nothing new, let what runs come to its end, cut off what has not after `settings.grace`."""
        service = self.service
        service.closing = True
        for listener in self._listeners:
            await listener.close()
        for conversation in list(service.conversations):
            conversation.stop()
        if service.conversations:
            self._empty = asyncio.Event()
            try:
                async with asyncio.timeout(self.settings.grace):
                    await self._empty.wait()
            except TimeoutError:
                for conversation in list(service.conversations):
                    conversation.abort()
                # Transports tell of their ends in a turn of their own.
                await asyncio.sleep(0)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self) -> None:
        """Look after conversations once a second, while there are any."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1, self._second)

    def _second(self) -> None:
        self._timer = None
        self.service.second()
        if self.service.conversations:
            self._watch()

    def _emptied(self) -> None:
        if self._empty is not None:
            self._empty.set()
