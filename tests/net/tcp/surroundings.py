# ruff: noqa: ARG002
"""What a TCP core needs around it in a test: a link that records, a path to one neighbour, packets."""

from pymirage.net.address import high_of, low_of
from pymirage.net.deadline import FOREVER
from pymirage.net.interface import Interface
from pymirage.net.link import Link
from pymirage.net.next_hop import Neighbours, NextHop
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.path import Path, Routes
from pymirage.wire import ethernet, ipv4, ipv6
from pymirage.wire.drop import Drop

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000


class Recorder(Link):
    """Keeps the frames that were sent, with what the device is asked to do to them."""

    def __init__(self) -> None:
        self.frames: list[tuple[bytes, int, int, int]] = []

    def send(self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> None:
        self.frames.append((frame, checksum_start, checksum_offset, segment_size))

    def take(self) -> list[bytes]:
        frames = [frame for frame, _, _, _ in self.frames]
        self.frames.clear()
        return frames


class OneNeighbour(Neighbours):
    """Always resolved."""

    def __init__(self) -> None:
        self.confirmed = 0

    def next_hop(self, address: bytes, now: int) -> NextHop | Drop:
        raise NotImplementedError

    def usable(self, hop: NextHop, now: int) -> bool:
        return True

    def hold(
        self,
        hop: NextHop,
        frame: bytes,
        checksum_start: int,
        checksum_offset: int,
        segment_size: int,
        now: int,
    ) -> Drop | None:
        raise NotImplementedError

    def confirm(self, hop: NextHop, now: int) -> None:
        self.confirmed += 1


class OneRoute(Routes):
    """Everything goes to the one neighbour; path MTUs change as told."""

    def __init__(self, interface: Interface, address: bytes) -> None:
        self.interface = interface
        self.address = address
        self.neighbours = OneNeighbour()
        self.paths: dict[tuple[bytes, bytes], Path] = {}
        self.unreachable = False

    def path(self, destination: bytes, source: bytes, now: int) -> Path | Drop:
        if self.unreachable:
            return Drop.NO_ROUTE
        key = (destination, source)
        if key not in self.paths:
            hop = NextHop(self.interface, self.neighbours, destination)
            hop.mac = 0x02_00_00_00_00_02
            hop.fresh_until = FOREVER
            self.paths[key] = Path(source or self.address, destination, hop, self.interface.mtu)
        return self.paths[key]

    def too_big(self, path: Path, mtu: int, now: int) -> None:
        path.mtu = min(path.mtu, mtu)


def packet_of(interface: Interface, frame: bytes, verified: bool = False) -> Packet:
    """What the IP layer hands up for a frame."""
    if ethernet.ethertype(frame) == ethernet.IPV4:
        header = ipv4.parse(frame, ethernet.SIZE)
        assert isinstance(header, ipv4.Ipv4), header
        source = int(header.source).to_bytes(4, "big")
        destination = int(header.destination).to_bytes(4, "big")
        at, end, version = header.payload, header.end, 4
    else:
        fixed = ipv6.parse(frame, ethernet.SIZE)
        assert isinstance(fixed, ipv6.Ipv6), fixed
        source = frame[22:38]
        destination = frame[38:54]
        at, end, version = fixed.payload, fixed.end, 6
    return Packet(
        interface,
        frame,
        ethernet.SIZE,
        at,
        end,
        version,
        6,
        high_of(source),
        low_of(source),
        high_of(destination),
        low_of(destination),
        64,
        0,
        UNICAST,
        verified,
    )
