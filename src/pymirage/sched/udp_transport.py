"""asyncio's transport for datagrams over one of our sockets."""

from __future__ import annotations

import asyncio
import errno

from pymirage.net import handler
from pymirage.net.udp import UdpHandler
from pymirage.sched.addresses import host_address, text_of
from pymirage.sched.tcp_transport import socket_name
from pymirage.wire.drop import Drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymirage.net.udp import UdpSocket
    from pymirage.sched.stack import NetStack


class Datagrams(UdpHandler):
    """Hands a socket's events to a transport."""

    def __init__(self) -> None:
        self.transport: UdpTransport | None = None

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
        del socket, destination, destination_port, now
        if self.transport is not None:
            self.transport.arrived(data, source, source_port)

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        del socket, now
        if self.transport is not None:
            self.transport.failed(kind, remote, remote_port)


class UdpTransport(asyncio.DatagramTransport):
    """`remote`: the only peer, when the endpoint was made for one."""

    def __init__(
        self,
        stack: NetStack,
        socket: UdpSocket,
        protocol: asyncio.DatagramProtocol,
        local: bytes,
        remote: tuple[bytes, int] | None,
    ) -> None:
        super().__init__()
        self._stack = stack
        self._socket = socket
        self._protocol = protocol
        self._remote = remote
        self._closing = False
        self._facts: dict[str, Any] = {}
        self._facts["sockname"] = socket_name(local, int(socket.port))
        if remote is not None:
            self._facts["peername"] = socket_name(*remote)
        stack.loop.call_soon(self._begin)

    def _begin(self) -> None:
        if not self._closing:
            self._protocol.connection_made(self)

    def arrived(self, data: bytes, source: bytes, port: int) -> None:
        if not self._closing:
            self._stack.loop.call_soon(self._hand_up, data, socket_name(source, port))

    def failed(self, kind: int, remote: bytes, port: int) -> None:
        if self._closing or kind == handler.TOO_BIG:
            return
        where = f"{text_of(remote)} port {port}"
        error: OSError
        if kind == handler.PORT_UNREACHABLE:
            error = ConnectionRefusedError(errno.ECONNREFUSED, f"nobody listens at {where}")
        else:
            error = OSError(errno.EHOSTUNREACH, f"{where} cannot be reached")
        self._stack.loop.call_soon(self._hand_up_error, error)

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        if self._closing:
            return
        if addr is None:
            if self._remote is None:
                raise ValueError("sendto() needs an address: this endpoint was made for no particular peer")
            address, port = self._remote
        else:
            address, port = host_address(addr[0].partition("%")[0]), addr[1]
            if self._remote is not None and (address, port) != self._remote:
                raise ValueError(f"Invalid address: must be None or {self._facts['peername']}")
        reason = self._socket.send(bytes(data), address, port, self._stack.now())
        self._stack.kick()
        if reason is not None:
            self._refused(reason, address, port)

    def _refused(self, reason: Drop, address: bytes, port: int) -> None:
        number = errno.EMSGSIZE if reason is Drop.TOO_BIG else errno.EHOSTUNREACH
        error = OSError(number, f"{text_of(address)} port {port}: {reason.value}")
        self._stack.loop.call_soon(self._hand_up_error, error)

    def _hand_up(self, data: bytes, name: tuple[Any, ...]) -> None:
        if not self._closing:
            self._protocol.datagram_received(data, name)

    def _hand_up_error(self, error: OSError) -> None:
        if not self._closing:
            self._protocol.error_received(error)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._facts.get(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol  # type: ignore[assignment]

    def get_write_buffer_size(self) -> int:
        """Nothing is kept back: a datagram is sent or lost at once."""
        return 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return 0, 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._socket.close()
        self._stack.loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()
