# pymirage: hot
"""Ethernet and IP headers of an outgoing packet, written into a buffer: TCP and UDP frames begin so."""

from typing import Final

from mypy_extensions import i64

from pymirage.net.path import Path
from pymirage.octets import put_u16, put_u32
from pymirage.wire import ethernet, ipv4, ipv6

HOP_LIMIT: Final = 64
LARGEST: Final = 54
"""Octets of both headers at most."""


def transport_at(version: i64) -> i64:
    """Where the transport header begins."""
    return ethernet.SIZE + ipv4.SIZE if version == 4 else ethernet.SIZE + ipv6.SIZE


def put(
    buffer: bytearray, path: Path, protocol: i64, length: i64, hop_limit: i64, traffic_class: i64
) -> None:
    """Write both for `length` octets behind them; a packet that is never fragmented (RFC 6864 §4.1)."""
    hop = path.hop
    mac = hop.interface.mac
    put_u16(buffer, 0, hop.mac >> 32)
    put_u32(buffer, 2, hop.mac)
    put_u16(buffer, 6, mac >> 32)
    put_u32(buffer, 8, mac)
    if path.version == 4:
        put_u16(buffer, ethernet.ETHERTYPE, ethernet.IPV4)
        ipv4.put(
            buffer,
            ethernet.SIZE,
            traffic_class,
            length,
            0,
            ipv4.DONT_FRAGMENT,
            hop_limit,
            protocol,
            path.source_low & 0xFFFF_FFFF,
            path.destination_low & 0xFFFF_FFFF,
        )
    else:
        put_u16(buffer, ethernet.ETHERTYPE, ethernet.IPV6)
        ipv6.put(
            buffer,
            ethernet.SIZE,
            traffic_class,
            0,
            length,
            protocol,
            hop_limit,
            path.source_high,
            path.source_low,
            path.destination_high,
            path.destination_low,
        )
