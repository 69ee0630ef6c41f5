# pymirage: hot
"""Sending what the control protocols and UDP say: an IP header before a payload, cut where a link wants it.

TCP builds its frames itself; these are for payloads that come as octets.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.address import high_of, low_of
from pymirage.net.fragment import fragment_v4, fragment_v6, with_header_v4
from pymirage.net.interface import Interface
from pymirage.net.path import Path
from pymirage.net.routing import unresolved_mac
from pymirage.octets import b16, sum16, u32
from pymirage.wire import ethernet, ipv4, ipv6, udp
from pymirage.wire.drop import Drop

HOP_LIMIT: Final = 64

ROUTER_ALERT_V4: Final = b"\x94\x04\x00\x00"
"""RFC 2113: IGMP messages carry it (RFC 3376 §4)."""
ROUTER_ALERT_V6: Final = b"\x3a\x00\x05\x02\x00\x00\x01\x00"
"""RFC 2711, a hop-by-hop header before ICMPv6, padded: MLD messages carry it (RFC 3810 §5)."""


def packet_v4(
    source: bytes,
    destination: bytes,
    protocol: i64,
    payload: bytes,
    identification: i64,
    time_to_live: i64,
    traffic_class: i64,
    dont_fragment: bool,
) -> bytes:
    """An IPv4 packet without options."""
    field: i64 = ipv4.DONT_FRAGMENT if dont_fragment else 0
    header = ipv4.emit(
        traffic_class,
        len(payload),
        identification,
        field,
        time_to_live,
        protocol,
        u32(source, 0),
        u32(destination, 0),
    )
    return header + payload


def packet_v6(
    source: bytes,
    destination: bytes,
    next_header: i64,
    payload: bytes,
    hop_limit: i64,
    traffic_class: i64,
) -> bytes:
    """An IPv6 packet; extension headers are part of the payload."""
    header = ipv6.emit(
        traffic_class,
        0,
        len(payload),
        next_header,
        hop_limit,
        high_of(source),
        low_of(source),
        high_of(destination),
        low_of(destination),
    )
    return header + payload


@final
class Output:
    """One per stack: it numbers the packets that may be cut. `seed` makes the numbers start anywhere."""

    def __init__(self, seed: i64) -> None:
        self.identification: i64 = seed & 0xFFFF_FFFF

    def next_identification(self) -> i64:
        """Never repeated within the life of a packet at the rates at which we cut (RFC 6864, RFC 7739)."""
        self.identification = (self.identification + 1) & 0xFFFF_FFFF
        return self.identification

    def send(
        self,
        path: Path,
        protocol: i64,
        payload: bytes,
        hop_limit: i64,
        traffic_class: i64,
        dont_fragment: bool,
        now: i64,
    ) -> Drop | None:
        """Send one payload along a path, in fragments when it must be; the reason when it cannot be sent."""
        if path.version == 4:
            if len(payload) > 0xFFFF - ipv4.SIZE:
                return Drop.TOO_BIG
            # A packet that may not be cut needs no number of its own (RFC 6864 §4.1).
            number: i64 = 0 if dont_fragment else self.next_identification() & 0xFFFF
            packet = packet_v4(
                path.source,
                path.destination,
                protocol,
                payload,
                number,
                hop_limit,
                traffic_class,
                dont_fragment,
            )
            pieces = fragment_v4(packet, path.mtu)
            ethertype: i64 = ethernet.IPV4
        else:
            if len(payload) > 0xFFFF:
                return Drop.TOO_BIG
            packet = packet_v6(path.source, path.destination, protocol, payload, hop_limit, traffic_class)
            if dont_fragment and len(packet) > path.mtu:
                return Drop.TOO_BIG
            pieces = [packet]
            if len(packet) > path.mtu:
                pieces = fragment_v6(packet, path.mtu, self.next_identification())
            ethertype = ethernet.IPV6
        if not pieces:
            return Drop.TOO_BIG
        hop = path.hop
        for piece in pieces:
            header = ethernet.emit(unresolved_mac(hop), hop.interface.mac, ethertype)
            reason = hop.interface.transmit(hop, header + piece, 0, 0, 0, now)
            if reason is not None:
                return reason
        return None


def udp_v4(source: bytes, destination: bytes, source_port: i64, port: i64, data: bytes) -> bytes:
    """A UDP header, its checksum computed, and data: for senders without an address, which have no path."""
    length: i64 = udp.SIZE + len(data)
    header = b16(source_port) + b16(port) + b16(length)
    covered = source + destination + b16(ipv4.UDP) + b16(length) + header + b16(0) + data
    return header + b16(udp.checksum_field(sum16(covered, 0, len(covered)))) + data


def send_on_link_v4(
    interface: Interface,
    mac: i64,
    source: bytes,
    destination: bytes,
    protocol: i64,
    payload: bytes,
    time_to_live: i64,
) -> None:
    """One packet past routing, to a station or group of the link (DHCP before there is an address)."""
    packet = packet_v4(source, destination, protocol, payload, 0, time_to_live, 0, True)
    interface.send(ethernet.emit(mac, interface.mac, ethernet.IPV4) + packet, 0, 0, 0)


def send_igmp(interface: Interface, source: bytes, destination: bytes, payload: bytes) -> None:
    """RFC 3376 §4: router alert, time to live 1, precedence internetwork control."""
    header = ipv4.emit(0xC0, 4 + len(payload), 0, 0, 1, ipv4.IGMP, u32(source, 0), u32(destination, 0))
    # The header grows by the option, so its first octet and checksum are made anew.
    packet = with_header_v4(header + ROUTER_ALERT_V4, payload, 0)
    mac = ethernet.multicast_v4(u32(destination, 0))
    interface.send(ethernet.emit(mac, interface.mac, ethernet.IPV4) + packet, 0, 0, 0)


def send_on_link_v6(
    interface: Interface,
    mac: i64,
    source: bytes,
    destination: bytes,
    next_header: i64,
    payload: bytes,
    hop_limit: i64,
) -> None:
    """One packet past routing, to a station or group of the link (Neighbour Discovery, MLD)."""
    packet = packet_v6(source, destination, next_header, payload, hop_limit, 0)
    interface.send(ethernet.emit(mac, interface.mac, ethernet.IPV6) + packet, 0, 0, 0)
