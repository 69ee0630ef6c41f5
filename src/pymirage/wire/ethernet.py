# pymirage: hot
"""Ethernet II frames (RFC 894, IEEE 802.3 §3): destination, source, EtherType, payload.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |                    destination                                |
    |                               |            source             |
    |                                                               |
    |           EtherType           |  payload …

MAC addresses are 48-bit numbers here.
"""

from typing import Final

from mypy_extensions import i64

from pymirage.octets import b16, b32, u16, u32

SIZE: Final = 14
ETHERTYPE: Final = 12

IPV4: Final = 0x0800
ARP: Final = 0x0806
VLAN: Final = 0x8100
IPV6: Final = 0x86DD

BROADCAST: Final = 0xFFFF_FFFF_FFFF
GROUP: Final = 0x0100_0000_0000
"""The bit that marks multicast and broadcast addresses."""


def destination(frame: bytes) -> i64:
    """Destination MAC address of a frame of at least SIZE octets."""
    return u16(frame, 0) << 32 | u32(frame, 2)


def source(frame: bytes) -> i64:
    return u32(frame, 6) << 16 | u16(frame, 10)


def ethertype(frame: bytes) -> i64:
    return u16(frame, ETHERTYPE)


def emit(destination: i64, source: i64, ethertype: i64) -> bytes:
    """The 14 octets of a header."""
    return b16(destination >> 32) + b32(destination) + b16(source >> 32) + b32(source) + b16(ethertype)


def multicast_v4(group: i64) -> i64:
    """MAC address of an IPv4 group given as a 32-bit number (RFC 1112 §6.4)."""
    return 0x0100_5E00_0000 | group & 0x7F_FFFF


def multicast_v6(group: bytes) -> i64:
    """MAC address of an IPv6 group (RFC 2464 §7)."""
    return 0x3333_0000_0000 | u32(group, 12)
