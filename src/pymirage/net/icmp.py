# pymirage: hot
"""ICMP for both IP versions: RFC 792, RFC 1122 §3.2.2, RFC 4443; echo, errors sent, errors delivered.

Errors that we send are limited in rate and never answer what must not be answered. Errors that we get
reach the protocol whose packet they quote, which decides whether they are plausible (RFC 5927); only then
does a "too big" lower a path MTU.
"""

from abc import ABC, abstractmethod
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net import handler
from pymirage.net.address import high_of, low_of, octets_of
from pymirage.net.addresses import Addresses, is_multicast
from pymirage.net.handler import IcmpError, IcmpSender, PacketHandler
from pymirage.net.loopback import is_loopback
from pymirage.net.output import HOP_LIMIT, Output
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.protocols import Protocols
from pymirage.net.rate import TokenBucket
from pymirage.net.routing import FailureWatcher, Routing
from pymirage.octets import u8, u16
from pymirage.wire import ethernet, icmpv4, icmpv6, ipv4, ipv6
from pymirage.wire.drop import Drop

ERRORS_PER_SECOND: Final = 100
ERROR_BURST: Final = 50
ECHOES_PER_SECOND: Final = 20_000
ECHO_BURST: Final = 2_000

ICMPV4: Final = 1
ICMPV6: Final = 58


@mypyc_attr(allow_interpreted_subclasses=True)
class EchoListener(ABC):
    """Hears the answers to our pings."""

    @abstractmethod
    def echo_reply(self, source: bytes, identifier: i64, sequence: i64, data: bytes, now: i64) -> None:
        """`source` answered; `data` is what it returned."""


class NeighbourDiscovery(ABC):
    """Takes the five messages of RFC 4861."""

    @abstractmethod
    def receive_discovery(self, packet: Packet, now: i64) -> Drop | None:
        """`packet.at` is at the ICMPv6 header; its checksum was right."""


class MulticastListener(ABC):
    """Takes MLD messages."""

    @abstractmethod
    def receive_listener(self, packet: Packet, now: i64) -> Drop | None:
        """`packet.at` is at the ICMPv6 header; its checksum was right."""


@mypyc_attr(allow_interpreted_subclasses=True)
class RedirectListener(ABC):
    """Takes ICMPv4 redirects."""

    @abstractmethod
    def redirected(self, router: bytes, gateway: bytes, destination: bytes, now: i64) -> Drop | None:
        """`router` says that `gateway` is nearer to `destination`."""


