# pymirage: hot
"""Joining fragments: RFC 791 §3.2, RFC 815, RFC 8200 §4.5.

An overlap condemns the whole datagram, in IPv4 as in IPv6 (RFC 5722): what is left of it is refused until
its time is over. Only an exact repetition is forgiven (RFC 8200 §4.5). Bounded in datagrams, in fragments
of each, and in octets in all; the oldest datagram makes room.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.fragment import with_header_v4
from pymirage.net.handler import IcmpSender, Reassembler
from pymirage.net.packet import MULTICAST, Packet
from pymirage.octets import put_u8, put_u16, u8
from pymirage.wire import ipv4, ipv6
from pymirage.wire.drop import Drop

SECOND: Final = 1_000_000_000

TIMEOUT: Final = 60 * SECOND
"""RFC 1122 §3.3.2 and RFC 8200 §4.5."""
MAXIMUM_DATAGRAMS: Final = 64
MAXIMUM_FRAGMENTS: Final = 128
MAXIMUM_OCTETS: Final = 1 << 20
LARGEST: Final = 0xFFFF

# Congestion bits of the traffic class, RFC 3168 §5.
NOT_ECT: Final = 0
CE: Final = 3


@final
class Piece:
    """The octets [start, end) of a datagram's payload."""

    def __init__(self, start: i64, data: bytes) -> None:
        self.start: Final[i64] = start
        self.end: Final[i64] = start + len(data)
        self.data: Final = data


@final
class Datagram:
    """One packet whose fragments are arriving."""

    def __init__(self, deadline: i64) -> None:
        self.deadline: Final[i64] = deadline
        self.pieces: list[Piece] = []
        """In order, without overlap."""
        self.octets: i64 = 0
        self.total: i64 = -1
        """Octets of payload, once the last fragment was seen."""
        self.first: Packet | None = None
        self.condemned: bool = False
        self.congested: bool = False
        self.not_capable: bool = False

    def place(self, piece: Piece) -> i64:
        """Where a piece goes among the others; -1 when it overlaps one, -2 when it repeats one exactly."""
        at: i64 = len(self.pieces)
        while at > 0 and self.pieces[at - 1].start >= piece.start:
            at -= 1
        if at < len(self.pieces):
            after = self.pieces[at]
            if after.start == piece.start and after.end == piece.end and after.data == piece.data:
                return -2
            if after.start < piece.end:
                return -1
        if at > 0 and self.pieces[at - 1].end > piece.start:
            return -1
        return at

    def complete(self) -> bool:
        """Without overlap, having as many octets as the total means having all."""
        return self.total >= 0 and self.octets == self.total and self.first is not None

    def payload(self) -> bytes:
        """The pieces joined."""
        return b"".join([piece.data for piece in self.pieces])


