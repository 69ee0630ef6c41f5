# ruff: noqa: ARG002
"""UDP: sockets, checksums, ports that nobody has, fragments, errors."""

import random

import pytest

from pymirage.net.handler import PORT_UNREACHABLE, IcmpError, IcmpSender
from pymirage.net.interface import Interface
from pymirage.net.link import CHECKSUM_OUT
from pymirage.net.output import Output
from pymirage.net.packet import MULTICAST, UNICAST, Packet
from pymirage.net.udp import UdpHandler, UdpSocket, UdpStack
from pymirage.octets import b16, sum16, u16
from pymirage.wire.drop import Drop
from tests.net.tcp.surroundings import OneRoute, Recorder, packet_of

OURS = b"\x0a\0\0\1"
THEIRS = b"\x0a\0\0\2"
OURS_6 = bytes.fromhex("fd000000000000000000000000000001")
THEIRS_6 = bytes.fromhex("fd000000000000000000000000000002")


class Silent(IcmpSender):
    def __init__(self) -> None:
        self.kinds: list[int] = []

    def unreachable(self, packet: Packet, kind: int, now: int) -> None:
        self.kinds.append(kind)

    def parameter_problem(self, packet: Packet, code: int, pointer: int, now: int) -> None:
        raise NotImplementedError


class Inbox(UdpHandler):
    def __init__(self) -> None:
        self.datagrams: list[tuple[bytes, bytes, int, bytes, int]] = []
        self.errors: list[tuple[int, bytes, int]] = []

    def on_datagram(
        self,
        socket: UdpSocket,
        data: bytes,
        source: bytes,
        source_port: int,
        destination: bytes,
        destination_port: int,
        now: int,
    ) -> None:
        self.datagrams.append((data, source, source_port, destination, destination_port))

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        self.errors.append((kind, remote, remote_port))


class End:
    """One host."""

    def __init__(self, address: bytes, features: int = 0) -> None:
        self.link = Recorder()
        self.interface = Interface("net", self.link, b"\x02\0\0\0\0\1", 1500, features)
        self.icmp = Silent()
        self.udp = UdpStack(
            OneRoute(self.interface, address), Output(1), self.icmp, random.Random(1).randbytes
        )
        self.inbox = Inbox()

    def bind(self, port: int = 0, address: bytes = b"", inbox: Inbox | None = None) -> UdpSocket:
        socket = self.udp.bind(inbox or self.inbox, port, address)
        assert socket is not None
        return socket


def pass_frames(here: End, there: End) -> list[Drop | None]:
    return [there.udp.receive_packet(as_udp(there, frame), 0) for frame in here.link.take()]


def as_udp(end: End, frame: bytes, cast: int = UNICAST) -> Packet:
    one = packet_of(end.interface, frame)
    return Packet(
        end.interface, frame, one.ip_at, one.at, one.end, one.version, 17, one.source_high, one.source_low,
        one.destination_high, one.destination_low, 64, 0, cast, False,
    )  # fmt: skip


@pytest.mark.parametrize("addresses", [(OURS, THEIRS), (OURS_6, THEIRS_6)])
@pytest.mark.parametrize("size", [0, 1, 7, 512, 1400])
def test_datagrams_there_and_back(addresses: tuple[bytes, bytes], size: int) -> None:
    here, there = End(addresses[0]), End(addresses[1])
    server = there.bind(53)
    client = here.bind()
    data = bytes(range(256)) * 6
    assert client.send(data[:size], addresses[1], 53, 0) is None
    assert pass_frames(here, there) == [None]
    assert there.inbox.datagrams == [(data[:size], addresses[0], client.port, addresses[1], 53)]
    assert server.send(b"answer", addresses[0], client.port, 0) is None
    assert pass_frames(there, here) == [None]
    assert here.inbox.datagrams == [(b"answer", addresses[1], 53, addresses[0], client.port)]


def test_checksum_is_verified() -> None:
    here, there = End(OURS), End(THEIRS)
    there.bind(53)
    here.bind().send(b"hello", THEIRS, 53, 0)
    frame = here.link.take()[0]
    assert there.udp.receive_packet(as_udp(there, frame[:-1] + b"!"), 0) is Drop.CHECKSUM


def test_device_completes_the_checksum() -> None:
    here = End(OURS, CHECKSUM_OUT)
    here.bind().send(b"hello", THEIRS, 53, 0)
    frame, start, offset, _ = here.link.frames[0]
    assert (start, offset) == (34, 6)
    pseudo = OURS + THEIRS + b16(17) + b16(len(frame) - 34)
    assert u16(frame, 40) == sum16(pseudo, 0, len(pseudo))


