# ruff: noqa: ARG002
"""A whole host: ARP, Neighbour Discovery, autoconfiguration, IGMP, MLD, ICMP, fragments, UDP and TCP at once.

    python -m fuzz.host [seconds] [seed]

Frames of a conversation and of what routers say, changed; sums are often made right again. Nothing may raise,
and no table may grow beyond its bound.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

from fuzz.mutate import mutate, with_checksums
from pymirage.driver.memory.switch import Switch
from pymirage.net import addresses, pmtu, reassembly, route
from pymirage.net.addresses import STATIC, LocalAddress
from pymirage.net.host import Host, HostWatcher
from pymirage.net.interface import Interface
from pymirage.net.link import Link
from pymirage.net.neighbour.cache import MAXIMUM_NEIGHBOURS
from pymirage.net.routing import MAXIMUM_PATHS
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler, ListenHandler
from pymirage.net.tcp.settings import Settings
from pymirage.net.udp import UdpHandler, UdpSocket
from pymirage.wire import ethernet, icmpv4, igmp, ipv4, ipv6, membership, mld, ndp

SECOND = 1_000_000_000
OURS4, PEER4 = b"\x0a\0\0\1", b"\x0a\0\0\2"
OURS6, PEER6 = (bytes.fromhex("20010db8" + "00" * 11) + bytes((number,)) for number in (1, 2))
ROUTER = bytes.fromhex("fe80" + "00" * 13 + "09")
ALL_NODES = bytes.fromhex("ff02" + "00" * 13 + "01")

CONNECTIONS = 64


class Quiet(HostWatcher):
    def address_ready(self, address: LocalAddress, now: int) -> None:
        pass

    def address_conflict(self, address: LocalAddress, mac: bytes, now: int) -> None:
        pass

    def name_servers(self, interface: Interface, servers: tuple[bytes, ...], until: int, now: int) -> None:
        assert len(servers) < 256


class Stream(ConnectionHandler):
    """Says hello, and again whatever it hears when it is an echo."""

    def __init__(self, echo: bool) -> None:
        self.echo = echo

    def on_connected(self, connection: Connection) -> None:
        connection.write(b"hello")

    def on_readable(self, connection: Connection) -> None:
        heard = connection.read(1 << 16, 0)
        if self.echo:
            connection.write(heard)

    def on_writable(self, connection: Connection) -> None:
        pass

    def on_closed(self, connection: Connection) -> None:
        pass

    def on_error(self, connection: Connection, failure: Failure) -> None:
        pass


class Accept(ListenHandler):
    def on_accept(self, connection: Connection) -> ConnectionHandler:
        return Stream(True)


class Datagrams(UdpHandler):
    def __init__(self, host: Host, echo: bool) -> None:
        self.host = host
        self.echo = echo

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
        if self.echo:
            self.host.udp.send(socket, data, source, source_port, now)

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        pass


class Port(Link):
    def __init__(self, hosts: Hosts, number: int) -> None:
        self.hosts = hosts
        self.number = number

    def send(self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> None:
        self.hosts.switch.send(self.number, frame, self.hosts.now)
        # Material: a little of what our side sends too, as an echo of it may come back.
        if len(self.hosts.corpus) < 400 and (self.number == 1 or self.hosts.chance.random() < 0.1):
            self.hosts.corpus.append(frame)


class Hosts:
    """Ours is number 0."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.switch = Switch(seed)
        self.now = 0
        self.corpus = router_frames()
        self.hosts = [self.host(OURS4, OURS6), self.host(PEER4, PEER6)]
        self.ours, self.peer = self.hosts
        for host in self.hosts:
            host.tcp.listen(80, Accept())
            host.udp.bind(Datagrams(host, True), 7, b"", False, 0)

    def host(self, four: bytes, six: bytes) -> Host:
        number = self.switch.add_port()
        settings = Settings()
        settings.connections = CONNECTIONS
        settings.half_open = CONNECTIONS // 2
        made = Host(self.chance.randbytes, settings, Quiet())
        attachment = made.attach("net", Port(self, number), bytes((2, 0, 0, 0, 0, number + 1)), 1500, 0)
        made.add_address(attachment, four, 24, STATIC, 0)
        made.add_address(attachment, six, 64, STATIC, 0)
        made.start_ipv6(attachment, 0, True)
        return made

    def converse(self) -> None:
        """The peer says a bit of everything."""
        for ours in (OURS4, OURS6):
            self.peer.tcp.connect(ours, 80, Stream(False), self.now)
            self.peer.icmp.ping(ours, 1, 1, bytes(10), self.now)
            self.peer.icmp.ping(ours, 1, 2, bytes(4000), self.now)
            socket = self.peer.udp.bind(Datagrams(self.peer, False), 0, b"", False, 0)
            if socket is not None:
                self.peer.udp.send(socket, bytes(100), ours, 7, self.now)
                self.peer.udp.send(socket, bytes(100), ours, 9, self.now)
        self.pass_time(SECOND // 10)

    def pass_time(self, span: int) -> None:
        until = self.now + span
        for _ in range(50):
            for number, frame in self.switch.deliver(self.now):
                self.hosts[number].attachments[0].interface.receive(frame, False, self.now)
            for host in self.hosts:
                host.poll(self.now)
            following = max(min(self.switch.deadline(), *(host.deadline() for host in self.hosts)), self.now)
            if following > until:
                break
            self.now = following
        self.now = until

    def step(self) -> None:
        frame = self.chance.choice(self.corpus)
        for _ in range(self.chance.randint(0, 3)):
            frame = mutate(frame, self.chance)
        if self.chance.random() < 0.8:
            frame = with_checksums(frame)
        self.ours.attachments[0].interface.receive(frame, self.chance.random() < 0.1, self.now)

    def check(self) -> None:
        ours, attachment = self.ours, self.ours.attachments[0]
        table = ours.routing.table
        bounds = (
            (len(ours.addresses.local), addresses.MAXIMUM_ADDRESSES),
            (len(ours.addresses.groups), addresses.MAXIMUM_GROUPS),
            (len(table.routes), route.MAXIMUM),
            (len(table.silent), route.MAXIMUM),
            (len(ours.routing.paths), MAXIMUM_PATHS),
            (len(ours.routing.mtus.estimates), pmtu.MAXIMUM),
            (len(ours.reassembly.datagrams), reassembly.MAXIMUM_DATAGRAMS),
            (ours.reassembly.octets, reassembly.MAXIMUM_OCTETS),
            (len(attachment.neighbours4.entries), MAXIMUM_NEIGHBOURS),
            (len(attachment.neighbours6.entries), MAXIMUM_NEIGHBOURS),
            (ours.tcp.count(), CONNECTIONS),
            (len(ours.tcp.timers.heap), CONNECTIONS),
        )
        assert all(size <= bound for size, bound in bounds), bounds


def router_frames() -> list[bytes]:
    """What a router and its attackers say."""
    options = ndp.Options(
        source_mac=b"\x02\0\0\0\0\x09",
        mtu=1400,
        prefixes=(ndp.Prefix(bytes.fromhex("fd" + "00" * 15), 64, True, True, 7200, 3600),),
        routes=(ndp.RouteInformation(bytes.fromhex("fc" + "00" * 15), 48, 0, 600),),
        name_servers=(ndp.NameServers(600, (ROUTER,)),),
    )
    said = [
        ndp.emit(ndp.RouterAdvertisement(64, True, True, 1800, 1, 1, 0, options)),
        ndp.emit(ndp.NeighbourSolicitation(OURS6, options)),
        ndp.emit(ndp.Redirect(ROUTER, PEER6, ndp.Options(redirected=bytes(48)))),
        mld.emit(membership.Query(2, bytes(16), 0, ())),
    ]
    way = *halves(ROUTER), *halves(ALL_NODES)
    packets6 = [ipv6.emit(0, 0, len(each), 58, 255, *way) + each for each in said]
    quoted = ipv4.emit(0, 8, 1, 0, 64, 6, 0x0A00_0001, 0x0A00_0002) + bytes(8)
    kinds = ((3, 1), (3, 4), (5, 1), (11, 0), (12, 0))
    errors = [icmpv4.emit(kind, code, 552, quoted) for kind, code in kinds]
    packets4 = [ipv4.emit(0, len(each), 1, 0, 64, 1, 0x0A00_0002, 0x0A00_0001) + each for each in errors]
    query = igmp.emit(membership.Query(3, bytes(4), 10 * igmp.TENTH, ()))
    packets4.append(ipv4.emit(0, len(query), 1, 0, 1, 2, 0x0A00_0002, 0xE000_0001) + query)
    six = ethernet.emit(0x3333_0000_0001, 0x0200_0000_0009, ethernet.IPV6)
    four = ethernet.emit(0x0200_0000_0001, 0x0200_0000_0002, ethernet.IPV4)
    frames = [six + packet for packet in packets6] + [four + packet for packet in packets4]
    return [with_checksums(frame) for frame in frames]


def halves(address: bytes) -> tuple[int, int]:
    return int.from_bytes(address[:8], "big", signed=True), int.from_bytes(address[8:], "big", signed=True)


def run(steps: int, seed: int) -> Host:
    hosts = Hosts(seed)
    number = 0
    try:
        hosts.pass_time(2 * SECOND)
        for number in range(steps):
            hosts.step()
            if number % 32 == 0:
                hosts.pass_time(hosts.chance.choice((0, 0, 1_000_000, SECOND // 50, SECOND)))
                hosts.check()
            if number % 1000 == 0:
                hosts.converse()
    except Exception as error:
        raise AssertionError(f"seed {seed}, step {number}") from error
    return hosts.ours


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    end = time.monotonic() + seconds
    frames = 0
    drops: Counter[str] = Counter()
    while time.monotonic() < end:
        counters = run(5000, seed).attachments[0].interface.counters
        frames += counters.received_frames
        drops.update({reason.name: count for reason, count in counters.drops.items()})
        seed += 1
    print(f"{frames} frames, next seed {seed}")
    for reason, count in drops.most_common():
        print(f"{count:9} {reason}")


if __name__ == "__main__":
    main()
