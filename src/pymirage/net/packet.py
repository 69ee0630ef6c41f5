# pymirage: hot
"""A received IP packet as the protocols above IP see it: where its payload lies, who sent it to whom."""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, mypyc_attr

if TYPE_CHECKING:
    from pymirage.net.interface import Interface

UNICAST: Final = 0
BROADCAST: Final = 1
MULTICAST: Final = 2


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Packet:
    """Valid by construction: the IP layer checked everything below `at`.

    Addresses are pairs of 64-bit halves so that looking one up copies nothing; an IPv4 address is held as its
    IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), so that one table serves both. As octets: `address.py`.
    """

    def __init__(
        self,
        interface: "Interface",
        frame: bytes,
        ip_at: i64,
        at: i64,
        end: i64,
        version: i64,
        protocol: i64,
        source_high: i64,
        source_low: i64,
        destination_high: i64,
        destination_low: i64,
        hop_limit: i64,
        traffic_class: i64,
        cast: i64,
        verified: bool,
    ) -> None:
        self.interface: Final = interface
        self.frame: Final = frame
        self.ip_at: Final = ip_at
        """Offset of the IP header."""
        self.at: Final = at
        """Offset of the first octet after the IP header and its options or extension headers."""
        self.end: Final = end
        """Offset after the last octet of the packet (Ethernet padding is beyond it)."""
        self.version: Final = version
        """4 or 6."""
        self.protocol: Final = protocol
        self.source_high: Final = source_high
        self.source_low: Final = source_low
        self.destination_high: Final = destination_high
        self.destination_low: Final = destination_low
        self.hop_limit: Final = hop_limit
        self.traffic_class: Final = traffic_class
        self.cast: Final = cast
        """UNICAST, BROADCAST or MULTICAST."""
        self.verified: Final = verified
        """The device vouches for the transport checksum."""
