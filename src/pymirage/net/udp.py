# pymirage: hot
"""UDP (RFC 768, RFC 8085, RFC 1122 §4.1): datagrams to the sockets that are bound, and out.

Nothing is queued: a datagram is handed to the handler as it arrives, so a slow application costs no memory.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net import headers
from pymirage.net.address import high_of, is_v4, low_of, octets_of
from pymirage.net.addresses import is_multicast
from pymirage.net.handler import PORT_UNREACHABLE, IcmpError, IcmpSender, PacketHandler
from pymirage.net.link import CHECKSUM_OUT
from pymirage.net.output import Output
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.path import Path, Routes
from pymirage.octets import fold, join, put_u16, sum16, sum16_of, u16
from pymirage.wire import udp
from pymirage.wire.drop import Drop
from pymirage.wire.udp import Udp

PROTOCOL: Final = 17
LARGEST: Final = 65_535 - udp.SIZE
FIRST_PORT: Final = 32_768
PORTS: Final = 28_232
"""Local ports are chosen from 32768 to 60999, at random (RFC 6056, RFC 5452 §4.5)."""
TRIES: Final = 128


@mypyc_attr(allow_interpreted_subclasses=True)
class UdpHandler(ABC):
    """Told what arrives for a socket."""

    @abstractmethod
    def on_datagram(
        self,
        socket: "UdpSocket",
        data: bytes,
        source: bytes,
        source_port: i64,
        destination: bytes,
        destination_port: i64,
        now: i64,
    ) -> None:
        """A datagram. `destination` may be a group or a broadcast address. Addresses are 4 or 16 octets."""

    @abstractmethod
    def on_error(self, socket: "UdpSocket", kind: i64, remote: bytes, remote_port: i64, now: i64) -> None:
        """An ICMP error about a datagram that this socket sent; kinds are those of net/handler.py."""


@final
class UdpSocket:
    """Made by `UdpStack.bind`."""

    def __init__(
        self, stack: "UdpStack", high: i64, low: i64, port: i64, handler: UdpHandler, version: i64
    ) -> None:
        self.stack: Final = stack
        self.high: Final = high
        self.low: Final = low
        """The local address as halves; both 0: any."""
        self.version: Final = version
        """4 or 6 when any address of one IP version is meant; 0: of both."""
        self.port: Final = port
        self.handler: Final = handler
        self.remote_high: i64 = 0
        self.remote_low: i64 = 0
        self.remote_port: i64 = 0
        """Set by `connect`: only datagrams from there are taken."""
        self.hop_limit: i64 = headers.HOP_LIMIT
        self.group_hop_limit: i64 = 1
        """To groups: the next network must be wished for (RFC 1112 §6.1, RFC 3493 §5.2)."""
        self.traffic_class: i64 = 0
        self.shared: bool = False
        """Others may bind the same port (multicast receivers)."""
        self.path: Path | None = None
        """The last one used: most sockets talk to one peer for a while."""
        self.received: i64 = 0
        self.sent: i64 = 0

    def local_address(self) -> bytes:
        """Empty when it is any."""
        return b"" if self.high == 0 and self.low == 0 else octets_of(self.high, self.low)

    def connect(self, remote: bytes, port: i64) -> None:
        """Take datagrams only from this peer."""
        self.remote_high = high_of(remote)
        self.remote_low = low_of(remote)
        self.remote_port = port

    def send(self, data: bytes, destination: bytes, port: i64, now: i64) -> Drop | None:
        """Send one datagram; why it was dropped here, if it was."""
        return self.stack.send(self, data, destination, port, now)

    def close(self) -> None:
        self.stack.unbind(self)

    def fits(self, high: i64, low: i64, remote_high: i64, remote_low: i64, remote_port: i64) -> i64:
        """How exactly a datagram fits this socket: 0 not at all, 1 by port, 2 by address, 3 by peer."""
        score: i64 = 1
        if self.high != 0 or self.low != 0:
            if self.high != high or self.low != low:
                return 0
            score = 2
        elif self.version != 0 and (self.version == 4) != is_v4(high, low):
            return 0
        if self.remote_port != 0:
            if (
                self.remote_port != remote_port
                or self.remote_low != remote_low
                or self.remote_high != remote_high
            ):
                return 0
            score = 3
        return score


@final
class UdpStack(PacketHandler):
    """UDP of one host. `entropy(n)` gives n octets that nobody can guess."""

    def __init__(
        self, routes: Routes, output: Output, icmp: IcmpSender, entropy: Callable[[int], bytes]
    ) -> None:
        self.routes: Final = routes
        self.output: Final = output
        self.icmp: Final = icmp
        self.entropy: Final = entropy
        self.sockets: Final[dict[int, list[UdpSocket]]] = {}
        self.buffer: Final = bytearray(headers.LARGEST + udp.SIZE)

    # -- sockets --

    def bind(
        self, handler: UdpHandler, port: i64 = 0, address: bytes = b"", shared: bool = False, version: i64 = 0
    ) -> UdpSocket | None:
        """A socket on a port (0: one that is free, at random); None when the port is in use.

        Without an address, `version` 4 or 6 leaves the port of the other IP version to somebody else.
        """
        if port == 0:
            port = self._free_port()
            if port == 0:
                return None
        high: i64 = high_of(address) if address else 0
        low: i64 = low_of(address) if address else 0
        others = self.sockets.setdefault(port, [])
        for other in others:
            apart = version != other.version and version != 0 and other.version != 0
            if other.high == high and other.low == low and not apart and not (shared and other.shared):
                return None
        socket = UdpSocket(self, high, low, port, handler, version)
        socket.shared = shared
        others.append(socket)
        return socket

    def _free_port(self) -> i64:
        for _ in range(TRIES):
            port: i64 = FIRST_PORT + int.from_bytes(self.entropy(4), "big") % PORTS
            if port not in self.sockets:
                return port
        return 0

    def unbind(self, socket: UdpSocket) -> None:
        others = self.sockets.get(socket.port)
        if others is not None and socket in others:
            others.remove(socket)
            if not others:
                del self.sockets[socket.port]

    # -- in --

    def receive_packet(self, packet: Packet, now: i64) -> Drop | None:
        """A UDP packet, to the socket that fits best; to all that fit when it is for a group or broadcast."""
        header = udp.parse(packet.frame, packet.version, packet.ip_at, packet.at, packet.end, packet.verified)
        if not isinstance(header, Udp):
            return header
        sockets = self.sockets.get(header.destination)
        if packet.cast != UNICAST:
            return self._to_all(sockets, packet, header, now)
        best: UdpSocket | None = None
        best_score: i64 = 0
        if sockets is not None:
            for socket in sockets:
                score = socket.fits(
                    packet.destination_high,
                    packet.destination_low,
                    packet.source_high,
                    packet.source_low,
                    header.source,
                )
                if score > best_score:
                    best = socket
                    best_score = score
        if best is None:
            # RFC 1122 §4.1.3.1.
            self.icmp.unreachable(packet, PORT_UNREACHABLE, now)
            return Drop.NO_PORT
        self._deliver(best, packet, header, now)
        return None

    def _to_all(self, sockets: list[UdpSocket] | None, packet: Packet, header: Udp, now: i64) -> Drop | None:
        taken = False
        if sockets is not None:
            # A copy: a handler may close sockets.
            for socket in list(sockets):
                # One bound to a unicast address takes no group; one bound to the group does.
                score = socket.fits(
                    packet.destination_high,
                    packet.destination_low,
                    packet.source_high,
                    packet.source_low,
                    header.source,
                )
                if score > 0:
                    self._deliver(socket, packet, header, now)
                    taken = True
        return None if taken else Drop.NO_PORT

    def _deliver(self, socket: UdpSocket, packet: Packet, header: Udp, now: i64) -> None:
        socket.received += 1
        socket.handler.on_datagram(
            socket,
            packet.frame[header.payload : header.end],
            octets_of(packet.source_high, packet.source_low),
            header.source,
            octets_of(packet.destination_high, packet.destination_low),
            header.destination,
            now,
        )

    def receive_error(self, error: IcmpError, now: i64) -> Drop | None:
        """An ICMP error about a datagram: to the socket that may have sent it (RFC 1122 §4.1.3.3)."""
        port = u16(error.frame, error.quoted_at)
        remote_port = u16(error.frame, error.quoted_at + 2)
        sockets = self.sockets.get(port)
        if sockets is None:
            return Drop.ICMP_UNRELATED
        for socket in sockets:
            if (
                socket.fits(
                    error.local_high, error.local_low, error.remote_high, error.remote_low, remote_port
                )
                > 0
            ):
                socket.handler.on_error(
                    socket, error.kind, octets_of(error.remote_high, error.remote_low), remote_port, now
                )
                return None
        return Drop.ICMP_UNRELATED

    # -- out --

    def send(self, socket: UdpSocket, data: bytes, destination: bytes, port: i64, now: i64) -> Drop | None:
        """One datagram from a socket, in fragments when the path wants it."""
        size: i64 = len(data)
        if size > LARGEST:
            return Drop.TOO_BIG
        path = socket.path
        if path is None or not path.valid or path.destination != destination:
            found = self.routes.path(destination, socket.local_address(), now)
            if not isinstance(found, Path):
                return found
            path = found
            socket.path = found
        socket.sent += 1
        hop_limit = socket.hop_limit
        if is_multicast(path.destination_high, path.destination_low):
            hop_limit = socket.group_hop_limit
        length = udp.SIZE + size
        start = headers.transport_at(path.version)
        buffer = self.buffer
        udp.put(buffer, start, socket.port, port, length, 0)
        total = path.address_sum + PROTOCOL + length
        if start - 14 + length > path.mtu:
            total += sum16_of(buffer, start, start + udp.SIZE) + sum16(data, 0, size)
            put_u16(buffer, start + udp.CHECKSUM, udp.checksum_field(fold(total)))
            payload = bytes(buffer[start : start + udp.SIZE]) + data
            return self.output.send(path, PROTOCOL, payload, hop_limit, socket.traffic_class, False, now)
        headers.put(buffer, path, PROTOCOL, length, hop_limit, socket.traffic_class)
        hop = path.hop
        checksum_start: i64 = 0
        if hop.interface.features & CHECKSUM_OUT != 0:
            put_u16(buffer, start + udp.CHECKSUM, fold(total))
            checksum_start = start
        else:
            total += sum16_of(buffer, start, start + udp.SIZE) + sum16(data, 0, size)
            put_u16(buffer, start + udp.CHECKSUM, udp.checksum_field(fold(total)))
        frame = join(buffer, start + udp.SIZE, data, 0, size)
        return hop.interface.transmit(hop, frame, checksum_start, udp.CHECKSUM, 0, now)
