# ruff: noqa: ARG002
"""From frame to protocol handler: EtherTypes, addresses, fragments, extension headers, drops."""

import pytest

from pymirage.net.addresses import PREFERRED, Addresses, LocalAddress
from pymirage.net.handler import (
    PROTOCOL_UNREACHABLE,
    IcmpError,
    IcmpSender,
    PacketHandler,
)
from pymirage.net.interface import Interface
from pymirage.net.ipv4 import Ipv4Input
from pymirage.net.ipv6 import Ipv6Input
from pymirage.net.packet import BROADCAST, UNICAST, Packet
from pymirage.net.protocols import Protocols
from pymirage.net.reassembly import Reassembly
from pymirage.octets import b16
from pymirage.wire import ethernet, ipv4, ipv6
from pymirage.wire.drop import Drop
from tests.net.tcp.surroundings import Recorder

MAC = 0x02_00_00_00_00_01
OURS = 0x0A00_0001
THEIRS = 0x0A00_0002
OURS_6 = bytes.fromhex("fd000000000000000000000000000001")
THEIRS_6 = bytes.fromhex("fd000000000000000000000000000002")


class Icmp(IcmpSender):
    def __init__(self) -> None:
        self.sent: list[tuple[int, int]] = []

    def unreachable(self, packet: Packet, kind: int, now: int) -> None:
        self.sent.append((kind, 0))

    def parameter_problem(self, packet: Packet, code: int, pointer: int, now: int) -> None:
        self.sent.append((code, pointer))


class Catcher(PacketHandler):
    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def receive_packet(self, packet: Packet, now: int) -> Drop | None:
        self.packets.append(packet)
        return None

    def receive_error(self, error: IcmpError, now: int) -> Drop | None:
        raise NotImplementedError


class Host:
    def __init__(self) -> None:
        self.interface = Interface("net", Recorder(), MAC.to_bytes(6, "big"), 1500, 0)
        self.addresses = Addresses()
        for address, length in ((OURS.to_bytes(4, "big"), 24), (OURS_6, 64)):
            one = LocalAddress(self.interface, address, length)
            one.state = PREFERRED
            self.addresses.add(one)
        self.icmp = Icmp()
        self.udp = Catcher()
        protocols = Protocols()
        protocols.udp = self.udp
        reassembly = Reassembly(self.icmp)
        self.interface.ipv4 = Ipv4Input(self.addresses, protocols, reassembly, self.icmp)
        self.interface.ipv6 = Ipv6Input(self.addresses, protocols, reassembly, self.icmp)

    def receive(self, frame: bytes) -> Drop | None:
        return self.interface.receive(frame, False, 0)

    def payloads(self) -> list[bytes]:
        return [packet.frame[packet.at : packet.end] for packet in self.udp.packets]


def v4(
    payload: bytes,
    source: int = THEIRS,
    destination: int = OURS,
    protocol: int = 17,
    fragment: int = 0,
    identification: int = 1,
    mac: int = MAC,
) -> bytes:
    header = ipv4.emit(0, len(payload), identification, fragment, 64, protocol, source, destination)
    return ethernet.emit(mac, 2, ethernet.IPV4) + header + payload


def v6(payload: bytes, next_header: int = 17, source: bytes = THEIRS_6, destination: bytes = OURS_6) -> bytes:
    header = bytes.fromhex("60000000") + b16(len(payload)) + bytes([next_header, 64]) + source + destination
    return ethernet.emit(MAC, 2, ethernet.IPV6) + header + payload


