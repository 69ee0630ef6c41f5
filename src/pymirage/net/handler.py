# pymirage: hot
"""Signatures of what an interface and the IP layer hand packets to."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.packet import Packet
from pymirage.wire.drop import Drop

if TYPE_CHECKING:
    from pymirage.net.interface import Interface

# Kinds of IcmpError.
NETWORK_UNREACHABLE: Final = 0
HOST_UNREACHABLE: Final = 1
PROTOCOL_UNREACHABLE: Final = 2
PORT_UNREACHABLE: Final = 3
PROHIBITED: Final = 4
TOO_BIG: Final = 5
TIME_EXCEEDED: Final = 6
PARAMETER_PROBLEM: Final = 7


@mypyc_attr(allow_interpreted_subclasses=True)
class FrameHandler(ABC):
    """Takes the frames of one EtherType (IPv4, IPv6, ARP, 802.1Q)."""

    @abstractmethod
    def receive_frame(
        self, interface: "Interface", frame: bytes, at: i64, verified: bool, now: i64
    ) -> Drop | None:
        """Handle the frame whose payload starts at `at`.

        verified: the device knows that the transport checksum is good.
        """


@final
class IcmpError:
    """An ICMP error about a packet that we sent, for both IP versions. Addresses as in `Packet`."""

    def __init__(
        self,
        kind: i64,
        mtu: i64,
        protocol: i64,
        local_high: i64,
        local_low: i64,
        remote_high: i64,
        remote_low: i64,
        frame: bytes,
        quoted_at: i64,
        end: i64,
    ) -> None:
        self.kind: Final = kind
        self.mtu: Final = mtu
        """Only for TOO_BIG: the largest packet that passes, 0 when the router did not say."""
        self.protocol: Final = protocol
        self.local_high: Final = local_high
        self.local_low: Final = local_low
        self.remote_high: Final = remote_high
        self.remote_low: Final = remote_low
        self.frame: Final = frame
        self.quoted_at: Final = quoted_at
        """Offset of the quoted transport header: at least 8 octets follow."""
        self.end: Final = end


@mypyc_attr(allow_interpreted_subclasses=True)
class PacketHandler(ABC):
    """Takes the packets of one IP protocol (TCP, UDP, ICMP, IGMP …), both IP versions."""

    @abstractmethod
    def receive_packet(self, packet: Packet, now: i64) -> Drop | None:
        """Handle one packet; the reason when it is dropped."""

    @abstractmethod
    def receive_error(self, error: IcmpError, now: i64) -> Drop | None:
        """Handle an ICMP error about a packet of this protocol.

        Must check that the quoted header is plausible (RFC 5927 §4).
        """


@mypyc_attr(allow_interpreted_subclasses=True)
class Reassembler(ABC):
    """Joins fragments; bounded."""

    @abstractmethod
    def receive_fragment(
        self, packet: Packet, offset: i64, more: bool, identification: i64, now: i64
    ) -> "bytes | Drop | None":
        """Take one fragment, `offset` in octets; None while pieces are missing.

        The whole packet, IP header first and fragmentation removed, when this was its last missing piece.
        """


@mypyc_attr(allow_interpreted_subclasses=True)
class IcmpSender(ABC):
    """Answers packets that cannot be delivered; rate-limited (RFC 1122 §3.2.2, RFC 4443 §2.4)."""

    @abstractmethod
    def unreachable(self, packet: Packet, kind: i64, now: i64) -> None:
        """`kind`: PORT_UNREACHABLE, PROTOCOL_UNREACHABLE … of this module."""

    @abstractmethod
    def parameter_problem(self, packet: Packet, code: i64, pointer: i64, now: i64) -> None:
        """ICMPv6 parameter problem (RFC 4443 §3.4), pointer from the IP header."""
