# pymirage: hot
"""Builds whole frames: all headers in one scratch buffer, then header and payload joined once."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net import headers
from pymirage.net.link import CHECKSUM_OUT
from pymirage.net.path import Path
from pymirage.octets import fold, join, put_u16, sum16, sum16_of
from pymirage.wire import tcp
from pymirage.wire.drop import Drop

PROTOCOL: Final = 6


@final
class SegmentWriter:
    """One per stack. Options are written first, from `options_at` on; then `send` does the rest."""

    def __init__(self) -> None:
        self.buffer: Final = bytearray(headers.LARGEST + tcp.SIZE + tcp.OPTIONS_LIMIT)

    def options_at(self, version: i64) -> i64:
        return headers.transport_at(version) + tcp.SIZE

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
        start = headers.transport_at(path.version)
        header_size = options_end - start
        length = header_size + size
        tcp.put(buffer, start, local_port, remote_port, sequence, acknowledgment, header_size, flags, window)
        headers.put(buffer, path, PROTOCOL, length, headers.HOP_LIMIT, 0)
        total = path.address_sum + PROTOCOL + length
        checksum_start: i64 = 0
        if interface.features & CHECKSUM_OUT != 0:
            put_u16(buffer, start + tcp.CHECKSUM, fold(total))
            checksum_start = start
        else:
            total += sum16_of(buffer, start, options_end)
            if size > 0:
                total += sum16(data, at, at + size)
            put_u16(buffer, start + tcp.CHECKSUM, ~fold(total))
        frame = join(buffer, options_end, data, at, at + size)
        return interface.transmit(hop, frame, checksum_start, tcp.CHECKSUM, segment_size, now)