@final
class Icmp(IcmpSender):
    """Sends errors and pings; finds whom an error that came concerns."""

    def __init__(
        self,
        addresses: Addresses,
        routing: Routing,
        output: Output,
        protocols4: Protocols,
        protocols6: Protocols,
    ) -> None:
        self.addresses: Final = addresses
        self.routing: Final = routing
        self.output: Final = output
        self.protocols4: Final = protocols4
        self.protocols6: Final = protocols6
        self.errors: Final = TokenBucket(ERRORS_PER_SECOND, ERROR_BURST)
        self.echoes: Final = TokenBucket(ECHOES_PER_SECOND, ECHO_BURST)
        self.echo_listener: EchoListener | None = None
        self.suppressed: i64 = 0
        """Errors that the limit on their rate held back."""

    # -- errors sent --

    def unreachable(self, packet: Packet, kind: i64, now: i64) -> None:
        """A packet cannot be delivered; `kind` as in handler.py."""
        if packet.version == 4:
            self.error_v4(packet, icmpv4.UNREACHABLE, code_v4(kind), 0, now)
        elif kind == handler.PROTOCOL_UNREACHABLE:
            self.parameter_problem(packet, ipv6.PROBLEM_NEXT_HEADER, next_header_field(packet), now)
        else:
            self.error_v6(packet, icmpv6.UNREACHABLE, code_v6(kind), 0, now)

    def parameter_problem(self, packet: Packet, code: i64, pointer: i64, now: i64) -> None:
        """A header holds something that we do not understand."""
        if packet.version == 4:
            self.error_v4(packet, icmpv4.PARAMETER_PROBLEM, code, pointer << 24, now)
        else:
            self.error_v6(packet, icmpv6.PARAMETER_PROBLEM, code, pointer, now)

    def reassembly_timed_out(self, first: Packet, now: i64) -> None:
        """The rest of a datagram did not come; `first` is its first fragment."""
        if first.version == 4:
            self.error_v4(first, icmpv4.TIME_EXCEEDED, 1, 0, now)
        else:
            self.error_v6(first, icmpv6.TIME_EXCEEDED, 1, 0, now)

    def error_v4(self, packet: Packet, kind: i64, code: i64, rest: i64, now: i64) -> None:
        """Send one, unless RFC 1122 §3.2.2 forbids it."""
        if packet.cast != UNICAST or not has_sender(packet):
            return
        field = u16(packet.frame, packet.ip_at + ipv4.FRAGMENT)
        if field & ipv4.OFFSET_MASK != 0 or is_error_v4(packet):
            return
        quoted = packet.frame[packet.ip_at : min(packet.end, packet.ip_at + icmpv4.QUOTED)]
        self.answer(packet, ICMPV4, icmpv4.emit(kind, code, rest, quoted), now)

    def error_v6(self, packet: Packet, kind: i64, code: i64, rest: i64, now: i64) -> None:
        """Send one, unless RFC 4443 §2.4 (e) forbids it; of errors to groups only option problems go out."""
        option = kind == icmpv6.PARAMETER_PROBLEM and code == ipv6.PROBLEM_OPTION
        if packet.cast != UNICAST and not option:
            return
        if not has_sender(packet) or is_error_v6(packet):
            return
        source = self.source_v6(packet)
        if not source:
            return
        quoted = packet.frame[packet.ip_at : min(packet.end, packet.ip_at + icmpv6.QUOTED)]
        destination = octets_of(packet.source_high, packet.source_low)
        self.answer(packet, ICMPV6, icmpv6.emit(kind, code, rest, quoted, source, destination), now)

    def answer(self, packet: Packet, protocol: i64, message: bytes, now: i64) -> None:
        """Send an error to where a packet came from, as far as the rate allows."""
        if not self.errors.take(now):
            self.suppressed += 1
            return
        source = octets_of(packet.destination_high, packet.destination_low)
        if packet.version == 6:
            source = self.source_v6(packet)
        self.send(octets_of(packet.source_high, packet.source_low), source, protocol, message, now)

    def source_v6(self, packet: Packet) -> bytes:
        """The address a packet was sent to, or for groups our best one."""
        if packet.cast == UNICAST:
            return octets_of(packet.destination_high, packet.destination_low)
        destination = octets_of(packet.source_high, packet.source_low)
        return self.routing.source_for(packet.interface, destination)

    def send(self, destination: bytes, source: bytes, protocol: i64, message: bytes, now: i64) -> Drop | None:
        """Send one ICMP message."""
        path = self.routing.path(destination, source, now)
        if isinstance(path, Drop):
            return path
        return self.output.send(path, protocol, message, HOP_LIMIT, 0, False, now)

    # -- echo --

    def ping(self, destination: bytes, identifier: i64, sequence: i64, data: bytes, now: i64) -> Drop | None:
        """Send an echo request; the listener hears the answer."""
        path = self.routing.path(destination, b"", now)
        if isinstance(path, Drop):
            return path
        rest = (identifier & 0xFFFF) << 16 | sequence & 0xFFFF
        if path.version == 4:
            message = icmpv4.emit(icmpv4.ECHO_REQUEST, 0, rest, data)
            return self.output.send(path, ICMPV4, message, HOP_LIMIT, 0, False, now)
        message = icmpv6.emit(icmpv6.ECHO_REQUEST, 0, rest, data, path.source, path.destination)
        return self.output.send(path, ICMPV6, message, HOP_LIMIT, 0, False, now)

    def answer_echo(self, packet: Packet, rest: i64, payload: i64, end: i64, now: i64) -> Drop | None:
        """Return what was sent; a broadcast ping is not answered (RFC 1122 §3.2.2.6 leaves it to us)."""
        if packet.version == 4 and packet.cast != UNICAST:
            return Drop.ICMP_TYPE
        if not has_sender(packet):
            return Drop.MARTIAN
        if not self.echoes.take(now):
            return Drop.RATE
        data = packet.frame[payload:end]
        destination = octets_of(packet.source_high, packet.source_low)
        if packet.version == 4:
            source = octets_of(packet.destination_high, packet.destination_low)
            return self.send(destination, source, ICMPV4, icmpv4.emit(icmpv4.ECHO_REPLY, 0, rest, data), now)
        source = self.source_v6(packet)
        if not source:
            return Drop.NO_ROUTE
        message = icmpv6.emit(icmpv6.ECHO_REPLY, 0, rest, data, source, destination)
        return self.send(destination, source, ICMPV6, message, now)

    def hear_echo(self, packet: Packet, rest: i64, payload: i64, end: i64, now: i64) -> Drop | None:
        """An answer to a ping of ours, or of nobody's."""
        if self.echo_listener is None:
            return Drop.ICMP_UNRELATED
        source = octets_of(packet.source_high, packet.source_low)
        data = packet.frame[payload:end]
        self.echo_listener.echo_reply(source, rest >> 16, rest & 0xFFFF, data, now)
        return None

    # -- errors received --

    def deliver_v4(self, frame: bytes, quoted: i64, end: i64, kind: i64, mtu: i64, now: i64) -> Drop | None:
        """Hand an error to the protocol whose IPv4 packet is quoted at `quoted`."""
        if end < quoted + ipv4.SIZE:
            return Drop.TRUNCATED
        if u8(frame, quoted) >> 4 != 4:
            return Drop.ICMP_UNRELATED
        transport = quoted + ((u8(frame, quoted) & 0xF) << 2)
        fragment = u16(frame, quoted + ipv4.FRAGMENT)
        if transport < quoted + ipv4.SIZE or end < transport + 8 or fragment & ipv4.OFFSET_MASK != 0:
            return Drop.ICMP_UNRELATED
        source = frame[quoted + ipv4.SOURCE : quoted + ipv4.DESTINATION]
        destination = frame[quoted + ipv4.DESTINATION : quoted + ipv4.SIZE]
        size = u16(frame, quoted + ipv4.TOTAL_LENGTH)
        protocol = u8(frame, quoted + ipv4.PROTOCOL)
        return self.deliver(frame, source, destination, protocol, transport, end, kind, mtu, size, now)

    def deliver_v6(self, frame: bytes, quoted: i64, end: i64, kind: i64, mtu: i64, now: i64) -> Drop | None:
        """Hand an error to the protocol whose IPv6 packet is quoted at `quoted`."""
        if end < quoted + ipv6.SIZE:
            return Drop.TRUNCATED
        if u8(frame, quoted) >> 4 != 6:
            return Drop.ICMP_UNRELATED
        at = quoted + ipv6.SIZE
        next_header = u8(frame, quoted + ipv6.NEXT_HEADER)
        chain = ipv6.extensions(frame, at, next_header, quoted + ipv6.NEXT_HEADER, end, False)
        if isinstance(chain, Drop):
            return chain
        if end < chain.payload + 8:
            return Drop.ICMP_UNRELATED
        if chain.fragment_at != 0 and u16(frame, chain.fragment_at + ipv6.FRAGMENT_OFFSET) >> 3 != 0:
            return Drop.ICMP_UNRELATED
        source = frame[quoted + ipv6.SOURCE : quoted + ipv6.DESTINATION]
        destination = frame[quoted + ipv6.DESTINATION : quoted + ipv6.SIZE]
        size = ipv6.SIZE + u16(frame, quoted + ipv6.PAYLOAD_LENGTH)
        transport = chain.payload
        return self.deliver(frame, source, destination, chain.protocol, transport, end, kind, mtu, size, now)

    def deliver(
        self,
        frame: bytes,
        source: bytes,
        destination: bytes,
        protocol: i64,
        transport: i64,
        end: i64,
        kind: i64,
        mtu: i64,
        size: i64,
        now: i64,
    ) -> Drop | None:
        """Only errors about packets from an address of ours count, and only if their protocol knows them."""
        # A frame to station 0 came over loopback: no interface on a wire takes one.
        looped = ethernet.destination(frame) == 0 and is_loopback(source)
        if self.addresses.owner(source) is None and not looped:
            return Drop.ICMP_UNRELATED
        protocols = self.protocols4 if len(source) == 4 else self.protocols6
        above = protocols.handler(protocol)
        if above is None:
            return Drop.ICMP_UNRELATED
        local_high, local_low = high_of(source), low_of(source)
        remote_high, remote_low = high_of(destination), low_of(destination)
        error = IcmpError(
            kind, mtu, protocol, local_high, local_low, remote_high, remote_low, frame, transport, end
        )
        reason = above.receive_error(error, now)
        if reason is None and kind == handler.TOO_BIG:
            self.routing.reduce(destination, mtu, size, now)
        return reason


