"""The device Udp over our own stack."""

from __future__ import annotations

import logging

from pymirage.device.endpoint import Endpoint
from pymirage.device.error import AddressInUse, Closed
from pymirage.device.udp import LARGEST, Udp, UdpPort
from pymirage.error import UsageError
from pymirage.net.udp import UdpHandler
from pymirage.sched.addresses import host_address, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.udp import Receive
    from pymirage.net.udp import UdpSocket
    from pymirage.sched.stack import NetStack

log = logging.getLogger(__name__)


class _Events(UdpHandler):
    """Hands a socket's datagrams to a port. (A class of its own: a compiled base takes no second.)"""

    def __init__(self, port: DirectUdpPort) -> None:
        self.port = port

    def on_datagram(
        self,
        socket: UdpSocket,
        data: bytes,
        source: bytes,
        source_port: int,
        destination: bytes,
        destination_port: int,
        now: int,
    ) -> None:
        del socket, now
        ours = Endpoint(text_of(destination), int(destination_port))
        self.port.arrived(data, Endpoint(text_of(source), int(source_port)), ours)

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        """Lost is lost."""


class DirectUdpPort(UdpPort):
    def __init__(self, stack: NetStack, receive: Receive) -> None:
        self._stack = stack
        self._receive = receive
        self._socket: UdpSocket | None = None

    def bind(self, port: int, address: str) -> None:
        local = host_address(address) if address else b""
        self._socket = self._stack.host.udp.bind(_Events(self), port, local)
        if self._socket is None:
            raise AddressInUse(f"UDP port {port} is in use")

    def port(self) -> int:
        return int(self._open().port)

    def send(self, data: bytes, destination: Endpoint) -> None:
        if len(data) > LARGEST:
            raise UsageError(f"{len(data)} bytes: a datagram holds {LARGEST}")
        now = self._stack.now()
        reason = self._open().send(data, host_address(destination.address), destination.port, now)
        if reason is not None:
            log.debug("to %s: %s", destination, reason.value)
        self._stack.kick()

    async def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def arrived(self, data: bytes, source: Endpoint, destination: Endpoint) -> None:
        """An application that fails loses one datagram."""
        try:
            self._receive(self, data, source, destination)
        except Exception:
            log.exception("a datagram from %s was not handled", source)

    def _open(self) -> UdpSocket:
        if self._socket is None:
            raise Closed("this UDP port was closed")
        return self._socket


class DirectUdp(Udp):
    def __init__(self, stack: NetStack) -> None:
        self._stack = stack

    async def listen(self, port: int, receive: Receive, *, address: str = "") -> UdpPort:
        made = DirectUdpPort(self._stack, receive)
        made.bind(port, address)
        return made
