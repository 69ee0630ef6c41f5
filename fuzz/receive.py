# ruff: noqa: ARG002
"""The whole receive path: mutated frames, wild but well-formed segments, a moody application.

    python -m fuzz.receive [seconds] [seed]

Nothing may raise, and nothing may grow: connections, memory, timers and queues stay within their bounds, and
the account of memory is exact.
"""

from __future__ import annotations

import random
import sys
import time

from fuzz.mutate import mutate, with_checksums
from pymirage.net.addresses import PREFERRED, Addresses, LocalAddress
from pymirage.net.deadline import FOREVER
from pymirage.net.handler import IcmpSender
from pymirage.net.interface import Interface
from pymirage.net.ipv4 import Ipv4Input
from pymirage.net.ipv6 import Ipv6Input
from pymirage.net.link import Link
from pymirage.net.next_hop import Neighbours, NextHop
from pymirage.net.output import Output
from pymirage.net.packet import Packet
from pymirage.net.path import Path, Routes
from pymirage.net.protocols import Protocols
from pymirage.net.reassembly import Reassembly
from pymirage.net.tcp import assembler
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler, ListenHandler
from pymirage.net.tcp.keepalive import Keepalive
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.stack import TcpStack
from pymirage.net.udp import UdpHandler, UdpSocket, UdpStack
from pymirage.octets import b16, b32
from pymirage.wire import ethernet, icmpv4, ipv4, ipv6, tcp
from pymirage.wire.drop import Drop

OURS = b"\x0a\0\0\1"
THEIRS = b"\x0a\0\0\2"
OURS_6 = bytes.fromhex("fd" + "00" * 14 + "01")
THEIRS_6 = bytes.fromhex("fd" + "00" * 14 + "02")
CONNECTIONS = 40
MEMORY = 200_000


