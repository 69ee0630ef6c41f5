# pymirage: hot
"""IPv4 packets in: checked, joined if fragmented, to the protocol's handler (RFC 1122 §3.2)."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.address import MAPPED
from pymirage.net.addresses import NOT_OURS, Addresses
from pymirage.net.handler import PROTOCOL_UNREACHABLE, FrameHandler, IcmpSender, Reassembler
from pymirage.net.interface import Interface
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.protocols import Protocols
from pymirage.wire import ipv4
from pymirage.wire.drop import Drop
from pymirage.wire.ipv4 import Ipv4

LOOPBACK: Final = 127
CLASS_D: Final = 0xE000_0000
"""Multicast and above: no packet comes from there."""


@final
class Ipv4Input(FrameHandler):
    """Serves all interfaces of a stack."""

    def __init__(
        self, addresses: Addresses, protocols: Protocols, reassembler: Reassembler, icmp: IcmpSender
    ) -> None:
        self.addresses: Final = addresses
        self.protocols: Final = protocols
        self.reassembler: Final = reassembler
        self.icmp: Final = icmp

    def receive_frame(
        self, interface: Interface, frame: bytes, at: i64, verified: bool, now: i64
    ) -> Drop | None:
        """Handle the packet at `at`."""
        header = ipv4.parse(frame, at)
        if not isinstance(header, Ipv4):
            return header
        cast = self.addresses.cast_of(interface, 0, MAPPED | header.destination)
        if cast == NOT_OURS:
            return Drop.NOT_OURS
        if not is_source(header.source, cast) or header.source == header.destination:
            return Drop.MARTIAN
        packet = Packet(
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
            cast,
            verified,
        )
        if header.is_fragment():
            return self._fragment(packet, header, now)
        handler = self.protocols.handler(header.protocol)
        if handler is None:
            self.icmp.unreachable(packet, PROTOCOL_UNREACHABLE, now)
            return Drop.PROTOCOL
        return handler.receive_packet(packet, now)

    def _fragment(self, packet: Packet, header: Ipv4, now: i64) -> Drop | None:
        """Keep it; when it completes a packet, that arrives now."""
        whole = self.reassembler.receive_fragment(
            packet,
            (header.fragment & ipv4.OFFSET_MASK) << 3,
            header.fragment & ipv4.MORE_FRAGMENTS != 0,
            header.identification,
            now,
        )
        if isinstance(whole, bytes):
            return self.receive_frame(packet.interface, whole, 0, False, now)
        return whole


def is_source(address: i64, cast: i64) -> bool:
    """An address that a packet may come from: of one host, and not this one (RFC 1122 §3.2.1.3).

    0.0.0.0 stands for a host without an address; it may only broadcast (DHCP).
    """
    if address >= CLASS_D or address >> 24 == LOOPBACK:
        return False
    return address != 0 or cast != UNICAST