@final
class IcmpFailures(FailureWatcher):
    """Turns frames that no neighbour took into the errors that a router would have sent."""

    def __init__(self, icmp: Icmp) -> None:
        self.icmp: Final = icmp

    def frames_failed(self, frames: list[bytes], now: i64) -> None:
        """Host unreachable, to the protocol that sent each frame."""
        for frame in frames:
            end: i64 = len(frame)
            if ethernet.ethertype(frame) == ethernet.IPV4:
                self.icmp.deliver_v4(frame, ethernet.SIZE, end, handler.HOST_UNREACHABLE, 0, now)
            else:
                self.icmp.deliver_v6(frame, ethernet.SIZE, end, handler.HOST_UNREACHABLE, 0, now)


@final
class IcmpV4Handler(PacketHandler):
    """Takes protocol 1."""

    def __init__(self, icmp: Icmp, redirects: RedirectListener | None) -> None:
        self.icmp: Final = icmp
        self.redirects: Final = redirects

    def receive_packet(self, packet: Packet, now: i64) -> Drop | None:
        """One message."""
        if packet.version != 4:
            return Drop.PROTOCOL
        message = icmpv4.parse(packet.frame, packet.at, packet.end)
        if isinstance(message, Drop):
            return message
        kind = message.kind
        if kind == icmpv4.ECHO_REQUEST:
            return self.icmp.answer_echo(packet, message.rest, message.payload, message.end, now)
        if kind == icmpv4.ECHO_REPLY:
            return self.icmp.hear_echo(packet, message.rest, message.payload, message.end, now)
        if kind == icmpv4.REDIRECT:
            return self.redirect(packet, message, now)
        error = error_kind_v4(kind, message.code)
        if error < 0:
            return Drop.ICMP_TYPE
        mtu = icmpv4.next_mtu(message) if error == handler.TOO_BIG else 0
        return self.icmp.deliver_v4(packet.frame, message.payload, message.end, error, mtu, now)

    def redirect(self, packet: Packet, message: icmpv4.Icmp, now: i64) -> Drop | None:
        """The new gateway is in the header, the destination in the quoted packet: RFC 1122 §3.2.2.2."""
        if self.redirects is None or message.end < message.payload + ipv4.SIZE:
            return Drop.ICMP_TYPE
        at = message.payload
        if self.icmp.addresses.owner(packet.frame[at + ipv4.SOURCE : at + ipv4.DESTINATION]) is None:
            return Drop.ICMP_UNRELATED
        router = octets_of(packet.source_high, packet.source_low)
        gateway = packet.frame[packet.at + icmpv4.REST : packet.at + icmpv4.SIZE]
        destination = packet.frame[at + ipv4.DESTINATION : at + ipv4.SIZE]
        return self.redirects.redirected(router, gateway, destination, now)

    def receive_error(self, error: IcmpError, now: i64) -> Drop | None:  # noqa: ARG002
        """About a ping of ours: nothing depends on it but the path MTU, and that only by guessing ids."""
        if error.kind == handler.TOO_BIG or u8(error.frame, error.quoted_at) != icmpv4.ECHO_REQUEST:
            return Drop.ICMP_UNRELATED
        return None


