"""The smallest surroundings for a test: a link that remembers, an interface on it, packets out of frames."""

from pymirage.net.address import mapped
from pymirage.net.addresses import NOT_OURS, Addresses, LocalAddress
from pymirage.net.interface import Interface
from pymirage.net.link import Link
from pymirage.net.neighbour.conflict import ConflictWatcher, Spread
from pymirage.net.packet import Packet
from pymirage.net.routing import FailureWatcher
from pymirage.wire import ethernet, ipv4, ipv6
from pymirage.wire.drop import Drop

MAC = b"\x02\0\0\0\0\x01"
SECOND = 1_000_000_000


class Recorder(Link):
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> None:
        del checksum_start, checksum_offset, segment_size
        self.sent.append(frame)

    def take(self) -> list[bytes]:
        """What was sent since the last call."""
        sent, self.sent = self.sent, []
        return sent


class Half(Spread):
    """Always the middle."""

    def below(self, limit: int) -> int:
        return limit // 2


class Conflicts(ConflictWatcher):
    """Writes down what became of addresses."""

    def __init__(self) -> None:
        self.ready: list[bytes] = []
        self.lost: list[LocalAddress] = []

    def address_ready(self, address: LocalAddress, now: int) -> None:
        del now
        self.ready.append(address.address)

    def address_conflict(self, address: LocalAddress, mac: bytes, now: int) -> None:
        del mac, now
        self.lost.append(address)


class Failures(FailureWatcher):
    """Keeps the frames that were given up."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def frames_failed(self, frames: list[bytes], now: int) -> None:
        del now
        self.frames += frames


def interface(link: Link | None = None, mtu: int = 1500, mac: bytes = MAC) -> Interface:
    return Interface("net", link if link is not None else Recorder(), mac, mtu, 0)


def as_packet(where: Interface, addresses: Addresses, frame: bytes) -> Packet:
    """What the IP layer hands up for a frame; fails when the frame is wrong or not for us."""
    if ethernet.ethertype(frame) == ethernet.IPV4:
        header = ipv4.parse(frame, 14)
        assert not isinstance(header, Drop), header
        source, destination = (0, mapped(header.source)), (0, mapped(header.destination))
        cast = addresses.cast_of(where, *destination)
        assert cast != NOT_OURS
        return Packet(
            where, frame, 14, header.payload, header.end, 4, header.protocol, *source, *destination,
            header.time_to_live, header.traffic_class, cast, False,
        )  # fmt: skip
    fixed = ipv6.parse(frame, 14)
    assert not isinstance(fixed, Drop), fixed
    chain = ipv6.extensions(frame, fixed.payload, fixed.next_header, 20, fixed.end, False)
    assert not isinstance(chain, Drop), chain
    cast = addresses.cast_of(where, fixed.destination_high, fixed.destination_low)
    return Packet(
        where, frame, 14, chain.payload, fixed.end, 6, chain.protocol,
        fixed.source_high, fixed.source_low, fixed.destination_high, fixed.destination_low,
        fixed.hop_limit, fixed.traffic_class, cast, False,
    )  # fmt: skip
