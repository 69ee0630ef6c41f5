"""asyncio's transport for datagrams over one of our sockets."""

from __future__ import annotations

import asyncio
import errno

from pymirage.net.udp import UdpHandler
from pymirage.sched.addresses import host_address, text_of
from pymirage.sched.datagram_options import DatagramOptions
from pymirage.sched.icmp_errors import error_of_icmp
from pymirage.sched.sockets import datagram_socket, socket_name
from pymirage.wire.drop import Drop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymirage.net.udp import UdpSocket
    from pymirage.sched.places import Place
    from pymirage.sched.sides import Sides
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


def bind(place: Place, events: UdpHandler, shared: bool) -> dict[NetStack, UdpSocket]:
    """A socket on each stack of a place, all on one port. Raises OSError when it is in use."""
    bound: dict[NetStack, UdpSocket] = {}
    for stack in place.stacks:
        socket = stack.host.udp.bind(events, place.port, place.address, shared, place.version)
        if socket is None:
            for other in bound.values():
                other.close()
            raise OSError(errno.EADDRINUSE, f"UDP port {place.port} is in use")
        # A port chosen by the first stack is asked of the others.
        place.port = int(socket.port)
        bound[stack] = socket
    return bound


class UdpTransport(asyncio.DatagramTransport):
    """`remote`: the only peer, when the endpoint was made for one."""

    def __init__(
        self,
        sides: Sides,
        events: Datagrams,
        sockets: dict[NetStack, UdpSocket],
        place: Place,
        remote: tuple[bytes, int] | None,
    ) -> None:
        super().__init__()
        self._sides = sides
        self._sockets = sockets
        self._loop = asyncio.get_running_loop()
        self._protocol: asyncio.DatagramProtocol
        self._remote = remote
        self._closing = False
        self._options = DatagramOptions(sides, sockets)
        name = place.name()
        peer: tuple[Any, ...] | None = None
        if remote is not None:
            peer = socket_name(*remote)
            for socket in sockets.values():
                socket.connect(*remote)
        self._facts: dict[str, Any] = {"sockname": name}
        if peer is not None:
            self._facts["peername"] = peer
        self._facts["socket"] = datagram_socket(name, self._options, peer)
        events.transport = self

    def begin(self, protocol: asyncio.DatagramProtocol) -> None:
        """The protocol is told in a turn of its own, as asyncio does."""
        self._protocol = protocol
        self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        if not self._closing:
            self._protocol.connection_made(self)

    def arrived(self, data: bytes, source: bytes, port: int) -> None:
        if not self._closing:
            self._loop.call_soon(self._hand_up, data, socket_name(source, port))

    def failed(self, kind: int, remote: bytes, port: int) -> None:
        error = error_of_icmp(kind, remote, port)
        if not self._closing and error is not None:
            self._loop.call_soon(self._hand_up_error, error)

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
        stack = self._towards(address)
        reason = self._sockets[stack].send(bytes(data), address, port, stack.now())
        stack.kick()
        if reason is not None:
            self._refused(reason, address, port)

    def _towards(self, address: bytes) -> NetStack:
        """The stack that a datagram leaves by."""
        if len(self._sockets) > 1:
            best = self._sides.towards(address)
            if best in self._sockets:
                return best
        return next(iter(self._sockets))

    def _refused(self, reason: Drop, address: bytes, port: int) -> None:
        number = errno.EMSGSIZE if reason is Drop.TOO_BIG else errno.EHOSTUNREACH
        error = OSError(number, f"{text_of(address)} port {port}: {reason.value}")
        self._loop.call_soon(self._hand_up_error, error)

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
        self._options.groups.leave_all()
        for socket in self._sockets.values():
            socket.close()
        self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()