def test_nobody_listens() -> None:
    here, there = End(OURS), End(THEIRS)
    here.bind().send(b"hello", THEIRS, 53, 0)
    assert pass_frames(here, there) == [Drop.NO_PORT]
    assert there.icmp.kinds == [PORT_UNREACHABLE]


def test_group_without_listener_is_not_answered() -> None:
    here, there = End(OURS), End(THEIRS)
    here.bind().send(b"hello", THEIRS, 53, 0)
    frame = here.link.take()[0]
    assert there.udp.receive_packet(as_udp(there, frame, MULTICAST), 0) is Drop.NO_PORT
    assert there.icmp.kinds == []


def test_group_goes_to_all() -> None:
    here, there = End(OURS), End(THEIRS)
    inboxes = [Inbox(), Inbox()]
    for inbox in inboxes:
        assert there.udp.bind(inbox, 5353, b"", True) is not None
    here.bind().send(b"hello", THEIRS, 5353, 0)
    frame = here.link.take()[0]
    assert there.udp.receive_packet(as_udp(there, frame, MULTICAST), 0) is None
    assert [len(inbox.datagrams) for inbox in inboxes] == [1, 1]


def test_best_socket_gets_the_datagram() -> None:
    here, there = End(OURS), End(THEIRS)
    boxes = {name: Inbox() for name in ("any", "address", "peer")}
    there.bind(53, b"", boxes["any"])
    there.bind(53, THEIRS, boxes["address"])
    here.bind(1000).send(b"1", THEIRS, 53, 0)
    pass_frames(here, there)
    assert [len(box.datagrams) for box in boxes.values()] == [0, 1, 0]
    there.udp.sockets[53][1].connect(OURS, 2000)
    here.bind(2000).send(b"2", THEIRS, 53, 0)
    here.bind(3000).send(b"3", THEIRS, 53, 0)
    pass_frames(here, there)
    assert [data for data, *_ in boxes["address"].datagrams] == [b"1", b"2"]
    assert [data for data, *_ in boxes["any"].datagrams] == [b"3"]


@pytest.mark.parametrize(
    ("group", "at"), [(b"\xef\1\2\3", 14 + 8), (b"\xff\x15" + bytes(13) + b"\1", 14 + 7)]
)
def test_groups_are_of_this_network_unless_the_socket_says_otherwise(group: bytes, at: int) -> None:
    here = End(OURS if len(group) == 4 else OURS_6)
    socket = here.bind()
    socket.send(b"near", group, 5353, 0)
    socket.group_hop_limit = 7
    socket.send(b"far", group, 5353, 0)
    assert [frame[at] for frame in here.link.take()] == [1, 7]


def test_a_port_of_one_ip_version() -> None:
    six = End(OURS_6)
    inboxes = Inbox(), Inbox()
    for there, source in ((End(THEIRS), OURS), (End(THEIRS_6), OURS_6)):
        here = End(source)
        four = there.udp.bind(inboxes[0], 53, version=4)
        assert four is not None
        assert there.udp.bind(inboxes[1], 53, version=6) is not None
        here.bind().send(b"hello", THEIRS if source == OURS else THEIRS_6, 53, 0)
        assert pass_frames(here, there) == [None]
    assert [[source for _, source, *_ in inbox.datagrams] for inbox in inboxes] == [[OURS], [OURS_6]]
    assert six.udp.bind(six.inbox, 53, version=6) is not None
    assert six.udp.bind(six.inbox, 53) is None
    assert six.udp.bind(six.inbox, 53, version=6) is None


def test_ports() -> None:
    end = End(OURS)
    first = end.bind(53)
    assert end.udp.bind(end.inbox, 53) is None
    first.close()
    first.close()
    assert end.bind(53)
    ports = {end.bind().port for _ in range(200)}
    assert len(ports) == 200 and min(ports) >= 32768


def test_long_datagram_leaves_in_fragments() -> None:
    here = End(OURS)
    socket = here.bind()
    assert socket.send(bytes(4000), THEIRS, 53, 0) is None
    assert len(here.link.take()) == 3
    assert socket.send(bytes(70_000), THEIRS, 53, 0) is Drop.TOO_BIG


def test_errors_reach_the_socket() -> None:
    end = End(OURS)
    socket = end.bind(4000)
    quoted = b16(4000) + b16(53) + b16(8) + b16(0)
    path = end.udp.routes.path(THEIRS, b"", 0)
    assert not isinstance(path, Drop)
    error = IcmpError(
        PORT_UNREACHABLE, 0, 17, path.source_high, path.source_low,
        path.destination_high, path.destination_low, quoted, 0, 8,
    )  # fmt: skip
    assert end.udp.receive_error(error, 0) is None
    assert end.inbox.errors == [(PORT_UNREACHABLE, THEIRS, 53)]
    socket.close()
    assert end.udp.receive_error(error, 0) is Drop.ICMP_UNRELATED