@final
class Reassembly(Reassembler):
    """All datagrams that arrive in fragments, both IP versions."""

    def __init__(self, icmp: IcmpSender | None = None) -> None:
        self.icmp: IcmpSender | None = icmp
        self.datagrams: dict[tuple[int, int, int, int, int, int], Datagram] = {}
        self.octets: i64 = 0

    def receive_fragment(
        self, packet: Packet, offset: i64, more: bool, identification: i64, now: i64
    ) -> bytes | Drop | None:
        """Take one fragment; the whole packet when it was the last missing one."""
        data = packet.frame[packet.at : packet.end]
        refusal = self.refuse(packet, offset, len(data), more, now)
        if refusal is not None:
            return refusal
        if offset == 0 and not more:
            # Atomic: whole by itself, and apart from what others of the same name do (RFC 6946).
            return rebuilt(packet, data, False)
        key = key_of(packet, identification)
        datagram = self.datagrams.get(key)
        if datagram is None:
            self.make_room(len(data))
            datagram = Datagram(now + TIMEOUT)
            self.datagrams[key] = datagram
        if datagram.condemned:
            return Drop.FRAGMENT
        reason = self.insert(datagram, packet, offset, data, more)
        if reason is not None:
            return reason
        if not datagram.complete():
            return None
        self.remove(key)
        return self.finish(datagram)

    def refuse(self, packet: Packet, offset: i64, size: i64, more: bool, now: i64) -> Drop | None:
        """Lengths that cannot be right: RFC 8200 §4.5 wants the sender told."""
        if size == 0:
            return Drop.FRAGMENT
        if more and size & 7 != 0:
            self.complain(packet, ipv6.PAYLOAD_LENGTH, now)
            return Drop.FRAGMENT
        header: i64 = packet.at - packet.ip_at if packet.version == 4 else 0
        if offset + size + header > LARGEST:
            self.complain(packet, packet.at - packet.ip_at - ipv6.FRAGMENT_SIZE + ipv6.FRAGMENT_OFFSET, now)
            return Drop.FRAGMENT
        return None

    def complain(self, packet: Packet, pointer: i64, now: i64) -> None:
        """A parameter problem, in IPv6 only."""
        if self.icmp is not None and packet.version == 6 and packet.cast != MULTICAST:
            self.icmp.parameter_problem(packet, ipv6.PROBLEM_FIELD, pointer, now)

    def insert(self, datagram: Datagram, packet: Packet, offset: i64, data: bytes, more: bool) -> Drop | None:
        """Put a piece in its place."""
        piece = Piece(offset, data)
        place = datagram.place(piece)
        if place == -2:
            return None
        if place == -1 or self.contradicts(datagram, piece, more):
            self.condemn(datagram)
            return Drop.FRAGMENT
        if len(datagram.pieces) >= MAXIMUM_FRAGMENTS or self.octets + len(data) > MAXIMUM_OCTETS:
            self.condemn(datagram)
            return Drop.FRAGMENT_LIMIT
        datagram.pieces.insert(place, piece)
        datagram.octets += len(data)
        self.octets += len(data)
        if not more:
            datagram.total = piece.end
        if offset == 0:
            datagram.first = packet
        congestion: i64 = packet.traffic_class & 3
        datagram.congested = datagram.congested or congestion == CE
        datagram.not_capable = datagram.not_capable or congestion == NOT_ECT
        return None

    def contradicts(self, datagram: Datagram, piece: Piece, more: bool) -> bool:
        """Two different ends, or data behind the end."""
        if datagram.total >= 0:
            return piece.end > datagram.total or (not more and piece.end != datagram.total)
        return not more and len(datagram.pieces) > 0 and datagram.pieces[-1].end > piece.end

    def condemn(self, datagram: Datagram) -> None:
        """Free the pieces, and remember until the time is over to refuse the rest."""
        self.octets -= datagram.octets
        datagram.octets = 0
        datagram.pieces = []
        datagram.first = None
        datagram.condemned = True

    def finish(self, datagram: Datagram) -> bytes | Drop | None:
        """The whole packet; congestion seen by one fragment was seen by all (RFC 3168 §5.3)."""
        first = datagram.first
        if first is None or (datagram.congested and datagram.not_capable):
            return Drop.FRAGMENT
        return rebuilt(first, datagram.payload(), datagram.congested)

    def make_room(self, size: i64) -> None:
        """Put out the oldest datagrams until one more fits."""
        while self.datagrams and (
            len(self.datagrams) >= MAXIMUM_DATAGRAMS or self.octets + size > MAXIMUM_OCTETS
        ):
            self.remove(next(iter(self.datagrams)))

    def remove(self, key: tuple[int, int, int, int, int, int]) -> None:
        """Forget a datagram."""
        datagram = self.datagrams.pop(key)
        self.octets -= datagram.octets

    def deadline(self) -> i64:
        """When the oldest datagram's time is over: they are kept in the order in which they began."""
        if not self.datagrams:
            return FOREVER
        for datagram in self.datagrams.values():
            return datagram.deadline
        return FOREVER

    def expire(self, now: i64) -> list[Packet]:
        """Forget what did not arrive in time; the first fragments, whose senders are owed a time exceeded."""
        firsts: list[Packet] = []
        for key in list(self.datagrams):
            datagram = self.datagrams[key]
            if datagram.deadline > now:
                break
            if datagram.first is not None:
                firsts.append(datagram.first)
            self.remove(key)
        return firsts


def key_of(packet: Packet, identification: i64) -> tuple[int, int, int, int, int, int]:
    """What fragments of one datagram have in common; IPv6 does not count the protocol."""
    protocol: i64 = packet.protocol if packet.version == 4 else -1
    return (
        packet.source_high,
        packet.source_low,
        packet.destination_high,
        packet.destination_low,
        identification,
        protocol,
    )


def rebuilt(first: Packet, payload: bytes, congested: bool) -> bytes:
    """The packet as it was before it was cut, with the header of its first fragment."""
    if first.version == 4:
        header = bytearray(first.frame[first.ip_at : first.at])
        if congested:
            put_u8(header, ipv4.TRAFFIC_CLASS, first.traffic_class | CE)
        return with_header_v4(bytes(header), payload, 0)
    header = bytearray(first.frame[first.ip_at : first.at - ipv6.FRAGMENT_SIZE])
    put_u8(header, field_before_fragment(first), u8(first.frame, first.at - ipv6.FRAGMENT_SIZE))
    put_u16(header, ipv6.PAYLOAD_LENGTH, len(header) - ipv6.SIZE + len(payload))
    if congested:
        put_u8(header, 1, u8(first.frame, first.ip_at + 1) | CE << 4)
    return bytes(header) + payload


def field_before_fragment(packet: Packet) -> i64:
    """Where, from the IP header, the next-header field is that names the fragment header."""
    frame = packet.frame
    field: i64 = packet.ip_at + ipv6.NEXT_HEADER
    at: i64 = packet.ip_at + ipv6.SIZE
    while u8(frame, field) != ipv6.FRAGMENT and at < packet.at - ipv6.FRAGMENT_SIZE:
        field = at
        at += (u8(frame, at + 1) + 1) << 3
    return field - packet.ip_at