def test_ipv4_to_the_handler() -> None:
    host = Host()
    assert host.receive(v4(b"data") + bytes(20)) is None
    packet = host.udp.packets[0]
    assert host.payloads() == [b"data"], "without Ethernet's padding"
    assert (packet.version, packet.cast, packet.protocol) == (4, UNICAST, 17)
    assert packet.source_low & 0xFFFF_FFFF == THEIRS
    assert packet.interface is host.interface
    assert host.interface.counters.received_frames == 1


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"short", Drop.TRUNCATED),
        (v4(b"", mac=0x02_00_00_00_00_09), Drop.OTHER_STATION),
        (ethernet.emit(MAC, 2, 0x1234) + bytes(50), Drop.ETHERTYPE),
        (ethernet.emit(MAC, 2, ethernet.ARP) + bytes(50), Drop.ETHERTYPE),
        (v4(b"", destination=0x0A00_0009), Drop.NOT_OURS),
        (v4(b"", source=0xE000_0001), Drop.MARTIAN),
        (v4(b"", source=0xFFFF_FFFF), Drop.MARTIAN),
        (v4(b"", source=0x7F00_0001), Drop.MARTIAN),
        (v4(b"", source=0), Drop.MARTIAN),
        (v4(b"", source=OURS), Drop.MARTIAN),
        (v4(b"", protocol=99), Drop.PROTOCOL),
        (v6(b"", destination=THEIRS_6[:15] + b"\x09"), Drop.NOT_OURS),
        (v6(b"", source=b"\xff" + bytes(15)), Drop.MARTIAN),
        (v6(b"", source=bytes(15) + b"\1"), Drop.MARTIAN),
        (v6(b"", source=bytes(10) + b"\xff\xff\x0a\0\0\2"), Drop.MARTIAN),
        (v6(b"", next_header=ipv6.NO_NEXT_HEADER), Drop.PROTOCOL),
    ],
)
def test_dropped_with_a_reason(frame: bytes, reason: Drop) -> None:
    host = Host()
    assert host.receive(frame) is reason
    assert host.interface.counters.drops == {reason: 1}
    assert host.udp.packets == []


def test_mapped_address_on_the_wire_is_not_taken_for_ipv4() -> None:
    """::ffff:10.0.0.1 is how we hold 10.0.0.1 (net/address.py); no packet may come for it over IPv6."""
    host = Host()
    mapped = bytes(10) + b"\xff\xff" + OURS.to_bytes(4, "big")
    assert host.receive(v6(b"data", destination=mapped)) is Drop.MARTIAN


def test_broadcast() -> None:
    host = Host()
    assert host.receive(v4(b"dhcp", source=0, destination=0xFFFF_FFFF, mac=ethernet.BROADCAST)) is None
    assert host.receive(v4(b"here", destination=0x0A00_00FF, mac=ethernet.BROADCAST)) is None
    assert [packet.cast for packet in host.udp.packets] == [BROADCAST, BROADCAST]


def test_unknown_protocols_are_answered() -> None:
    host = Host()
    host.receive(v4(b"", protocol=99))
    host.receive(v6(bytes(8), next_header=99))
    assert host.icmp.sent == [(PROTOCOL_UNREACHABLE, 0), (ipv6.PROBLEM_NEXT_HEADER, ipv6.NEXT_HEADER)]


def test_ipv4_fragments() -> None:
    host = Host()
    assert host.receive(v4(b"b" * 16, fragment=2)) is None
    assert host.udp.packets == []
    assert host.receive(v4(b"a" * 16, fragment=ipv4.MORE_FRAGMENTS)) is None
    assert host.payloads() == [b"a" * 16 + b"b" * 16]


def test_ipv6_extension_headers_and_fragments() -> None:
    host = Host()
    options = bytes([17, 0, 1, 4, 0, 0, 0, 0])
    assert host.receive(v6(options + b"data", ipv6.DESTINATION_OPTIONS)) is None
    first = bytes([17, 0, 0, 1, 0, 0, 0, 7]) + b"a" * 16
    last = bytes([17, 0, 0, 16, 0, 0, 0, 7]) + b"b" * 16
    assert host.receive(v6(last, ipv6.FRAGMENT)) is None
    assert host.receive(v6(first, ipv6.FRAGMENT)) is None
    assert host.payloads() == [b"data", b"a" * 16 + b"b" * 16]


def test_ipv6_refused_headers_are_answered_with_a_pointer() -> None:
    host = Host()
    route = bytes([17, 0, 0, 1, 0, 0, 0, 0])
    assert host.receive(v6(route, ipv6.ROUTING)) is Drop.OPTIONS
    assert host.icmp.sent == [(ipv6.PROBLEM_FIELD, 42)]
    unknown = bytes([17, 0, 0x9E, 4, 0, 0, 0, 0])
    assert host.receive(v6(unknown, ipv6.DESTINATION_OPTIONS)) is Drop.OPTIONS
    assert host.icmp.sent[1] == (ipv6.PROBLEM_OPTION, 42)
    silent = bytes([17, 0, 0x5E, 4, 0, 0, 0, 0])
    assert host.receive(v6(silent, ipv6.HOP_BY_HOP)) is Drop.OPTIONS
    assert len(host.icmp.sent) == 2
