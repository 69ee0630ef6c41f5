"""ICMP and routing: echo, errors sent and not sent, errors delivered, path MTU."""

from ipaddress import ip_address

import pytest

from pymirage.net import handler, icmp, pmtu, route
from pymirage.net.address import high_of, low_of
from pymirage.net.addresses import PREFERRED, Addresses, LocalAddress
from pymirage.net.handler import IcmpError, PacketHandler
from pymirage.net.icmp import EchoListener, Icmp, IcmpFailures, IcmpV4Handler, IcmpV6Handler
from pymirage.net.neighbour.arp import ArpSolicitor
from pymirage.net.neighbour.cache import NeighbourCache
from pymirage.net.neighbour.ndp import NdpSolicitor
from pymirage.net.output import Output, packet_v4, packet_v6
from pymirage.net.packet import Packet
from pymirage.net.path import Path
from pymirage.net.pmtu import PathMtus
from pymirage.net.protocols import Protocols
from pymirage.net.redirect import RedirectsV4
from pymirage.net.route import Route, RouteTable
from pymirage.net.routing import Routing, RoutingWatcher
from pymirage.wire import icmpv4, icmpv6
from pymirage.wire.drop import Drop
from tests.net.simple import SECOND, Recorder, as_packet, interface

PEER_MAC = b"\x02\0\0\0\0\x02"


def at(text: str) -> bytes:
    return ip_address(text).packed


US, PEER, FAR, GATEWAY = at("10.0.0.1"), at("10.0.0.2"), at("192.0.2.1"), at("10.0.0.254")
US6, PEER6, FAR6, GATEWAY6 = at("2001:db8::1"), at("2001:db8::2"), at("2001:db8:1::1"), at("2001:db8::fe")


class Above(PacketHandler):
    """A transport that believes errors about one remote port."""

    def __init__(self) -> None:
        self.errors: list[IcmpError] = []

    def receive_packet(self, packet: Packet, now: int) -> Drop | None:
        raise AssertionError(f"{packet} at {now}: only errors are expected")

    def receive_error(self, error: IcmpError, now: int) -> Drop | None:
        del now
        if error.frame[error.quoted_at : error.quoted_at + 2] != b"\0\x07":
            return Drop.ICMP_UNRELATED
        self.errors.append(error)
        return None


class Listener(EchoListener):
    def __init__(self) -> None:
        self.heard: list[tuple[bytes, int, int, bytes]] = []

    def echo_reply(self, source: bytes, identifier: int, sequence: int, data: bytes, now: int) -> None:
        del now
        self.heard.append((source, identifier, sequence, data))


