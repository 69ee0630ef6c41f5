"""Two whole hosts on an in-memory switch: UDP, TCP, ping, conflicts, autoconfiguration, under a bad link."""

import random
from ipaddress import ip_address

import pytest

from pymirage.driver.impairment import NONE, Impairment
from pymirage.driver.memory.switch import Switch
from pymirage.net import handler
from pymirage.net.addresses import STATIC, LocalAddress
from pymirage.net.host import Host, HostWatcher
from pymirage.net.icmp import EchoListener
from pymirage.net.interface import Interface
from pymirage.net.link import Link
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler, ListenHandler
from pymirage.net.tcp.listener import Listener
from pymirage.net.tcp.settings import Settings
from pymirage.net.udp import UdpHandler, UdpSocket
from pymirage.wire.drop import Drop

SECOND = 1_000_000_000
MILLISECOND = 1_000_000


def at(text: str) -> bytes:
    return ip_address(text).packed


class Watcher(HostWatcher):
    def __init__(self) -> None:
        self.lost: list[bytes] = []

    def address_ready(self, address: LocalAddress, now: int) -> None:
        del address, now

    def address_conflict(self, address: LocalAddress, mac: bytes, now: int) -> None:
        del mac, now
        self.lost.append(address.address)

    def name_servers(self, interface: Interface, servers: tuple[bytes, ...], until: int, now: int) -> None:
        del interface, servers, until, now


