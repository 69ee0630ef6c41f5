# pymirage: hot
"""UDP: RFC 768, RFC 1122 §4.1, over both IP versions.

A datagram goes to the most particular socket: one bound to its addresses and ports before one bound to fewer.
Groups and broadcasts go to every socket of the port. Nobody there: port unreachable.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.address import high_of, low_of, octets_of
from pymirage.net.handler import PORT_UNREACHABLE, IcmpError, IcmpSender, PacketHandler
from pymirage.net.interface import Interface
from pymirage.net.output import HOP_LIMIT, Output
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.path import Path, Routes
from pymirage.octets import add16, b16, b32, sum16, u16
from pymirage.wire import udp
from pymirage.wire.drop import Drop

PROTOCOL: Final = 17
LARGEST_V4: Final = 65_507
LARGEST_V6: Final = 65_527

FIRST_DYNAMIC: Final = 49_152
"""RFC 6335 §6: ports for whoever asks for none in particular."""
ATTEMPTS: Final = 64
MAXIMUM_SOCKETS: Final = 16_384


@mypyc_attr(allow_interpreted_subclasses=True)
class DatagramHandler(ABC):
    """Whoever bound a port."""

    @abstractmethod
    def on_datagram(self, data: bytes, arrival: "Arrival") -> None:
        """A datagram came."""

    @abstractmethod
    def on_error(self, kind: i64, remote: bytes, port: i64) -> None:
        """A datagram that we sent did not arrive; `kind` as in handler.py."""


@final
class Arrival:
    """Where a datagram came from and went to."""

    def __init__(
        self, interface: Interface, source: bytes, source_port: i64, destination: bytes, port: i64
    ) -> None:
        self.interface: Final = interface
        self.source: Final = source
        self.source_port: Final[i64] = source_port
        self.destination: Final = destination
        """Our address, or a group, or a broadcast address."""
        self.port: Final[i64] = port


@final
class UdpSocket:
    """Made by `UdpStack.bind`. Empty addresses and a remote port of 0 match all."""

    def __init__(
        self, handler: DatagramHandler, version: i64, local: bytes, port: i64, remote: bytes, remote_port: i64
    ) -> None:
        self.handler: Final = handler
        self.version: Final[i64] = version
        """4, 6, or 0 for both."""
        self.local: Final = local
        self.local_high: Final[i64] = high_of(local) if local else 0
        self.local_low: Final[i64] = low_of(local) if local else 0
        self.port: Final[i64] = port
        self.remote: Final = remote
        self.remote_high: Final[i64] = high_of(remote) if remote else 0
        self.remote_low: Final[i64] = low_of(remote) if remote else 0
        self.remote_port: Final[i64] = remote_port
        self.hop_limit: i64 = HOP_LIMIT
        self.multicast_hop_limit: i64 = 1
        self.traffic_class: i64 = 0
        self.path: Path | None = None
        """The last path used: most sockets speak to one peer."""

    def score(self, packet: Packet, source_port: i64) -> i64:
        """How particular a match is; -1 for none."""
        score: i64 = 0
        if self.version != 0 and self.version != packet.version:
            return -1
        if self.local:
            if packet.destination_low != self.local_low or packet.destination_high != self.local_high:
                return -1
            score += 1
        if self.remote:
            if packet.source_low != self.remote_low or packet.source_high != self.remote_high:
                return -1
            if source_port != self.remote_port:
                return -1
            score += 2
        return score

    def same_place(self, other: "UdpSocket") -> bool:
        """Whether two sockets would get the same datagrams."""
        overlap = self.version == 0 or other.version == 0 or self.version == other.version
        return (
            overlap
            and self.local == other.local
            and self.remote == other.remote
            and self.remote_port == other.remote_port
        )


@final
class UdpStack(PacketHandler):
    """All sockets of a host."""

    def __init__(
        self, routes: Routes, output: Output, icmp: IcmpSender, entropy: Callable[[int], bytes]
    ) -> None:
        self.routes: Final = routes
        self.output: Final = output
        self.icmp: Final = icmp
        self.entropy: Final = entropy
        self.sockets: Final[dict[int, list[UdpSocket]]] = {}
        self.count: i64 = 0

    # -- calls of the user --

    def bind(
        self,
        handler: DatagramHandler,
        port: i64 = 0,
        local: bytes = b"",
        remote: bytes = b"",
        remote_port: i64 = 0,
        version: i64 = 0,
    ) -> UdpSocket | None:
        """Take a port, any when 0; None when it is taken or there are too many sockets."""
        if self.count >= MAXIMUM_SOCKETS:
            return None
        chosen = port if port != 0 else self.free_port()
        if chosen == 0:
            return None
        socket = UdpSocket(handler, version, local, chosen, remote, remote_port)
        others = self.sockets.get(chosen)
        if others is None:
            others = []
            self.sockets[chosen] = others
        for other in others:
            if socket.same_place(other):
                return None
        others.append(socket)
        self.count += 1
        return socket

    def free_port(self) -> i64:
        """A port that nobody guesses: RFC 6056 §3.3.1."""
        for _ in range(ATTEMPTS):
            drawn: i64 = u16(self.entropy(2), 0)
            port: i64 = FIRST_DYNAMIC + drawn % (0x10000 - FIRST_DYNAMIC)
            if port not in self.sockets:
                return port
        return 0

    def close(self, socket: UdpSocket) -> None:
        """Give a port back; twice is harmless."""
        others = self.sockets.get(socket.port)
        if others is None or socket not in others:
            return
        others.remove(socket)
        self.count -= 1
        if not others:
            del self.sockets[socket.port]

    def send(self, socket: UdpSocket, data: bytes, remote: bytes, port: i64, now: i64) -> Drop | None:
        """Send one datagram, cut into fragments when the path needs it; the reason when it cannot be sent."""
        if len(data) > (LARGEST_V4 if len(remote) == 4 else LARGEST_V6):
            return Drop.TOO_BIG
        path = socket.path
        if path is None or not path.valid or path.destination != remote:
            found = self.routes.path(remote, socket.local, now)
            if not isinstance(found, Path):
                return found
            path = found
            socket.path = path
        datagram = emit(path.source, remote, socket.port, port, data)
        group = remote[0] == 0xFF if len(remote) == 16 else remote[0] & 0xF0 == 0xE0
        hop_limit: i64 = socket.multicast_hop_limit if group else socket.hop_limit
        return self.output.send(path, PROTOCOL, datagram, hop_limit, socket.traffic_class, False, now)

    # -- packets --

    def receive_packet(self, packet: Packet, now: i64) -> Drop | None:
        """A UDP packet."""
        header = udp.parse(packet.frame, packet.version, packet.ip_at, packet.at, packet.end, packet.verified)
        if isinstance(header, Drop):
            return header
        sockets = self.sockets.get(header.destination)
        if packet.cast != UNICAST:
            return self.receive_group(packet, header, sockets)
        best: UdpSocket | None = None
        best_score: i64 = -1
        if sockets is not None:
            for socket in sockets:
                score = socket.score(packet, header.source)
                if score > best_score:
                    best, best_score = socket, score
        if best is None:
            self.icmp.unreachable(packet, PORT_UNREACHABLE, now)
            return Drop.NO_PORT
        self.deliver(best, packet, header)
        return None

    def receive_group(self, packet: Packet, header: udp.Udp, sockets: list[UdpSocket] | None) -> Drop | None:
        """A copy for everybody on the port; nobody is told that nobody is there."""
        taken = False
        if sockets is not None:
            for socket in list(sockets):
                local = socket.local
                if not local or socket.score(packet, header.source) >= 0:
                    version = socket.version
                    if version == 0 or version == packet.version:
                        self.deliver(socket, packet, header)
                        taken = True
        return None if taken else Drop.NO_PORT

    def deliver(self, socket: UdpSocket, packet: Packet, header: udp.Udp) -> None:
        """Hand up one datagram."""
        arrival = Arrival(
            packet.interface,
            octets_of(packet.source_high, packet.source_low),
            header.source,
            octets_of(packet.destination_high, packet.destination_low),
            header.destination,
        )
        socket.handler.on_datagram(packet.frame[header.payload : header.end], arrival)

    def receive_error(self, error: IcmpError, now: i64) -> Drop | None:  # noqa: ARG002
        """Only a socket that could have sent the quoted datagram hears of it."""
        port = u16(error.frame, error.quoted_at + udp.SOURCE)
        remote_port = u16(error.frame, error.quoted_at + udp.DESTINATION)
        remote = octets_of(error.remote_high, error.remote_low)
        for socket in self.sockets.get(port, []):
            if socket.remote and (socket.remote != remote or socket.remote_port != remote_port):
                continue
            if socket.local and (
                socket.local_low != error.local_low or socket.local_high != error.local_high
            ):
                continue
            socket.handler.on_error(error.kind, remote, remote_port)
            return None
        return Drop.ICMP_UNRELATED


def emit(source: bytes, destination: bytes, source_port: i64, port: i64, data: bytes) -> bytes:
    """Header and data, the checksum over the pseudo-header computed."""
    length: i64 = udp.SIZE + len(data)
    header = b16(source_port) + b16(port) + b16(length) + b16(0)
    pseudo = source + destination + b32(PROTOCOL) + b32(length) + header
    total = add16(sum16(pseudo, 0, len(pseudo)), sum16(data, 0, len(data)))
    return header[: udp.CHECKSUM] + b16(udp.checksum_field(total)) + data