class Host:
    """Both IP versions, neighbours known, a gateway."""

    def __init__(self) -> None:
        self.link = Recorder()
        self.interface = interface(self.link)
        self.addresses = Addresses()
        self.table = RouteTable()
        self.routing = Routing(self.addresses, self.table)
        number = self.routing.add_interface(self.interface)
        for address, length in ((US, 24), (US6, 64)):
            mine = LocalAddress(self.interface, address, length)
            mine.state = PREFERRED
            self.addresses.add(mine)
            self.table.add(Route(address, length, route.ON_LINK, number, 0, route.CONNECTED))
        self.table.add(Route(bytes(4), 0, GATEWAY, number))
        self.table.add(Route(bytes(16), 0, GATEWAY6, number))
        watcher = RoutingWatcher(self.routing)
        self.cache4 = NeighbourCache(
            self.interface, ArpSolicitor(self.interface, self.addresses), watcher, 500
        )
        self.cache6 = NeighbourCache(
            self.interface, NdpSolicitor(self.interface, self.addresses), watcher, 500
        )
        self.interface.neighbours4, self.interface.neighbours6 = self.cache4, self.cache6
        for cache, known in ((self.cache4, (PEER, GATEWAY)), (self.cache6, (PEER6, GATEWAY6))):
            for address in known:
                cache.set_permanent(address, int.from_bytes(PEER_MAC, "big"), 0)
        self.above = Above()
        four, six = Protocols(), Protocols()
        four.udp = six.udp = self.above
        self.icmp = Icmp(self.addresses, self.routing, Output(0), four, six)
        self.listener = Listener()
        self.icmp.echo_listener = self.listener
        self.routing.failures = IcmpFailures(self.icmp)
        self.v4 = IcmpV4Handler(self.icmp, RedirectsV4(self.routing))
        self.v6 = IcmpV6Handler(self.icmp, None, None)
        four.others[1] = self.v4
        six.others[58] = self.v6

    def packet(self, packet: bytes) -> Packet:
        ethertype = b"\x08\0" if packet[0] >> 4 == 4 else b"\x86\xdd"
        return as_packet(self.interface, self.addresses, bytes(12) + ethertype + packet)

    def receive(
        self, message: bytes, source: bytes = PEER, destination: bytes = US, now: int = 0
    ) -> Drop | None:
        if len(source) == 4:
            return self.v4.receive_packet(
                self.packet(packet_v4(source, destination, 1, message, 1, 64, 0, False)), now
            )
        return self.v6.receive_packet(self.packet(packet_v6(source, destination, 58, message, 64, 0)), now)

    def sent(self) -> list[tuple[bytes, int, int, int, bytes]]:
        """(destination, type, code, rest, data) of each ICMP message sent, verified."""
        found = []
        for frame in self.link.take():
            if frame[12:14] == b"\x08\0":
                four = icmpv4.parse(frame, 34, len(frame))
                assert not isinstance(four, Drop)
                found.append((frame[30:34], four.kind, four.code, four.rest, frame[four.payload :]))
            else:
                six = icmpv6.parse(frame, 14, 54, len(frame))
                assert not isinstance(six, Drop)
                found.append((frame[38:54], six.kind, six.code, six.rest, frame[six.payload :]))
        return found


def datagram(source: bytes = US, destination: bytes = PEER, port: int = 7, size: int = 20) -> bytes:
    """A UDP packet; from `source` port `port`."""
    body = port.to_bytes(2, "big") + b"\0\x09" + bytes(size - 4)
    if len(source) == 4:
        return packet_v4(source, destination, 17, body, 1, 64, 0, False)
    return packet_v6(source, destination, 17, body, 64, 0)


def test_echo_v4() -> None:
    host = Host()
    assert host.receive(icmpv4.emit(8, 0, 0x12340001, b"hello")) is None
    assert host.sent() == [(PEER, 0, 0, 0x12340001, b"hello")]


def test_echo_v6() -> None:
    host = Host()
    assert host.receive(icmpv6.emit(128, 0, 0x12340001, b"hello", PEER6, US6), PEER6, US6) is None
    assert host.sent() == [(PEER6, 129, 0, 0x12340001, b"hello")]


def test_long_echo_comes_back_in_fragments() -> None:
    host = Host()
    host.receive(icmpv4.emit(8, 0, 1, bytes(4000)))
    assert [len(frame) for frame in host.link.take()] == [1514, 1514, 14 + 20 + 8 + 4000 - 2 * 1480]


def test_broadcast_ping_is_not_answered() -> None:
    host = Host()
    assert host.receive(icmpv4.emit(8, 0, 1, b""), destination=at("10.0.0.255")) is Drop.ICMP_TYPE
    assert host.sent() == []


def test_echo_from_a_group_is_not_answered() -> None:
    host = Host()
    assert host.receive(icmpv4.emit(8, 0, 1, b""), source=at("224.0.0.1")) is Drop.MARTIAN


def test_ping_of_ours() -> None:
    host = Host()
    assert host.icmp.ping(FAR, 1, 2, b"data", 0) is None
    assert host.icmp.ping(FAR6, 1, 2, b"data", 0) is None
    assert host.sent() == [(FAR, 8, 0, 0x10002, b"data"), (FAR6, 128, 0, 0x10002, b"data")]
    host.receive(icmpv4.emit(0, 0, 0x10002, b"data"), FAR)
    host.receive(icmpv6.emit(129, 0, 0x10002, b"data", FAR6, US6), FAR6, US6)
    assert host.listener.heard == [(FAR, 1, 2, b"data"), (FAR6, 1, 2, b"data")]


