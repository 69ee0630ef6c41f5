# pymirage: hot
"""IPv6 packets in: extension headers walked, joined if fragmented, to the protocol's handler (RFC 8200)."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.address import is_v4
from pymirage.net.addresses import NOT_OURS, Addresses
from pymirage.net.handler import FrameHandler, IcmpSender, Reassembler
from pymirage.net.interface import Interface
from pymirage.net.packet import MULTICAST, Packet
from pymirage.net.protocols import Protocols
from pymirage.octets import u16, u32
from pymirage.wire import ipv6
from pymirage.wire.drop import Drop
from pymirage.wire.ipv6 import Extensions, Ipv6


@final
class Ipv6Input(FrameHandler):
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
        header = ipv6.parse(frame, at)
        if not isinstance(header, Ipv6):
            return header
        cast = self.addresses.cast_of(interface, header.destination_high, header.destination_low)
        if cast == NOT_OURS:
            return Drop.NOT_OURS
        if not are_addresses(header):
            return Drop.MARTIAN
        if header.next_header == ipv6.TCP or header.next_header == ipv6.UDP:
            packet = make_packet(
                interface, frame, at, header, header.next_header, header.payload, cast, verified
            )
            return self._deliver(packet, at + ipv6.NEXT_HEADER, now)
        return self._extended(interface, frame, at, header, cast, verified, now)

    def _extended(
        self, interface: Interface, frame: bytes, at: i64, header: Ipv6, cast: i64, verified: bool, now: i64
    ) -> Drop | None:
        """A packet that may have extension headers."""
        chain = ipv6.extensions(
            frame, header.payload, header.next_header, at + ipv6.NEXT_HEADER, header.end, cast == MULTICAST
        )
        if not isinstance(chain, Extensions):
            return chain
        packet = make_packet(interface, frame, at, header, chain.protocol, chain.payload, cast, verified)
        if chain.refused_at != 0:
            if chain.problem != ipv6.SILENT:
                self.icmp.parameter_problem(packet, chain.problem, chain.refused_at - at, now)
            return Drop.OPTIONS
        if chain.fragment_at != 0:
            return self._fragment(packet, chain.fragment_at, now)
        return self._deliver(packet, chain.field, now)

    def _deliver(self, packet: Packet, field: i64, now: i64) -> Drop | None:
        """To the protocol's handler; `field` is where the protocol is named."""
        handler = self.protocols.handler(packet.protocol)
        if handler is not None:
            return handler.receive_packet(packet, now)
        if packet.protocol != ipv6.NO_NEXT_HEADER and packet.cast != MULTICAST:
            self.icmp.parameter_problem(packet, ipv6.PROBLEM_NEXT_HEADER, field - packet.ip_at, now)
        return Drop.PROTOCOL

    def _fragment(self, packet: Packet, fragment_at: i64, now: i64) -> Drop | None:
        """Keep it; when it completes a packet, that arrives now."""
        field = u16(packet.frame, fragment_at + ipv6.FRAGMENT_OFFSET)
        whole = self.reassembler.receive_fragment(
            packet,
            field & 0xFFF8,
            field & ipv6.MORE_FRAGMENTS != 0,
            u32(packet.frame, fragment_at + ipv6.FRAGMENT_IDENTIFICATION),
            now,
        )
        if isinstance(whole, bytes):
            return self.receive_frame(packet.interface, whole, 0, False, now)
        return whole


def make_packet(
    interface: Interface,
    frame: bytes,
    at: i64,
    header: Ipv6,
    protocol: i64,
    payload: i64,
    cast: i64,
    verified: bool,
) -> Packet:
    return Packet(
        interface,
        frame,
        at,
        payload,
        header.end,
        6,
        protocol,
        header.source_high,
        header.source_low,
        header.destination_high,
        header.destination_low,
        header.hop_limit,
        header.traffic_class,
        cast,
        verified,
    )


def are_addresses(header: Ipv6) -> bool:
    """Addresses that a packet on a wire may have (RFC 4291 §2.5.3, §2.7).

    IPv4-mapped ones never leave a host; here they would be taken for IPv4 (address.py).
    """
    if is_v4(header.source_high, header.source_low) or is_v4(header.destination_high, header.destination_low):
        return False
    if header.source_high >> 56 & 0xFF == 0xFF:
        return False
    if header.source_high == 0 and header.source_low == 1:
        return False
    return header.source_high != header.destination_high or header.source_low != header.destination_low
