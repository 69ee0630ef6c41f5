# pymirage: hot
"""Neighbour Discovery messages put on the link: hop limit 255, checksum over the pseudo-header."""

from mypy_extensions import i64

from pymirage.net.interface import Interface
from pymirage.net.next_hop import NextHop
from pymirage.net.output import packet_v6, send_on_link_v6
from pymirage.net.routing import unresolved_mac
from pymirage.octets import b16, b32, sum16
from pymirage.wire import ethernet, ipv6, ndp

ALL_ROUTERS = bytes.fromhex("ff020000000000000000000000000002")
ALL_NODES = bytes.fromhex("ff020000000000000000000000000001")
SOLICITED_NODE = bytes.fromhex("ff0200000000000000000001ff")


def solicited_node(address: bytes) -> bytes:
    """The group that an address's owner listens to: RFC 4291 §2.7.1."""
    return SOLICITED_NODE + address[13:]


def mac_octets(mac: i64) -> bytes:
    """A MAC address as options hold it."""
    return int(mac).to_bytes(6, "big")


def with_checksum(source: bytes, destination: bytes, message: ndp.Message) -> bytes:
    """The ICMPv6 message, ready to send."""
    body = ndp.emit(message)
    covered = source + destination + b32(len(body)) + b32(ipv6.ICMPV6) + body
    return body[:2] + b16(~sum16(covered, 0, len(covered)) & 0xFFFF) + body[4:]


def send(interface: Interface, mac: i64, source: bytes, destination: bytes, message: ndp.Message) -> None:
    """To a station or group of the link."""
    payload = with_checksum(source, destination, message)
    send_on_link_v6(interface, mac, source, destination, ipv6.ICMPV6, payload, ndp.HOP_LIMIT)


def send_to(hop: NextHop, source: bytes, message: ndp.Message, now: i64) -> None:
    """To a neighbour whose MAC address may have to be asked for first."""
    payload = with_checksum(source, hop.address, message)
    packet = packet_v6(source, hop.address, ipv6.ICMPV6, payload, ndp.HOP_LIMIT, 0)
    header = ethernet.emit(unresolved_mac(hop), hop.interface.mac, ethernet.IPV6)
    hop.interface.transmit(hop, header + packet, 0, 0, 0, now)


def send_solicitation(interface: Interface, source: bytes, destination: bytes, target: bytes) -> None:
    """Ask a group for a target; from :: without our MAC address, as §4.3 wants."""
    mine = b"" if source == bytes(16) else mac_octets(interface.mac)
    message = ndp.NeighbourSolicitation(target, ndp.Options(source_mac=mine))
    send(interface, ethernet.multicast_v6(destination), source, destination, message)


def send_router_solicitation(interface: Interface, source: bytes) -> None:
    """§4.1."""
    mine = b"" if source == bytes(16) else mac_octets(interface.mac)
    message = ndp.RouterSolicitation(ndp.Options(source_mac=mine))
    send(interface, ethernet.multicast_v6(ALL_ROUTERS), source, ALL_ROUTERS, message)