def test_bad_checksums() -> None:
    host = Host()
    message = bytearray(icmpv4.emit(8, 0, 1, b"hello"))
    message[-1] ^= 1
    assert host.receive(bytes(message)) is Drop.CHECKSUM
    message = bytearray(icmpv6.emit(128, 0, 1, b"hello", PEER6, US6))
    message[-1] ^= 1
    assert host.receive(bytes(message), PEER6, US6) is Drop.CHECKSUM


def test_port_unreachable_quotes_the_packet() -> None:
    host = Host()
    four, six = datagram(PEER, US), datagram(PEER6, US6, size=2000)
    host.icmp.unreachable(host.packet(four), handler.PORT_UNREACHABLE, 0)
    host.icmp.unreachable(host.packet(six), handler.PORT_UNREACHABLE, 0)
    host.icmp.unreachable(host.packet(six), handler.PROTOCOL_UNREACHABLE, 0)
    quote = six[: icmpv6.QUOTED]
    assert host.sent() == [(PEER, 3, 3, 0, four), (PEER6, 1, 4, 0, quote), (PEER6, 4, 1, 6, quote)]


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        (PEER, at("10.0.0.255")),
        (PEER, at("255.255.255.255")),
        (at("224.0.0.1"), US),
        (at("0.0.0.0"), US),
        (at("127.0.0.1"), US),
        (at("ff02::1"), US6),
        (at("::"), US6),
    ],
)
def test_errors_that_must_not_be_sent(source: bytes, destination: bytes) -> None:
    host = Host()
    host.icmp.unreachable(host.packet(datagram(source, destination)), handler.PORT_UNREACHABLE, 0)
    assert host.sent() == []


def test_no_error_about_an_error() -> None:
    host = Host()
    error = packet_v4(PEER, US, 1, icmpv4.emit(3, 3, 0, bytes(28)), 1, 64, 0, False)
    host.icmp.unreachable(host.packet(error), handler.PORT_UNREACHABLE, 0)
    error = packet_v6(PEER6, US6, 58, icmpv6.emit(1, 4, 0, bytes(48), PEER6, US6), 64, 0)
    host.icmp.unreachable(host.packet(error), handler.PORT_UNREACHABLE, 0)
    assert host.sent() == []


def test_errors_are_limited_in_rate() -> None:
    host = Host()
    packet = host.packet(datagram(PEER, US))
    for _ in range(1000):
        host.icmp.unreachable(packet, handler.PORT_UNREACHABLE, SECOND)
    assert len(host.sent()) == icmp.ERROR_BURST
    assert host.icmp.suppressed == 1000 - icmp.ERROR_BURST
    for millisecond in range(1000):
        host.icmp.unreachable(packet, handler.PORT_UNREACHABLE, SECOND + millisecond * 1_000_000)
    assert abs(len(host.sent()) - icmp.ERRORS_PER_SECOND) <= 1


def test_error_reaches_the_protocol_that_it_is_about() -> None:
    host = Host()
    assert host.receive(icmpv4.emit(3, 3, 0, datagram(US, FAR))) is None
    assert host.receive(icmpv6.emit(1, 4, 0, datagram(US6, FAR6), PEER6, US6), PEER6, US6) is None
    four, six = host.above.errors
    assert (four.kind, four.protocol) == (handler.PORT_UNREACHABLE, 17)
    assert (four.local_low, four.remote_low) == (low_of(US), low_of(FAR))
    assert (six.kind, six.remote_high, six.remote_low) == (
        handler.PORT_UNREACHABLE,
        high_of(FAR6),
        low_of(FAR6),
    )


def test_error_about_nothing_of_ours() -> None:
    host = Host()
    assert host.receive(icmpv4.emit(3, 3, 0, datagram(PEER, FAR))) is Drop.ICMP_UNRELATED
    assert host.receive(icmpv4.emit(3, 3, 0, datagram(US, FAR, port=8))) is Drop.ICMP_UNRELATED
    assert host.receive(icmpv4.emit(3, 3, 0, datagram(US, FAR)[:24])) is Drop.ICMP_UNRELATED
    assert host.receive(icmpv4.emit(3, 3, 0, bytes(28))) is Drop.ICMP_UNRELATED
    assert host.receive(icmpv4.emit(3, 3, 0, b"")) is Drop.TRUNCATED
    assert host.receive(icmpv4.emit(42, 0, 0, b"")) is Drop.ICMP_TYPE


