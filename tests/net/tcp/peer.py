# ruff: noqa: ARG002
"""Transcripts: a test plays the peer of one stack, segment by segment, on a clock of its own.

    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)

Times are milliseconds. Sequence numbers count from the SYN of their sender, so that data begins at 1. In an
expected segment what is None may be anything. Between the times of a transcript the stack is polled exactly
when it asks for it, so that a timer that goes off too early or too late shows.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.handler import ConnectionHandler, ListenHandler
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.stack import TcpStack
from pymirage.net.tcp.state import State
from pymirage.octets import b16, b32, sum16, u32
from pymirage.wire import ethernet, ipv4, tcp
from pymirage.wire.drop import Drop
from tests.net.tcp.surroundings import MILLISECOND, OneRoute, Recorder, packet_of

OURS = b"\x0a\0\0\1"
THEIRS = b"\x0a\0\0\2"
PORT = 80
THEIR_PORT = 50_000
START = 1_000_000 * MILLISECOND
"""When time 0 of a transcript is: clocks of hosts do not begin at 0."""

FLAGS = {"F": tcp.FIN, "S": tcp.SYN, "R": tcp.RST, "P": tcp.PSH, ".": tcp.ACK, "U": tcp.URG}


@dataclass(frozen=True)
class Segment:
    """Flags as tcpdump prints them: S F R P U, and a dot for ACK."""

    flags: str
    seq: int | None = None
    ack: int | None = None
    data: bytes = b""
    window: int | None = None
    mss: int | None = None
    scale: int | None = None
    sack_permitted: bool | None = None
    stamp: tuple[int, int] | None = None
    sack: tuple[tuple[int, int], ...] | None = None
    size: int | None = None
    """Expected payload octets, where their content does not matter."""


SYN = Segment("S", seq=0, mss=1460, window=65535)
SYN_WITH_SACK = replace(SYN, sack_permitted=True)
SYN_ACK = Segment("S.", seq=0, ack=1)
ACK = Segment(".", seq=1, ack=1)
FIN_ACK = Segment("F.", seq=1, ack=1)


class Application(ConnectionHandler):
    """Writes down what it is told; reads at once unless `lazy`."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.events: list[str | Failure] = []
        self.received = b""
        self.told = 0
        self.lazy = False
        self.answer = b""
        self.close_at_end = False

    def on_connected(self, connection: Connection) -> None:
        self.events.append("connected")

    def on_readable(self, connection: Connection) -> None:
        self.told += 1
        if self.lazy:
            return
        if self.answer:
            connection.write(self.answer)
        while data := connection.read(1 << 20, self.peer.now):
            self.received += data
        if connection.at_end():
            self.events.append("end")
            if self.close_at_end:
                connection.close(self.peer.now)

    def on_writable(self, connection: Connection) -> None:
        self.events.append("writable")

    def on_closed(self, connection: Connection) -> None:
        self.events.append("closed")

    def on_error(self, connection: Connection, failure: Failure) -> None:
        self.events.append(failure)


class Acceptor(ListenHandler):
    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.accepted: list[Connection] = []

    def on_accept(self, connection: Connection) -> ConnectionHandler:
        self.accepted.append(connection)
        self.peer.connection = connection
        return self.peer.application