class PortLink(Link):
    def __init__(self, network: "Network", port: int) -> None:
        self.network = network
        self.port = port

    def send(self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> None:
        del checksum_offset
        assert checksum_start == 0, "no offload was offered"
        assert segment_size == 0
        self.network.switch.send(self.port, frame, self.network.now)


class Network:
    """Hosts on one switch; `run` lets time pass from event to event."""

    def __init__(self, seed: int = 1) -> None:
        self.switch = Switch(seed)
        self.now = 0
        self.random = random.Random(seed)
        self.hosts: list[Host] = []

    def host(self, impairment: Impairment = NONE, *, mtu: int = 1500) -> Host:
        port = self.switch.add_port(impairment)
        host = Host(self.random.randbytes, Settings(), Watcher())
        self.hosts.append(host)
        attachment = host.attach(
            f"net{port}", PortLink(self, port), b"\x02\0\0\0\0" + bytes((port + 1,)), mtu, 0
        )
        number = port + 1
        host.add_address(attachment, bytes((10, 0, 0, number)), 24, STATIC, 0)
        host.add_address(attachment, at("2001:db8::")[:15] + bytes((number,)), 64, STATIC, 0)
        host.start_ipv6(attachment, 0, False)
        return host

    def run(self, until: int) -> None:
        while True:
            for host in self.hosts:
                host.poll(self.now)
            times = [host.deadline() for host in self.hosts]
            following = max(min([*times, self.switch.deadline()]), self.now)
            if following > until:
                self.now = until
                return
            self.now = following
            for port, frame in self.switch.deliver(self.now):
                self.hosts[port].attachments[0].interface.receive(frame, False, self.now)


class Datagrams(UdpHandler):
    def __init__(self) -> None:
        self.received: list[tuple[bytes, bytes, int]] = []
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
        del socket, destination, destination_port, now
        self.received.append((data, source, source_port))

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        del socket, now
        self.errors.append((kind, remote, remote_port))


def bound(host: Host, port: int = 0, local: bytes = b"") -> tuple[Datagrams, UdpSocket]:
    datagrams = Datagrams()
    socket = host.udp.bind(datagrams, port, local)
    assert socket is not None
    return datagrams, socket


def link_local(number: int) -> bytes:
    """What stateless autoconfiguration makes of a MAC address of `Network`."""
    return at(f"fe80::ff:fe00:{number}")


ADDRESSES = pytest.mark.parametrize("peer", [at("10.0.0.2"), at("2001:db8::2")], ids=["v4", "v6"])


@ADDRESSES
@pytest.mark.parametrize("size", [0, 1, 1472, 1473, 9000, 65507])
def test_datagrams(peer: bytes, size: int) -> None:
    network = Network()
    one, other = network.host(), network.host()
    inbox, _ = bound(other, 7)
    _, socket = bound(one)
    data = random.Random(size).randbytes(size)
    assert one.udp.send(socket, data, peer, 7, 0) is None
    network.run(SECOND)
    assert [(received, port) for received, _, port in inbox.received] == [(data, socket.port)]


@ADDRESSES
def test_nobody_on_the_port(peer: bytes) -> None:
    network = Network()
    one, other = network.host(), network.host()
    outbox, socket = bound(one)
    one.udp.send(socket, b"hello", peer, 7, 0)
    network.run(SECOND)
    assert outbox.errors == [(handler.PORT_UNREACHABLE, peer, 7)]
    assert other.attachments[0].interface.counters.drops[Drop.NO_PORT] == 1


def test_nobody_at_the_address() -> None:
    network = Network()
    one = network.host()
    outbox, socket = bound(one)
    one.udp.send(socket, b"hello", at("10.0.0.99"), 7, 0)
    network.run(5 * SECOND)
    assert outbox.errors == [(handler.HOST_UNREACHABLE, at("10.0.0.99"), 7)]
    assert one.udp.send(socket, b"hello", at("192.0.2.1"), 7, 0) is Drop.NO_ROUTE


def test_most_particular_socket_gets_the_datagram() -> None:
    network = Network()
    one, other = network.host(), network.host()
    _, socket = bound(one, 5000)
    any_address, _ = bound(other, 7)
    address, _ = bound(other, 7, local=at("10.0.0.2"))
    connected, peer_socket = bound(other, 7, at("2001:db8::2"))
    peer_socket.connect(at("2001:db8::1"), 5000)
    assert other.udp.bind(connected, 7) is None
    for peer in ("10.0.0.2", "2001:db8::2"):
        one.udp.send(socket, b"x", at(peer), 7, 0)
    _, elsewhere = bound(one, 5001)
    one.udp.send(elsewhere, b"y", at("10.0.0.2"), 7, 0)
    network.run(SECOND)
    assert [len(box.received) for box in (any_address, address, connected)] == [0, 2, 1]


def test_broadcast_and_groups_reach_everybody_on_the_port() -> None:
    network = Network()
    hosts = [network.host() for _ in range(3)]
    _, socket = bound(hosts[0])
    inboxes = [bound(host, 7)[0] for host in hosts[1:]]
    group = at("239.1.1.1")
    hosts[1].attachments[0].membership.join(group, 0)
    for destination in ("255.255.255.255", "10.0.0.255", "239.1.1.1", "ff02::1"):
        assert hosts[0].udp.send(socket, destination.encode(), at(destination), 7, 0) is None
    network.run(SECOND)
    assert [len(inbox.received) for inbox in inboxes] == [4, 3]


class Echoes(EchoListener):
    def __init__(self) -> None:
        self.heard = 0

    def echo_reply(self, source: bytes, identifier: int, sequence: int, data: bytes, now: int) -> None:
        del source, identifier, sequence, data, now
        self.heard += 1


@pytest.mark.parametrize(
    "peer", [at("10.0.0.2"), at("2001:db8::2"), link_local(2)], ids=["v4", "v6", "link-local"]
)
def test_ping(peer: bytes) -> None:
    network = Network()
    one, _ = network.host(), network.host()
    echoes = Echoes()
    one.icmp.echo_listener = echoes
    for sequence in range(5):
        assert one.icmp.ping(peer, 1, sequence, bytes(3000), network.now) is None
        network.run(network.now + SECOND)
    assert echoes.heard == 5


def test_address_that_another_has_is_not_used() -> None:
    network = Network()
    one = network.host()
    network.run(20 * SECOND)
    two = network.host()
    attachment = two.attachments[0]
    for address in (at("10.0.0.1"), at("2001:db8::1")):
        assert two.add_address(attachment, address, 24 if len(address) == 4 else 64, STATIC, network.now)
    network.run(40 * SECOND)
    assert isinstance(two.watcher, Watcher)
    assert sorted(two.watcher.lost) == sorted([at("10.0.0.1"), at("2001:db8::1")])
    assert two.addresses.owner(at("10.0.0.1")) is None
    assert isinstance(one.watcher, Watcher)
    assert one.watcher.lost == []


class Stream(ConnectionHandler):
    """Sends what it is given, keeps what it gets, ends its side when it has sent all."""

    def __init__(self, network: Network, outgoing: bytes = b"") -> None:
        self.network = network
        self.outgoing = outgoing
        self.received = bytearray()
        self.story: list[str] = []
        self.failure: Failure | None = None

    def on_connected(self, connection: Connection) -> None:
        self.story.append("connected")
        self.on_writable(connection)

    def on_readable(self, connection: Connection) -> None:
        while data := connection.read(65536, self.network.now):
            self.received += data

    def on_writable(self, connection: Connection) -> None:
        taken = connection.write(self.outgoing)
        self.outgoing = self.outgoing[taken:]
        if not self.outgoing:
            connection.shutdown()

    def on_closed(self, connection: Connection) -> None:
        del connection
        self.story.append("closed")

    def on_error(self, connection: Connection, failure: Failure) -> None:
        del connection
        self.failure = failure


class Accepting(ListenHandler):
    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def on_accept(self, connection: Connection) -> ConnectionHandler:
        del connection
        return self.stream


BAD = Impairment(
    loss=0.03, duplicate=0.02, corrupt=0.02, reorder=0.05, delay=5 * MILLISECOND, jitter=MILLISECOND
)


@ADDRESSES
@pytest.mark.parametrize("impairment", [NONE, BAD], ids=["good", "bad"])
def test_streams_arrive_whole_both_ways(peer: bytes, impairment: Impairment) -> None:
    network = Network(7)
    one, other = network.host(impairment), network.host(impairment)
    there, back = (random.Random(n).randbytes(200_000) for n in (1, 2))
    client, server = Stream(network, there), Stream(network, back)
    assert isinstance(other.tcp.listen(80, Accepting(server)), Listener)
    assert isinstance(one.tcp.connect(peer, 80, client, 0), Connection)
    network.run(300 * SECOND)
    assert client.failure is None
    assert server.failure is None
    assert bytes(server.received) == there
    assert bytes(client.received) == back
    assert one.tcp.count() == other.tcp.count() == 0


@ADDRESSES
def test_refused_connection(peer: bytes) -> None:
    network = Network()
    one, _ = network.host(), network.host()
    client = Stream(network)
    one.tcp.connect(peer, 80, client, 0)
    network.run(SECOND)
    assert client.failure is Failure.REFUSED


def test_connection_to_nobody_fails() -> None:
    network = Network()
    one = network.host()
    client = Stream(network)
    one.tcp.connect(at("10.0.0.77"), 80, client, 0)
    network.run(200 * SECOND)
    assert client.failure in (Failure.UNREACHABLE, Failure.TIMED_OUT)


def test_quiet_host_sleeps() -> None:
    network = Network()
    one, _ = network.host(), network.host()
    network.run(60 * SECOND)
    assert one.deadline() > 60 * SECOND


def test_any_frames_do_no_harm() -> None:
    """A short fuzz of the whole receive path; the long one is in fuzz/."""
    network = Network()
    one, other = network.host(), network.host()
    bound(other, 7)
    other.tcp.listen(80, Accepting(Stream(network)))
    _, socket = bound(one)
    frames: list[bytes] = []
    send = network.switch.send

    def record(port: int, frame: bytes, now: int) -> None:
        frames.append(frame)
        send(port, frame, now)

    network.switch.send = record  # type: ignore[method-assign]
    for peer in (at("10.0.0.2"), at("2001:db8::2")):
        one.udp.send(socket, bytes(4000), peer, 7, 0)
        one.icmp.ping(peer, 1, 1, bytes(10), 0)
        one.tcp.connect(peer, 80, Stream(network, bytes(3000)), 0)
    network.run(5 * SECOND)
    assert len(frames) > 30
    dice = random.Random(5)
    for number in range(5000):
        frame = bytearray(dice.choice(frames))
        for _ in range(dice.randrange(1, 4)):
            frame[dice.randrange(len(frame))] = dice.randrange(256)
        whole = bytes(frame)[: dice.randrange(len(frame) + 1)] if dice.random() < 0.2 else bytes(frame)
        other.attachments[0].interface.receive(whole, False, network.now + number)
    other.poll(network.now)
