# pymirage: hot
"""What a host says to itself: to 127.0.0.0/8, ::1 and its own addresses (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).

Frames never leave: they wait for the next poll, so that nobody's call returns into its own middle.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.address import MAPPED
from pymirage.net.handler import FrameHandler
from pymirage.net.interface import Interface
from pymirage.net.ipv6 import make_packet
from pymirage.net.link import CHECKSUM_IN, CHECKSUM_OUT, Link
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.protocols import Protocols
from pymirage.wire import ethernet, ipv4, ipv6
from pymirage.wire.drop import Drop
from pymirage.wire.ipv4 import Ipv4
from pymirage.wire.ipv6 import Ipv6

MTU_V4: Final = 65_535
MTU_V6: Final = 65_535 + ipv6.SIZE
"""The longest packets, so that there are no fragments."""
VERIFIED: Final = -1
"""Of every frame: its checksum is good."""
OCTETS: Final = 4 << 20
"""In flight; what is beyond is lost, as on any link."""


@final
class LoopLink(Link):
    """Keeps what is sent until it is taken back."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.octets: i64 = 0

    def send(
        self,
        frame: bytes,
        checksum_start: i64,  # noqa: ARG002
        checksum_offset: i64,  # noqa: ARG002
        segment_size: i64,  # noqa: ARG002
    ) -> None:
        """Checksums stay open: nothing can happen to the frame."""
        if self.octets + len(frame) <= OCTETS:
            self.octets += len(frame)
            self.frames.append(frame)

    def take(self) -> list[bytes]:
        """What has arrived by now."""
        frames = self.frames
        self.frames = []
        self.octets = 0
        return frames


@final
class LoopbackInput(FrameHandler):
    """Takes packets without asking whether a wire could have brought them."""

    def __init__(self, protocols4: Protocols, protocols6: Protocols) -> None:
        self.protocols4: Final = protocols4
        self.protocols6: Final = protocols6

    def receive_frame(
        self, interface: Interface, frame: bytes, at: i64, verified: bool, now: i64
    ) -> Drop | None:
        """One packet of ours."""
        if ethernet.ethertype(frame) == ethernet.IPV4:
            header = ipv4.parse(frame, at)
            if not isinstance(header, Ipv4):
                return header
            return self._deliver(self.protocols4, packet_v4(interface, frame, at, header, verified), now)
        fixed = ipv6.parse(frame, at)
        if not isinstance(fixed, Ipv6):
            return fixed
        packet = make_packet(interface, frame, at, fixed, fixed.next_header, fixed.payload, UNICAST, verified)
        return self._deliver(self.protocols6, packet, now)

    def _deliver(self, protocols: Protocols, packet: Packet, now: i64) -> Drop | None:
        handler = protocols.handler(packet.protocol)
        return Drop.PROTOCOL if handler is None else handler.receive_packet(packet, now)


def packet_v4(interface: Interface, frame: bytes, at: i64, header: Ipv4, verified: bool) -> Packet:
    return Packet(
        interface,
        frame,
        at,
        header.payload,
        header.end,
        4,
        header.protocol,
        0,
        MAPPED | header.source,
        0,
        MAPPED | header.destination,
        header.time_to_live,
        header.traffic_class,
        UNICAST,
        verified,
    )


def loop_interface(link: LoopLink, protocols4: Protocols, protocols6: Protocols) -> Interface:
    """The interface that leads back here."""
    interface = Interface("loopback", link, bytes(6), MTU_V4, CHECKSUM_OUT | CHECKSUM_IN)
    interface.loops = True
    interface.ipv4 = interface.ipv6 = LoopbackInput(protocols4, protocols6)
    return interface


def is_loopback(address: bytes) -> bool:
    """127.0.0.0/8 and ::1."""
    return address[0] == 127 if len(address) == 4 else address == LOCALHOST_V6


LOCALHOST_V6: Final = bytes(15) + b"\x01"