class Peer:
    """The other side, and the link between."""

    def __init__(self, settings: Settings | None = None, features: int = 0, mtu: int = 1500) -> None:
        from pymirage.net.interface import Interface

        self.link = Recorder()
        self.interface = Interface("net", self.link, b"\x02\0\0\0\0\1", mtu, features)
        self.routes = OneRoute(self.interface, OURS)
        if settings is None:
            settings = Settings()
            settings.timestamps = False
        self.stack = TcpStack(self.routes, random.Random(1).randbytes, settings)
        self.now = START
        self.seen: list[tuple[int, Segment]] = []
        self.application = Application(self)
        self.acceptor = Acceptor(self)
        self.connection: Connection
        self.our_isn: int | None = None
        self.isn = 0xFFFF_FF00
        """Near the end, so that numbers wrap."""
        self.port = PORT
        self.their_port = THEIR_PORT
        self.reason: Drop | None = None

    # -- time --

    def advance(self, at: float) -> None:
        """Let the stack do what it wants to do until `at`."""
        until = START + int(at * MILLISECOND)
        assert until >= self.now, "the transcript goes back in time"
        self._collect()
        for _ in range(10_000):
            deadline = self.stack.deadline()
            if deadline > until:
                self.now = until
                return
            self.now = max(self.now, deadline)
            self.poll()
        raise AssertionError("the stack is never done")

    def poll(self) -> None:
        self.stack.poll(self.now)
        self._collect()

    def _collect(self) -> None:
        for frame in self.link.take():
            self.seen.append((self.now, self._decode(frame)))

    # -- segments --

    def send(self, at: float, segment: Segment, port: int | None = None) -> Drop | None:
        """The peer sends; why the stack dropped it, if it did."""
        self.advance(at)
        self._receive(segment, port)
        self.poll()
        return self.reason

    def send_together(self, at: float, *segments: Segment) -> None:
        """The peer's segments come in one batch: the stack may send only after the last."""
        self.advance(at)
        for segment in segments:
            self._receive(segment)
        self.poll()

    def _receive(self, segment: Segment, port: int | None = None) -> None:
        frame = self._encode(segment, port if port is not None else self.their_port)
        self.reason = self.stack.receive_packet(packet_of(self.interface, frame), self.now)
        self._collect()

    def expect(self, at: float, segment: Segment) -> Segment:
        """The next segment that the stack sent, at that time."""
        self.advance(at)
        assert self.seen, f"nothing was sent by {at} ms, expected {segment}"
        time, actual = self.seen.pop(0)
        milliseconds = (time - START) / MILLISECOND
        assert milliseconds == at, f"sent at {milliseconds} ms, expected {at}: {actual}"
        assert matches(segment, actual), f"\n  sent     {actual}\n  expected {segment}"
        return actual

    def expect_nothing(self, until: float) -> None:
        self.advance(until)
        assert not self.seen, f"sent: {[(round((t - START) / 1e6, 3), s) for t, s in self.seen]}"

    def _encode(self, segment: Segment, port: int) -> bytes:
        flags = 0
        for letter in segment.flags:
            flags |= FLAGS[letter]
        options = b""
        if segment.mss is not None:
            options += b"\x02\x04" + b16(segment.mss)
        if segment.scale is not None:
            options += b"\x01\x03\x03" + bytes([segment.scale])
        if segment.sack_permitted:
            options += b"\x01\x01\x04\x02"
        if segment.stamp is not None:
            options += b"\x01\x01\x08\x0a" + b32(segment.stamp[0]) + b32(segment.stamp[1])
        if segment.sack:
            options += b"\x01\x01\x05" + bytes([2 + 8 * len(segment.sack)])
            for start, end in segment.sack:
                options += b32(self._ours(start)) + b32(self._ours(end))
        buffer = bytearray(tcp.SIZE)
        sequence = (self.isn + (segment.seq or 0)) & 0xFFFF_FFFF
        acknowledgment = self._ours(segment.ack) if segment.ack is not None else 0
        window = segment.window if segment.window is not None else 65535
        size = tcp.SIZE + len(options)
        tcp.put(buffer, 0, port, self.port, sequence, acknowledgment, size, flags, window)
        whole = bytes(buffer) + options + segment.data
        return frame_of(THEIRS, OURS, whole)

    def _ours(self, number: int) -> int:
        assert self.our_isn is not None, "we have not sent a SYN yet"
        return (self.our_isn + number) & 0xFFFF_FFFF

    def _decode(self, frame: bytes) -> Segment:
        packet = packet_of(self.interface, frame)
        if not self.interface.features:
            assert tcp.checksum_is_right(frame, packet.version, packet.ip_at, packet.at, packet.end)
        header = tcp.parse(frame, packet.at, packet.end)
        assert isinstance(header, tcp.Segment), header
        if header.flags & tcp.SYN:
            self.our_isn = header.sequence
            self.port = header.source
            self.their_port = header.destination
        flags = "".join(letter for letter, bit in FLAGS.items() if header.flags & bit)
        ours = self.our_isn if self.our_isn is not None else 0
        blocks = tuple(
            (
                (u32(frame, header.sack_at + 8 * index) - self.isn) & 0xFFFF_FFFF,
                (u32(frame, header.sack_at + 8 * index + 4) - self.isn) & 0xFFFF_FFFF,
            )
            for index in range(header.sack_count)
        )
        return Segment(
            flags,
            (header.sequence - ours) & 0xFFFF_FFFF,
            (header.acknowledgment - self.isn) & 0xFFFF_FFFF if header.flags & tcp.ACK else None,
            frame[header.payload : header.end],
            header.window,
            header.maximum_size if header.maximum_size != tcp.ABSENT else None,
            header.window_scale if header.window_scale != tcp.ABSENT else None,
            header.sack_permitted,
            (header.timestamp, header.timestamp_echo) if header.timestamp != tcp.ABSENT else None,
            blocks,
            header.end - header.payload,
        )

    # -- what transcripts begin with --

    def write(self, at: float, data: bytes) -> int:
        self.advance(at)
        return self.connection.write(data)

    def state(self) -> State:
        return self.connection.state

    def events(self) -> list[str | Failure]:
        return self.application.events