@final
class IcmpV6Handler(PacketHandler):
    """Takes next header 58."""

    def __init__(
        self, icmp: Icmp, discovery: NeighbourDiscovery | None, listener: MulticastListener | None
    ) -> None:
        self.icmp: Final = icmp
        self.discovery: Final = discovery
        self.listener: Final = listener

    def receive_packet(self, packet: Packet, now: i64) -> Drop | None:
        """One message."""
        if packet.version != 6:
            return Drop.PROTOCOL
        message = icmpv6.parse(packet.frame, packet.ip_at, packet.at, packet.end)
        if isinstance(message, Drop):
            return message
        kind = message.kind
        if 133 <= kind <= 137:
            return Drop.ICMP_TYPE if self.discovery is None else self.discovery.receive_discovery(packet, now)
        if kind == icmpv6.ECHO_REQUEST:
            return self.icmp.answer_echo(packet, message.rest, message.payload, message.end, now)
        if kind == icmpv6.ECHO_REPLY:
            return self.icmp.hear_echo(packet, message.rest, message.payload, message.end, now)
        if 130 <= kind <= 132 or kind == 143:
            return Drop.ICMP_TYPE if self.listener is None else self.listener.receive_listener(packet, now)
        error = error_kind_v6(kind, message.code)
        if error < 0:
            return Drop.ICMP_TYPE
        mtu = message.rest if error == handler.TOO_BIG else 0
        return self.icmp.deliver_v6(packet.frame, message.payload, message.end, error, mtu, now)

    def receive_error(self, error: IcmpError, now: i64) -> Drop | None:  # noqa: ARG002
        """About a ping of ours."""
        if error.kind == handler.TOO_BIG or u8(error.frame, error.quoted_at) != icmpv6.ECHO_REQUEST:
            return Drop.ICMP_UNRELATED
        return None


