# pymirage: hot
"""What is known of one neighbour: RFC 4861 §7.3.2's states, and the frames that wait for its address."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.next_hop import NextHop

INCOMPLETE: Final = 0
"""Being asked for; no address known."""
REACHABLE: Final = 1
"""Known to have answered, or to have carried our packets, lately."""
STALE: Final = 2
"""Address known; nothing is sent, so nothing is checked."""
DELAY: Final = 3
"""Something was sent: a higher layer has a moment to confirm before a probe does."""
PROBE: Final = 4
"""Being asked directly whether it is still there."""
FAILED: Final = 5
"""Did not answer; for a moment nothing is asked again."""

STATES: Final = ("incomplete", "reachable", "stale", "delay", "probe", "failed")

MAXIMUM_HELD: Final = 64
"""Frames that wait for one neighbour: enough for the fragments of one datagram (RFC 1122 §2.3.2.2: one)."""


@final
class Held:
    """One frame in waiting, as `Link.send` takes it."""

    def __init__(self, frame: bytes, checksum_start: i64, checksum_offset: i64, segment_size: i64) -> None:
        self.frame: Final = frame
        self.checksum_start: Final[i64] = checksum_start
        self.checksum_offset: Final[i64] = checksum_offset
        self.segment_size: Final[i64] = segment_size


@final
class Entry:
    """Only the cache changes it."""

    def __init__(self, hop: NextHop) -> None:
        self.hop: Final = hop
        self.state: i64 = INCOMPLETE
        self.deadline: i64 = FOREVER
        """When the state's timer runs out."""
        self.asked: i64 = 0
        """Solicitations sent in this state."""
        self.used: bool = False
        """Whether we ever sent to it: neighbours that only spoke to us are forgotten first."""
        self.permanent: bool = False
        self.router: bool = False
        self.held: list[Held] = []