def frame_of(source: bytes, destination: bytes, segment: bytes) -> bytes:
    """An Ethernet frame with an IPv4 packet around a TCP segment whose checksum is filled in."""
    header = ipv4.emit(
        0, len(segment), 0, ipv4.DONT_FRAGMENT, 64, ipv4.TCP, u32(source, 0), u32(destination, 0)
    )
    covered = source + destination + b16(6) + b16(len(segment)) + segment
    checksum = ~sum16(covered, 0, len(covered)) & 0xFFFF
    segment = segment[:16] + b16(checksum) + segment[18:]
    return ethernet.emit(0x02_00_00_00_00_01, 0x02_00_00_00_00_02, ethernet.IPV4) + header + segment


def matches(expected: Segment, actual: Segment) -> bool:
    """PSH is compared only when it is asked for."""
    flags = actual.flags if "P" in expected.flags else actual.flags.replace("P", "")
    if sorted(expected.flags) != sorted(flags):
        return False
    for name in ("seq", "ack", "window", "mss", "scale", "sack_permitted", "stamp", "sack", "size"):
        wanted = getattr(expected, name)
        if wanted is not None and wanted != getattr(actual, name):
            return False
    return expected.size is not None or expected.data == actual.data


def listening(
    settings: Settings | None = None, backlog: int = 128, features: int = 0, mtu: int = 1500
) -> Peer:
    """A stack that listens on port 80."""
    peer = Peer(settings, features, mtu)
    listener = peer.stack.listen(PORT, peer.acceptor, b"", backlog)
    assert not isinstance(listener, Failure)
    return peer


def connecting(settings: Settings | None = None) -> Peer:
    """A stack that sent its SYN at 0 ms."""
    peer = Peer(settings)
    connection = peer.stack.connect(THEIRS, PORT, peer.application, peer.now)
    assert isinstance(connection, Connection)
    peer.connection = connection
    return peer


def established(
    settings: Settings | None = None,
    syn: Segment = SYN_WITH_SACK,
    window: int = 65535,
    features: int = 0,
    round_trip: float = 0,
    mtu: int = 1500,
) -> Peer:
    """A connection that the peer opened, with SACK and nothing else, at 0 ms and `round_trip`."""
    peer = listening(settings, features=features, mtu=mtu)
    peer.send(at=0, segment=syn)
    peer.expect(at=0, segment=SYN_ACK)
    stamp = None if syn.stamp is None else (syn.stamp[0], 0)
    peer.send(at=round_trip, segment=Segment(".", seq=1, ack=1, window=window, stamp=stamp))
    peer.expect_nothing(until=round_trip)
    assert peer.state() is State.ESTABLISHED
    return peer
