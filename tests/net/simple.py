"""The smallest surroundings for a test: a link that remembers, an interface on it."""

from pymirage.net.interface import Interface
from pymirage.net.link import Link

MAC = b"\x02\0\0\0\0\x01"


class Recorder(Link):
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, frame: bytes, checksum_start: int, checksum_offset: int, segment_size: int) -> None:
        del checksum_start, checksum_offset, segment_size
        self.sent.append(frame)

    def take(self) -> list[bytes]:
        """What was sent since the last call."""
        sent, self.sent = self.sent, []
        return sent


def interface(link: Link | None = None, mtu: int = 1500) -> Interface:
    return Interface("net", link if link is not None else Recorder(), MAC, mtu, 0)
