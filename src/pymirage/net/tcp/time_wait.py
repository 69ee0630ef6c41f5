# pymirage: hot
"""TIME-WAIT: how many there may be, and when a new connection may take the place of an old one.

RFC 9293 §3.6.1, RFC 6191 (timestamps tell old segments from new), RFC 1337.
"""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

from pymirage.net.tcp import seqno
from pymirage.net.tcp.settings import SECOND
from pymirage.net.tcp.state import State
from pymirage.wire import tcp
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

COMPACT: Final = 256


@final
class TimeWait:
    """The connections in TIME-WAIT in the order in which they entered it."""

    def __init__(self, limit: i64) -> None:
        self.limit: Final = limit
        self.entered: list[Connection] = []
        self.head: i64 = 0

    def add(self, connection: "Connection") -> "Connection | None":
        """The one that must go when there are too many."""
        self.entered.append(connection)
        if len(self.entered) - self.head <= self.limit:
            return None
        self.head += 1
        return self.entered[self.head - 1]

    def oldest(self) -> "Connection | None":
        """The one that has been there longest, which is no longer looked after."""
        while self.head < len(self.entered):
            self.head += 1
            found = self.entered[self.head - 1]
            if found.state is State.TIME_WAIT:
                return found
        return None

    def trim(self) -> None:
        """One left TIME-WAIT: do not hold on to those at the front that did."""
        while self.head < len(self.entered) and self.entered[self.head].state is not State.TIME_WAIT:
            self.head += 1
        if self.head == len(self.entered) or (self.head >= COMPACT and self.head * 2 > len(self.entered)):
            del self.entered[: self.head]
            self.head = 0


def may_reuse(connection: "Connection", segment: Segment) -> bool:
    """Whether a SYN may begin a new connection: nothing of the old one can be mistaken for it."""
    if segment.flags & (tcp.SYN | tcp.ACK | tcp.RST) != tcp.SYN:
        return False
    if connection.timestamps_on and segment.timestamp != tcp.ABSENT:
        if segment.timestamp == connection.ts_recent:
            return seqno.after(segment.sequence, connection.rcv_nxt)
        return seqno.after(segment.timestamp, connection.ts_recent)
    return seqno.after(segment.sequence, connection.rcv_nxt)


def may_reuse_actively(connection: "Connection", now: i64) -> bool:
    """Whether our SYN may replace it: our timestamp must have moved on since (RFC 6191 §2)."""
    return (
        connection.state is State.TIME_WAIT
        and connection.timestamps_on
        and now - connection.ts_recent_at > SECOND
    )
