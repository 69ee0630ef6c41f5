"""Recording frames in a file that tcpdump, tshark and Wireshark read (libpcap format, nanosecond magic)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pymirage.device import Net, WallClock
from pymirage.driver.middleware.wrapper import WrappedNet

MAGIC_NANOSECONDS: Final = 0xA1B2_3C4D
VERSION: Final = b"\x00\x02\x00\x04"
ETHERNET: Final = 1
SNAPSHOT: Final = 262_144
"""The longest frame that is recorded whole."""
NANOSECONDS: Final = 1_000_000_000


def file_header() -> bytes:
    """Magic, version, time zone, accuracy, longest frame, kind of link. Big-endian; readers take either."""
    return b"".join(
        (
            MAGIC_NANOSECONDS.to_bytes(4, "big"),
            VERSION,
            bytes(8),
            SNAPSHOT.to_bytes(4, "big"),
            ETHERNET.to_bytes(4, "big"),
        )
    )


def record(frame: bytes, time: int) -> bytes:
    """One frame, at a Unix time in nanoseconds."""
    kept = frame[:SNAPSHOT]
    seconds, nanoseconds = divmod(time, NANOSECONDS)
    return b"".join(
        (
            (seconds & 0xFFFF_FFFF).to_bytes(4, "big"),
            nanoseconds.to_bytes(4, "big"),
            len(kept).to_bytes(4, "big"),
            len(frame).to_bytes(4, "big"),
            kept,
        )
    )


class PcapNet(WrappedNet):
    """Hands every frame of both directions to `write`, as pieces of one capture file."""

    def __init__(self, inner: Net, clock: WallClock, write: Callable[[bytes], object]) -> None:
        super().__init__(inner)
        self._clock = clock
        self._write = write
        write(file_header())

    def send(self, frame: bytes) -> bool:
        sent = super().send(frame)
        if sent:
            self._write(record(frame, self._clock.now()))
        return sent

    def receive(self, frame: bytes) -> None:
        self._write(record(frame, self._clock.now()))
        super().receive(frame)
