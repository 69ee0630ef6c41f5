# pymirage: hot
"""Cutting packets that are longer than a link takes: RFC 791 §3.2 and RFC 8200 §4.5.

Functions here take and give whole packets, the IP header first, without Ethernet header.
"""

from typing import Final

from mypy_extensions import i64

from pymirage.octets import checksum, put_u8, put_u16, put_u32, u8, u16
from pymirage.wire import ipv4, ipv6

COPIED: Final = 0x80
"""The bit of an IPv4 option that goes into every fragment."""


def fragment_v4(packet: bytes, mtu: i64) -> list[bytes]:
    """The fragments of an IPv4 packet; empty when it says "don't fragment" or no data fits `mtu`.

    A packet that is a fragment already is cut further.
    """
    total = u16(packet, ipv4.TOTAL_LENGTH)
    if total <= mtu:
        return [packet[:total]]
    field = u16(packet, ipv4.FRAGMENT)
    header = packet[: (u8(packet, 0) & 0xF) << 2]
    if field & ipv4.DONT_FRAGMENT or mtu < len(header) + 8:
        return []
    fragments: list[bytes] = []
    at: i64 = len(header)
    offset = (field & ipv4.OFFSET_MASK) << 3
    head = header
    while at < total:
        size: i64 = (mtu - len(head)) & ~7
        last = at + size >= total
        if last:
            size = total - at
        more = field & ipv4.MORE_FRAGMENTS if last else ipv4.MORE_FRAGMENTS
        fragments.append(with_header_v4(head, packet[at : at + size], offset >> 3 | more))
        at += size
        offset += size
        head = later_header(header)
    return fragments


def with_header_v4(header: bytes, data: bytes, field: i64) -> bytes:
    """One IPv4 packet: `header` with its length, fragment field and checksum made right for `data`."""
    buffer = bytearray(header)
    put_u8(buffer, 0, 0x40 | len(header) >> 2)
    put_u16(buffer, ipv4.TOTAL_LENGTH, len(header) + len(data))
    put_u16(buffer, ipv4.FRAGMENT, field)
    put_u16(buffer, ipv4.CHECKSUM, 0)
    put_u16(buffer, ipv4.CHECKSUM, checksum(bytes(buffer), 0, len(header)))
    return bytes(buffer) + data


def later_header(header: bytes) -> bytes:
    """The header of the second and later fragments: only options that say so are copied."""
    if len(header) == ipv4.SIZE:
        return header
    kept = bytearray(header[: ipv4.SIZE])
    at: i64 = ipv4.SIZE
    while at < len(header):
        kind = u8(header, at)
        if kind == ipv4.OPTION_END:
            break
        size: i64 = 1 if kind == ipv4.OPTION_NO_OPERATION else u8(header, at + 1)
        if kind & COPIED:
            kept += header[at : at + size]
        at += size
    kept += bytes(-len(kept) % 4)
    return bytes(kept)


def fragment_v6(packet: bytes, mtu: i64, identification: i64) -> list[bytes]:
    """The fragments of an IPv6 packet without extension headers; empty when no data fits `mtu`."""
    if len(packet) <= mtu:
        return [packet]
    head: i64 = ipv6.SIZE + ipv6.FRAGMENT_SIZE
    size: i64 = (mtu - head) & ~7
    if mtu < head + 8:
        return []
    fragments: list[bytes] = []
    at: i64 = ipv6.SIZE
    while at < len(packet):
        data = packet[at : at + size]
        more: i64 = ipv6.MORE_FRAGMENTS if at + size < len(packet) else 0
        buffer = bytearray(packet[: ipv6.SIZE]) + bytearray(ipv6.FRAGMENT_SIZE)
        put_u16(buffer, ipv6.PAYLOAD_LENGTH, ipv6.FRAGMENT_SIZE + len(data))
        put_u8(buffer, ipv6.NEXT_HEADER, ipv6.FRAGMENT)
        put_u8(buffer, ipv6.SIZE, u8(packet, ipv6.NEXT_HEADER))
        put_u16(buffer, ipv6.SIZE + ipv6.FRAGMENT_OFFSET, at - ipv6.SIZE | more)
        put_u32(buffer, ipv6.SIZE + ipv6.FRAGMENT_IDENTIFICATION, identification)
        fragments.append(bytes(buffer) + data)
        at += size
    return fragments
