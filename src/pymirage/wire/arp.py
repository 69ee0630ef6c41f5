"""ARP for IPv4 over Ethernet: RFC 826, with the probes and announcements of RFC 5227.

Only the one combination that is in use is read: hardware type 1 with 6 octets, protocol type
0x0800 with 4. Anything else is refused, as RFC 826 asks ("do I have the hardware type?").
"""

from typing import Final, final

from pymirage.octets import u16
from pymirage.wire.drop import Drop

SIZE: Final = 28

REQUEST: Final = 1
REPLY: Final = 2

HARDWARE_TYPE: Final = 0
PROTOCOL_TYPE: Final = 2
HARDWARE_SIZE: Final = 4
PROTOCOL_SIZE: Final = 5
OPERATION: Final = 6
SENDER_MAC: Final = 8
SENDER_IP: Final = 14
TARGET_MAC: Final = 18
TARGET_IP: Final = 24

ETHERNET: Final = 1
IPV4: Final = 0x0800
UNSPECIFIED: Final = bytes(4)
NO_MAC: Final = bytes(6)
PREAMBLE: Final = b"\x00\x01\x08\x00\x06\x04"


@final
class Arp:
    """One request or reply. Holding one proves that it can be emitted."""

    def __init__(
        self, operation: int, sender_mac: bytes, sender_ip: bytes, target_mac: bytes, target_ip: bytes
    ) -> None:
        self.operation: Final = operation
        self.sender_mac: Final = sender_mac
        self.sender_ip: Final = sender_ip
        self.target_mac: Final = target_mac
        self.target_ip: Final = target_ip

    def is_probe(self) -> bool:
        """A question that claims nothing: RFC 5227 §1.1, sender address all zeros."""
        return self.operation == REQUEST and self.sender_ip == UNSPECIFIED


def parse(data: bytes, at: int) -> Arp | Drop:
    """Read the packet at `at`; padding of short frames behind it is ignored."""
    if len(data) < at + SIZE:
        return Drop.TRUNCATED
    if u16(data, at + HARDWARE_TYPE) != ETHERNET or u16(data, at + PROTOCOL_TYPE) != IPV4:
        return Drop.ARP_FORMAT
    if data[at + HARDWARE_SIZE] != 6 or data[at + PROTOCOL_SIZE] != 4:
        return Drop.ARP_FORMAT
    operation = u16(data, at + OPERATION)
    if operation not in (REQUEST, REPLY):
        return Drop.FIELD
    sender_mac = data[at + SENDER_MAC : at + SENDER_IP]
    if sender_mac[0] & 1:
        # A group address cannot be a station: RFC 1812 §3.3.2.
        return Drop.SOURCE_STATION
    return Arp(
        operation,
        sender_mac,
        data[at + SENDER_IP : at + TARGET_MAC],
        data[at + TARGET_MAC : at + TARGET_IP],
        data[at + TARGET_IP : at + SIZE],
    )


def emit(packet: Arp) -> bytes:
    """The 28 octets of the packet, without Ethernet header."""
    return b"".join(
        (
            PREAMBLE,
            packet.operation.to_bytes(2, "big"),
            packet.sender_mac,
            packet.sender_ip,
            packet.target_mac,
            packet.target_ip,
        )
    )
