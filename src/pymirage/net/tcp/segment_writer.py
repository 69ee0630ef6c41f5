# pymirage: hot
"""Builds whole frames: all headers in one scratch buffer, then header and payload joined once."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.link import CHECKSUM_OUT
from pymirage.net.path import Path
from pymirage.octets import fold, join, put_u16, put_u32, sum16, sum16_of
from pymirage.wire import ethernet, ipv4, ipv6, pseudo_header, tcp
from pymirage.wire.drop import Drop

HOP_LIMIT: Final = 64
V4_TCP: Final = 34
"""Offset of the TCP header over IPv4: Ethernet and IP before it."""
V6_TCP: Final = 54
LARGEST: Final = 54 + 60


@final
class SegmentWriter:
    """One per stack. Options are written first, from `options_at` on; then `send` does the rest."""

    def __init__(self) -> None:
        self.buffer: Final = bytearray(LARGEST)

    def options_at(self, version: i64) -> i64:
        return V4_TCP + tcp.SIZE if version == 4 else V6_TCP + tcp.SIZE

    def send(
        self,
        path: Path,
        local_port: i64,
        remote_port: i64,
        sequence: i64,
        acknowledgment: i64,
        flags: i64,
        window: i64,
        options_end: i64,
        data: bytes,
        at: i64,
        size: i64,
        segment_size: i64,
        now: i64,
    ) -> Drop | None:
        """Send data[at:at + size] with the options that end at `options_end`.

        segment_size: 0, or what the device shall cut the payload into.
        """
        buffer = self.buffer
        hop = path.hop
        interface = hop.interface
        tcp_at: i64 = V4_TCP if path.version == 4 else V6_TCP
        header_size = options_end - tcp_at
        tcp.put(
            buffer,
            tcp_at,
            local_port,
            remote_port,
            sequence,
            acknowledgment,
            header_size,
            flags,
            window,
        )
        length = header_size + size
        put_u32(buffer, 0, hop.mac >> 16)
        put_u16(buffer, 4, hop.mac)
        put_u16(buffer, 6, interface.mac >> 32)
        put_u32(buffer, 8, interface.mac)
        if path.version == 4:
            source = path.source_low & 0xFFFF_FFFF
            destination = path.destination_low & 0xFFFF_FFFF
            put_u16(buffer, ethernet.ETHERTYPE, ethernet.IPV4)
            # The identification of a packet that is never fragmented means nothing (RFC 6864 §4.1).
            ipv4.put(
                buffer,
                ethernet.SIZE,
                0,
                length,
                0,
                ipv4.DONT_FRAGMENT,
                HOP_LIMIT,
                ipv4.TCP,
                source,
                destination,
            )
            total = pseudo_header.address_sum_v4(source, destination)
        else:
            put_u16(buffer, ethernet.ETHERTYPE, ethernet.IPV6)
            ipv6.put(
                buffer,
                ethernet.SIZE,
                0,
                0,
                length,
                ipv6.TCP,
                HOP_LIMIT,
                path.source_high,
                path.source_low,
                path.destination_high,
                path.destination_low,
            )
            total = (
                pseudo_header.half_sum(path.source_high)
                + pseudo_header.half_sum(path.source_low)
                + pseudo_header.half_sum(path.destination_high)
                + pseudo_header.half_sum(path.destination_low)
            )
        total += 6 + length
        checksum_start: i64 = 0
        if interface.features & CHECKSUM_OUT != 0:
            put_u16(buffer, tcp_at + tcp.CHECKSUM, fold(total))
            checksum_start = tcp_at
        else:
            total += sum16_of(buffer, tcp_at, options_end)
            if size > 0:
                total += sum16(data, at, at + size)
            put_u16(buffer, tcp_at + tcp.CHECKSUM, ~fold(total))
        frame = join(buffer, options_end, data, at, at + size)
        return interface.transmit(hop, frame, checksum_start, tcp.CHECKSUM, segment_size, now)