def has_sender(packet: Packet) -> bool:
    """Whether one host can be answered; loopback's addresses are one only where they belong."""
    return packet.interface.loops or single_host(packet.source_high, packet.source_low)


def single_host(high: i64, low: i64) -> bool:
    """Whether an address names one host: not unspecified, loopback, a group or broadcast."""
    if is_multicast(high, low):
        return False
    if high == 0:
        if low >> 32 != 0xFFFF:
            return low != 0 and low != 1
        first: i64 = low >> 24 & 0xFF
        return first not in (0, 127) and low & 0xFFFF_FFFF != 0xFFFF_FFFF
    return True


def is_error_v4(packet: Packet) -> bool:
    """Whether a packet is an ICMP error, or may be one: what is not a query is not answered."""
    if packet.protocol != ICMPV4:
        return False
    if packet.end <= packet.at:
        return True
    return u8(packet.frame, packet.at) not in (icmpv4.ECHO_REPLY, icmpv4.ECHO_REQUEST, 13, 14)


def is_error_v6(packet: Packet) -> bool:
    """Types below 128 are errors; redirects are not answered either."""
    if packet.protocol != ICMPV6:
        return False
    if packet.end <= packet.at:
        return True
    kind = u8(packet.frame, packet.at)
    return kind < 128 or kind == 137


def next_header_field(packet: Packet) -> i64:
    """Where, from the IPv6 header, the field is that names the protocol above."""
    frame = packet.frame
    field: i64 = packet.ip_at + ipv6.NEXT_HEADER
    at: i64 = packet.ip_at + ipv6.SIZE
    while at < packet.at:
        size: i64 = ipv6.FRAGMENT_SIZE if u8(frame, field) == ipv6.FRAGMENT else (u8(frame, at + 1) + 1) << 3
        field = at
        at += size
    return field - packet.ip_at


def code_v4(kind: i64) -> i64:
    """The code of a "destination unreachable"."""
    if kind == handler.PORT_UNREACHABLE:
        return icmpv4.PORT
    if kind == handler.PROTOCOL_UNREACHABLE:
        return icmpv4.PROTOCOL
    if kind == handler.PROHIBITED:
        return icmpv4.PROHIBITED
    return icmpv4.NETWORK if kind == handler.NETWORK_UNREACHABLE else icmpv4.HOST


def code_v6(kind: i64) -> i64:
    """The code of a "destination unreachable"."""
    if kind == handler.PORT_UNREACHABLE:
        return icmpv6.PORT
    if kind == handler.PROHIBITED:
        return icmpv6.PROHIBITED
    return icmpv6.NO_ROUTE if kind == handler.NETWORK_UNREACHABLE else icmpv6.ADDRESS


def error_kind_v4(kind: i64, code: i64) -> i64:
    """Which error of handler.py a message means; -1 when none."""
    if kind == icmpv4.TIME_EXCEEDED:
        return handler.TIME_EXCEEDED
    if kind == icmpv4.PARAMETER_PROBLEM:
        return handler.PARAMETER_PROBLEM
    if kind != icmpv4.UNREACHABLE:
        return -1
    if code == icmpv4.FRAGMENTATION_NEEDED:
        return handler.TOO_BIG
    if code == icmpv4.PORT:
        return handler.PORT_UNREACHABLE
    if code == icmpv4.PROTOCOL:
        return handler.PROTOCOL_UNREACHABLE
    if code in (9, 10, icmpv4.PROHIBITED):
        return handler.PROHIBITED
    return handler.NETWORK_UNREACHABLE if code in (0, 6, 11) else handler.HOST_UNREACHABLE


def error_kind_v6(kind: i64, code: i64) -> i64:
    """Which error of handler.py a message means; -1 when none."""
    if kind == icmpv6.TOO_BIG:
        return handler.TOO_BIG
    if kind == icmpv6.TIME_EXCEEDED:
        return handler.TIME_EXCEEDED
    if kind == icmpv6.PARAMETER_PROBLEM:
        return handler.PROTOCOL_UNREACHABLE if code == 1 else handler.PARAMETER_PROBLEM
    if kind != icmpv6.UNREACHABLE:
        return -1
    if code == icmpv6.PORT:
        return handler.PORT_UNREACHABLE
    if code in (icmpv6.PROHIBITED, 5, 6):
        return handler.PROHIBITED
    return handler.NETWORK_UNREACHABLE if code == icmpv6.NO_ROUTE else handler.HOST_UNREACHABLE