def path_to(host: Host, destination: bytes, now: int = 0) -> Path:
    path = host.routing.path(destination, b"", now)
    assert not isinstance(path, Drop)
    return path


def test_too_big_lowers_the_path_mtu_for_ten_minutes() -> None:
    host = Host()
    path = path_to(host, FAR)
    six = path_to(host, FAR6)
    assert (path.mtu, six.mtu) == (1500, 1500)
    host.receive(icmpv4.emit(3, 4, 1400, datagram(US, FAR, size=1480)))
    host.receive(icmpv6.emit(2, 0, 1300, datagram(US6, FAR6, size=1400), PEER6, US6), PEER6, US6)
    assert (path.mtu, six.mtu) == (1400, 1300)
    assert path_to(host, PEER).mtu == 1500
    host.routing.expire(601 * SECOND)
    assert not path.valid
    assert path_to(host, FAR, 601 * SECOND).mtu == 1500


def test_too_big_that_nobody_believes_changes_nothing() -> None:
    host = Host()
    path = path_to(host, FAR)
    host.receive(icmpv4.emit(3, 4, 600, datagram(US, FAR, port=8, size=1480)))
    assert path.mtu == 1500


def test_path_mtu_has_a_floor() -> None:
    mtus = PathMtus()
    assert mtus.reduce(FAR, 68, 1500, 0) == pmtu.MINIMUM_V4
    assert mtus.reduce(FAR6, 68, 1500, 0) == 1280
    assert mtus.reduce(PEER, 0, 1500, 0) == 1492
    assert mtus.reduce(PEER, 9000, 1492, 0) == 1492
    for number in range(3000):
        mtus.reduce(number.to_bytes(4, "big"), 1000, 1500, 0)
    assert len(mtus.estimates) <= pmtu.MAXIMUM


def test_unanswered_neighbour_is_an_error_for_who_sent() -> None:
    host = Host()
    path = path_to(host, at("10.0.0.77"))
    Output(0).send(path, 17, b"\0\x07\0\x09" + bytes(8), 64, 0, False, 0)
    for second in (1, 2, 3):
        host.cache4.expire(second * SECOND)
    assert [error.kind for error in host.above.errors] == [handler.HOST_UNREACHABLE]


def test_redirect_v4_of_the_gateway_in_use_only() -> None:
    host = Host()
    better = int.from_bytes(PEER, "big")
    redirect = icmpv4.emit(5, 1, better, datagram(US, FAR))
    assert host.receive(redirect, source=PEER) is Drop.ICMP_UNRELATED
    assert (
        host.receive(icmpv4.emit(5, 1, int.from_bytes(FAR, "big"), datagram(US, FAR)), GATEWAY)
        is Drop.MARTIAN
    )
    assert host.receive(redirect, source=GATEWAY) is None
    assert path_to(host, FAR).hop.address == PEER
    assert path_to(host, at("192.0.2.2")).hop.address == GATEWAY


# -- routing --


def test_paths_are_kept_and_chosen_anew_after_a_change() -> None:
    host = Host()
    path = path_to(host, FAR)
    assert path_to(host, FAR) is path
    assert (path.source, path.hop.address, path.version) == (US, GATEWAY, 4)
    host.routing.invalidate()
    assert not path.valid
    assert path_to(host, FAR) is not path


def test_groups_and_broadcast_need_no_neighbour() -> None:
    host = Host()
    macs = [
        path_to(host, at(text)).hop.mac
        for text in ("224.0.0.251", "255.255.255.255", "10.0.0.255", "ff02::fb")
    ]
    assert macs == [0x01005E0000FB, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFF, 0x3333000000FB]


def test_no_route() -> None:
    host = Host()
    host.table.remove(bytes(4), 0, GATEWAY)
    assert host.routing.path(FAR, b"", 0) is Drop.NO_ROUTE


def test_paths_are_bounded() -> None:
    host = Host()
    for number in range(10_000):
        host.routing.path(number.to_bytes(4, "big").replace(b"\0", b"\x0b"), b"", 0)
    assert len(host.routing.paths) <= 4096