class Wire(Link):
    """Counts, and keeps a few frames as material."""

    def __init__(self) -> None:
        self.recent: list[bytes] = []

    def send(self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> None:
        assert len(frame) <= 14 + 65_535
        self.recent.append(frame)
        if len(self.recent) > 50:
            del self.recent[:25]


class Known(Neighbours):
    def next_hop(self, address: bytes, now: int) -> NextHop | Drop:
        return Drop.NEIGHBOUR_LIMIT

    def usable(self, hop: NextHop, now: int) -> bool:
        return True

    def hold(self, hop: NextHop, frame: bytes, start: int, offset: int, size: int, now: int) -> Drop | None:
        return None

    def confirm(self, hop: NextHop, now: int) -> None:
        pass


class Everywhere(Routes):
    """A path to any address; few are remembered."""

    def __init__(self, interface: Interface) -> None:
        self.interface = interface
        self.neighbours = Known()
        self.paths: dict[tuple[bytes, bytes], Path] = {}

    def path(self, destination: bytes, source: bytes, now: int) -> Path | Drop:
        key = (destination, source)
        if key not in self.paths:
            if len(self.paths) > 100:
                self.paths.clear()
            hop = NextHop(self.interface, self.neighbours, destination)
            hop.mac = 2
            hop.fresh_until = FOREVER
            ours = source or (OURS if len(destination) == 4 else OURS_6)
            self.paths[key] = Path(ours, destination, hop, 1500)
        return self.paths[key]

    def too_big(self, path: Path, mtu: int, now: int) -> None:
        path.mtu = max(min(path.mtu, mtu), 576)


class Quiet(IcmpSender):
    def unreachable(self, packet: Packet, kind: int, now: int) -> None:
        pass

    def parameter_problem(self, packet: Packet, code: int, pointer: int, now: int) -> None:
        pass


class Moody(ConnectionHandler):
    """An application that does anything at any time."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now = 0
        self.open: list[Connection] = []

    def act(self, connection: Connection) -> None:
        choice = self.chance.randrange(12)
        if choice < 4:
            connection.read(self.chance.randrange(1, 5000), self.now)
        elif choice < 6:
            connection.read_piece(self.now)
        elif choice < 9:
            connection.write(bytes(self.chance.choice((1, 10, 1000, 5000, 50_000))))
        elif choice == 9 and self.chance.random() < 0.2:
            connection.shutdown()
        elif choice == 10 and self.chance.random() < 0.1:
            connection.close(self.now)
        elif choice == 11 and self.chance.random() < 0.1:
            connection.abort(self.now)
        else:
            connection.set_no_delay(self.chance.random() < 0.5)
            if self.chance.random() < 0.2:
                connection.set_keepalive(Keepalive(10**9, 10**9, 2), self.now)

    def on_connected(self, connection: Connection) -> None:
        if connection not in self.open:
            self.open.append(connection)
        self.act(connection)

    def on_readable(self, connection: Connection) -> None:
        self.act(connection)

    def on_writable(self, connection: Connection) -> None:
        self.act(connection)

    def on_closed(self, connection: Connection) -> None:
        if connection in self.open:
            self.open.remove(connection)

    def on_error(self, connection: Connection, failure: Failure) -> None:
        self.on_closed(connection)


class Door(ListenHandler):
    """Two compiled signatures cannot be bases of one class."""

    def __init__(self, application: Moody) -> None:
        self.application = application

    def on_accept(self, connection: Connection) -> ConnectionHandler:
        self.application.open.append(connection)
        return self.application


class Swallow(UdpHandler):
    def on_datagram(
        self,
        socket: UdpSocket,
        data: bytes,
        source: bytes,
        source_port: int,
        destination: bytes,
        port: int,
        now: int,
    ) -> None:
        if len(data) % 3 == 0 and source_port:
            socket.send(data, source, source_port, now)

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        pass


class Target:
    """A host under fire."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = 10**12
        self.wire = Wire()
        self.interface = Interface("net", self.wire, b"\x02\0\0\0\0\1", 1500, 0)
        addresses = Addresses()
        for address, length in ((OURS, 24), (OURS_6, 64)):
            one = LocalAddress(self.interface, address, length)
            one.state = PREFERRED
            addresses.add(one)
        settings = Settings()
        settings.connections = CONNECTIONS
        settings.half_open = 10
        settings.memory = MEMORY
        settings.time_wait_connections = 5
        settings.timestamps = self.chance.random() < 0.5
        settings.selective = self.chance.random() < 0.8
        settings.congestion = self.chance.choice(("cubic", "newreno"))
        routes = Everywhere(self.interface)
        quiet = Quiet()
        self.tcp = TcpStack(routes, self.chance.randbytes, settings)
        self.udp = UdpStack(routes, Output(seed), quiet, self.chance.randbytes)
        self.application = Moody(self.chance)
        self.tcp.listen(80, Door(self.application), b"", 8)
        self.udp.bind(Swallow(), 53)
        protocols = Protocols()
        protocols.tcp = self.tcp
        protocols.udp = self.udp
        self.reassembly = Reassembly(quiet)
        self.interface.ipv4 = Ipv4Input(addresses, protocols, self.reassembly, quiet)
        self.interface.ipv6 = Ipv6Input(addresses, protocols, self.reassembly, quiet)
        self.corpus: list[bytes] = [self.segment_frame() for _ in range(20)] + others()

    # -- material --

    def segment_frame(self) -> bytes:
        """A segment that fits some connection more or less, or begins one."""
        chance = self.chance
        connection = chance.choice(self.application.open) if self.application.open else None
        if connection is None or chance.random() < 0.1:
            port, their_port = 80, chance.choice((1000, 1001, 1002, chance.randrange(1, 65_536)))
            sequence = chance.choice((0, 1, 0xFFFF_FFFF, chance.randrange(1 << 32)))
            acknowledgment = chance.choice((0, chance.randrange(1 << 32)))
            flags = chance.choice((tcp.SYN, tcp.SYN, tcp.SYN, tcp.ACK, tcp.SYN | tcp.ACK, tcp.RST, tcp.FIN))
            version = chance.choice((4, 4, 6))
            stamp = None
        else:
            port, their_port = connection.local_port, connection.remote_port
            step = chance.choice(
                (0, 0, 0, 0, 0, 1, -1, 10, 1460, 2920, -1460, 60_000, 1 << 20, chance.randrange(1 << 32))
            )
            sequence = (connection.rcv_nxt + step) & 0xFFFF_FFFF
            step = chance.choice((0, 0, 1, -1, 1460, chance.randrange(1 << 32)))
            base = chance.choice((connection.snd_una, connection.snd_nxt, connection.snd_nxt))
            acknowledgment = (base + step) & 0xFFFF_FFFF if chance.random() < 0.4 else base
            flags = chance.choice(
                (tcp.ACK, tcp.ACK, tcp.ACK, tcp.ACK, tcp.ACK | tcp.PSH, tcp.ACK | tcp.FIN, tcp.RST, tcp.SYN,
                 chance.randrange(64), tcp.ACK, tcp.ACK)
            )  # fmt: skip
            version = connection.path.version
            echo = connection.timestamp(self.now) - chance.choice((0, 1, 100))
            stamp = (
                (connection.ts_recent + chance.choice((0, 0, 1, -1, 5))) & 0xFFFF_FFFF,
                echo & 0xFFFF_FFFF,
            )
        options = self.options(connection, stamp)
        size = chance.choice((0, 0, 0, 1, 10, 536, 1400))
        buffer = bytearray(20)
        window = chance.choice((0, 1, 100, 5000, 65_535))
        tcp.put(buffer, 0, their_port, port, sequence, acknowledgment, 20 + len(options), flags, window)
        segment = bytes(buffer) + options + bytes(size)
        if version == 4:
            packet = ipv4.emit(0, len(segment), 0, 0x4000, 64, 6, 0x0A00_0002, 0x0A00_0001)
            return with_checksums(ethernet.emit(0x02_00_00_00_00_01, 2, ethernet.IPV4) + packet + segment)
        head = bytes.fromhex("60000000") + b16(len(segment)) + b"\x06\x40" + THEIRS_6 + OURS_6
        return with_checksums(ethernet.emit(0x02_00_00_00_00_01, 2, ethernet.IPV6) + head + segment)

    def options(self, connection: Connection | None, stamp: tuple[int, int] | None) -> bytes:
        chance = self.chance
        options = b""
        if connection is None:
            if chance.random() < 0.7:
                options += b"\x02\x04" + b16(chance.choice((0, 1, 536, 1460, 65_535)))
            if chance.random() < 0.7:
                options += b"\x01\x01\x04\x02"
            if chance.random() < 0.5:
                options += b"\x01\x03\x03" + bytes([chance.choice((0, 7, 14, 15, 255))])
            if chance.random() < 0.5:
                options += b"\x01\x01\x08\x0a" + b32(chance.randrange(1 << 32)) + b32(0)
            return options
        if stamp is not None and (connection.timestamps_on or chance.random() < 0.1):
            options += b"\x01\x01\x08\x0a" + b32(stamp[0]) + b32(stamp[1])
        if chance.random() < 0.4:
            count = chance.randint(1, 3)
            options += b"\x01\x01\x05" + bytes([2 + 8 * count])
            for _ in range(count):
                start = connection.snd_una + chance.choice(
                    (0, 1, 1460, 2920, -100, chance.randrange(100_000))
                )
                end = start + chance.choice((0, 1, 1460, 2920, -5, 1 << 31))
                options += b32(start & 0xFFFF_FFFF) + b32(end & 0xFFFF_FFFF)
        return options

    # -- fire --

    def step(self) -> None:
        chance = self.chance
        kind = chance.randrange(20)
        if kind < 12:
            self.deliver(self.segment_frame())
        elif kind < 14:
            frame = mutate(chance.choice(self.corpus), chance)
            self.deliver(with_checksums(frame) if chance.random() < 0.8 else frame)
        elif kind == 14:
            frame = mutate(self.segment_frame(), chance)
            self.deliver(with_checksums(frame))
        elif kind < 17:
            self.now += chance.choice((1_000, 1_000_000, 50_000_000, 10**9, 70 * 10**9))
            self.poll()
        elif self.application.open:
            self.application.act(chance.choice(self.application.open))
        elif chance.random() < 0.1:
            self.tcp.connect(THEIRS, 80, self.application, self.now)
        if chance.random() < 0.5:
            self.poll()

    def deliver(self, frame: bytes) -> None:
        self.application.now = self.now
        reason = self.interface.receive(frame, self.chance.random() < 0.1, self.now)
        assert reason is None or isinstance(reason, Drop)

    def poll(self) -> None:
        self.application.now = self.now
        self.tcp.poll(self.now)

    def check(self) -> None:
        """Bounds and accounts."""
        stack = self.tcp
        connections = [one for chain in stack.table.chains for one in chain_of(chain)]
        assert len(connections) == stack.count() <= CONNECTIONS
        assert 0 <= stack.half_open <= 10
        assert sum(one.half_open for one in connections) == stack.half_open
        assert sum(one.charged for one in connections) <= stack.memory.used
        assert stack.memory.used <= MEMORY + CONNECTIONS * 65_536
        assert len(stack.timers.heap) <= CONNECTIONS
        assert self.reassembly.octets <= 1 << 20
        for one in connections:
            check_connection(one)


def chain_of(first: Connection | None) -> list[Connection]:
    found = []
    while first is not None:
        found.append(first)
        first = first.next
    return found


def check_connection(connection: Connection) -> None:
    flight = connection.flight
    size = sacked = lost = resent = records = 0
    record = flight.head
    while record is not None:
        records += 1
        size += record.length
        sacked += record.length if record.sacked else 0
        lost += record.length if record.lost else 0
        resent += record.length if record.resent else 0
        assert not (record.sacked and record.lost)
        record = record.next
    assert (size, sacked, lost, resent, records) == (
        flight.size,
        flight.sacked,
        flight.lost,
        flight.resent,
        flight.records,
    )
    assert size == (connection.snd_nxt - connection.snd_una) & 0xFFFF_FFFF
    assert len(connection.assembler.blocks) <= assembler.LIMIT
    assert connection.incoming.size <= connection.stack.settings.receive_maximum + 65_536


def others() -> list[bytes]:
    """Good frames of other protocols."""
    echo = icmpv4.emit(8, 0, 0x0001_0001, b"ping")
    datagram = b16(999) + b16(53) + b16(12) + b16(0) + b"data"
    frames = []
    for protocol, payload in ((1, echo), (17, datagram)):
        packet = ipv4.emit(0, len(payload), 1, 0, 64, protocol, 0x0A00_0002, 0x0A00_0001)
        frames.append(ethernet.emit(0x02_00_00_00_00_01, 2, ethernet.IPV4) + packet + payload)
    fragment = ipv4.emit(0, 24, 7, ipv4.MORE_FRAGMENTS, 64, 17, 0x0A00_0002, 0x0A00_0001) + bytes(24)
    frames.append(ethernet.emit(0x02_00_00_00_00_01, 2, ethernet.IPV4) + fragment)
    chain = bytes([60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 9]) + bytes(24)
    head = bytes.fromhex("60000000") + b16(len(chain)) + bytes([ipv6.HOP_BY_HOP, 64]) + THEIRS_6 + OURS_6
    frames.append(ethernet.emit(0x02_00_00_00_00_01, 2, ethernet.IPV6) + head + chain)
    frames.append(ethernet.emit(0xFFFF_FFFF_FFFF, 2, ethernet.ARP) + bytes(28))
    return frames


def run(steps: int, seed: int) -> Target:
    target = Target(seed)
    for number in range(steps):
        try:
            target.step()
            if number % 64 == 0:
                target.check()
        except Exception as error:
            raise AssertionError(f"seed {seed}, step {number}") from error
    target.check()
    # Everything ends when everybody is silent.
    for one in list(target.application.open):
        one.close(target.now)
    for _ in range(200):
        target.now += 10 * 10**9
        target.poll()
    target.check()
    assert target.tcp.count() == 0, [
        one.state for chain in target.tcp.table.chains for one in chain_of(chain)
    ]
    assert target.tcp.memory.used == 0
    return target


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    end = time.monotonic() + seconds
    frames = 0
    drops: dict[Drop, int] = {}
    while time.monotonic() < end:
        target = run(5000, seed)
        frames += target.interface.counters.received_frames
        for reason, count in target.interface.counters.drops.items():
            drops[reason] = drops.get(reason, 0) + count
        seed += 1
    print(f"{frames} frames, next seed {seed}")
    for reason, count in sorted(drops.items(), key=lambda item: -item[1]):
        print(f"{count:9} {reason.name}: {reason.value}")


if __name__ == "__main__":
    main()
