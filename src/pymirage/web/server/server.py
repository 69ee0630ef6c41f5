"""The server: listens on devices Tcp, and hands requests to a handler."""

from __future__ import annotations

from pymirage.web.server.thin import serve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.tcp import Tcp, TcpFlow, TcpListener
    from pymirage.web.message import Handler


class Server:
    """One handler, on any number of ports."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.listeners: list[TcpListener] = []

    async def listen(self, tcp: Tcp, port: int, *, address: str = "") -> int:
        """Take connections; the port's number. Raises AddressInUse."""

        async def conversation(flow: TcpFlow) -> None:
            await serve(flow, self.handler)

        listener = await tcp.listen(port, conversation, address=address)
        self.listeners.append(listener)
        return listener.port()

    async def close(self) -> None:
        for listener in self.listeners:
            await listener.close()
