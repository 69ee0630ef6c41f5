"""The device Udp over our own stack."""

from __future__ import annotations

import logging

from pymirage.device.endpoint import Endpoint, check_port
from pymirage.device.error import AddressInUse, Closed
from pymirage.device.udp import LARGEST, Udp, UdpPort
from pymirage.error import UsageError
from pymirage.net.udp import UdpHandler
from pymirage.sched.addresses import group_address, host_address, text_of
from pymirage.sched.groups import Groups, group_port
from pymirage.sched.icmp_errors import error_of_icmp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.udp import Failed, Receive
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
        del socket, now
        error = error_of_icmp(kind, remote, remote_port)
        if error is not None:
            self.port.lost(Endpoint(text_of(remote), int(remote_port)), error)


class DirectUdpPort(UdpPort):
    def __init__(self, stack: NetStack, receive: Receive, failed: Failed | None) -> None:
        self._stack = stack
        self._receive = receive
        self._failed = failed
        self._groups = Groups()
        self._socket: UdpSocket | None = None

    def bind(self, port: int, address: str) -> None:
        check_port(port)
        local = host_address(address) if address else b""
        version = 0
        if local and not any(local):
            version = 4 if len(local) == 4 else 6
            local = b""
        self._socket = self._stack.host.udp.bind(_Events(self), port, local, False, version)
        if self._socket is None:
            raise AddressInUse(f"UDP port {port} is in use")

    def port(self) -> int:
        return int(self._open().port)

    def send(self, data: bytes, destination: Endpoint) -> None:
        if len(data) > LARGEST:
            raise UsageError(f"{len(data)} bytes: a datagram holds {LARGEST}")
        check_port(destination.port)
        now = self._stack.now()
        reason = self._open().send(data, host_address(destination.address), destination.port, now)
        if reason is not None:
            log.debug("to %s: %s", destination, reason.value)
        self._stack.kick()

    def join(self, group: str) -> None:
        self._open()
        address = group_address(group)
        port = group_port(self._stack, address)
        if not self._groups.has(port, address):
            self._groups.join(port, address)

    def leave(self, group: str) -> None:
        self._groups.leave_everywhere(group_address(group))

    async def close(self) -> None:
        self._groups.leave_all()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def arrived(self, data: bytes, source: Endpoint, destination: Endpoint) -> None:
        """An application that fails loses one datagram."""
        try:
            self._receive(self, data, source, destination)
        except Exception:
            log.exception("a datagram from %s was not handled", source)

    def lost(self, destination: Endpoint, error: OSError) -> None:
        """The network says that a datagram did not arrive."""
        if self._failed is None:
            return
        try:
            self._failed(self, destination, error)
        except Exception:
            log.exception("that %s was not reached was not handled", destination)

    def _open(self) -> UdpSocket:
        if self._socket is None:
            raise Closed("this UDP port was closed")
        return self._socket


class DirectUdp(Udp):
    def __init__(self, stack: NetStack) -> None:
        self._stack = stack

    async def listen(
        self, port: int, receive: Receive, *, address: str = "", failed: Failed | None = None
    ) -> UdpPort:
        made = DirectUdpPort(self._stack, receive, failed)
        made.bind(port, address)
        return made
