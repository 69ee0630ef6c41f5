# pymirage: hot
"""What was sent and not acknowledged: one record per transmission unit, and what of it is still on the way.

The scoreboard of RFC 6675, kept per record as RACK needs it (RFC 8985 §5.2). A record is a segment, or
several that the device cut out of one frame; acknowledgment of a part splits it.
"""

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.tcp import seqno

REMEMBERED: Final = 16


@final
@mypyc_attr(acyclic=True, free_list_len=1)
class Sent:
    """Octets (or a SYN or FIN) that left, and when."""

    def __init__(self, sequence: i64, length: i64, flags: i64, data: bytes, at: i64, now: i64) -> None:
        self.sequence: i64 = sequence
        self.length: i64 = length
        """Sequence numbers used: octets, plus one for SYN or FIN."""
        self.flags: i64 = flags
        """SYN or FIN, 0 for data alone."""
        self.data: bytes = data
        self.at: i64 = at
        """Where in `data` it begins."""
        self.sent_at: i64 = now
        """When it was sent last."""
        self.transmissions: i64 = 1
        self.sacked: bool = False
        self.lost: bool = False
        self.resent: bool = False
        """Lost, and sent again since."""
        self.next: Sent | None = None

    def end(self) -> i64:
        return seqno.add(self.sequence, self.length)


@final
class Flight:
    """The records in sequence order, and sums over them."""

    def __init__(self) -> None:
        self.head: Sent | None = None
        self.tail: Sent | None = None
        self.size: i64 = 0
        """Sequence numbers in all records: SND.NXT - SND.UNA."""
        self.sacked: i64 = 0
        self.lost: i64 = 0
        """Lost and not sacked, resent or not."""
        self.resent: i64 = 0
        """Of those lost, sent again and on the way."""
        self.records: i64 = 0
        self.next_lost: Sent | None = None
        """No record before this one needs retransmission."""
        self.last_sacked: Sent | None = None
        """The record that was sacked last: the newest block mostly grows behind it."""
        self.run_start: i64 = 0
        """All records from this number to the end of `last_sacked` are sacked."""
        self.reported: dict[int, int] = {}
        """Blocks that were marked, by their start: each is repeated in the next acknowledgments."""

    def pipe(self) -> i64:
        """Octets estimated to be in the network (RFC 6675 §4, with RACK's losses)."""
        return self.size - self.sacked - self.lost + self.resent

    def append(self, record: Sent) -> None:
        if self.tail is None:
            self.head = record
        else:
            self.tail.next = record
        self.tail = record
        self.size += record.length
        self.records += 1

    def remove_head(self) -> None:
        """The first record was acknowledged whole."""
        record = self.head
        assert record is not None
        self._forget(record)
        self.size -= record.length
        self.records -= 1
        following = record.next
        self.head = following
        record.next = None
        if following is None:
            self.tail = None
        if self.next_lost is record:
            self.next_lost = following
        if self.last_sacked is record:
            self.last_sacked = None

    def _forget(self, record: Sent) -> None:
        """Take a record out of the sums of its marks."""
        if record.sacked:
            self.sacked -= record.length
        elif record.lost:
            self.lost -= record.length
            if record.resent:
                self.resent -= record.length

    def split(self, record: Sent, length: i64) -> None:
        """Divide a record of data: it keeps its first `length` octets, a new one behind it the rest."""
        rest = Sent(
            seqno.add(record.sequence, length),
            record.length - length,
            record.flags,
            record.data,
            record.at + length,
            record.sent_at,
        )
        rest.transmissions = record.transmissions
        rest.sacked = record.sacked
        rest.lost = record.lost
        rest.resent = record.resent
        rest.next = record.next
        record.next = rest
        record.length = length
        record.flags = 0
        self.records += 1
        if self.tail is record:
            self.tail = rest

    def mark_sacked(self, record: Sent) -> None:
        self._forget(record)
        record.sacked = True
        record.lost = False
        record.resent = False
        self.sacked += record.length
        previous = self.last_sacked
        if previous is None or previous.next is not record:
            self.run_start = record.sequence
        self.last_sacked = record

    def first_to_mark(self, start: i64) -> Sent | None:
        """From which record on to look for what a block that begins at `start` newly covers."""
        last = self.last_sacked
        if last is not None and seqno.not_before(start, self.run_start):
            return last
        return self.head

    def is_reported(self, start: i64, end: i64) -> bool:
        """Whether just this block was marked before; remembers it, and a few others."""
        if self.sacked == 0 or len(self.reported) >= REMEMBERED:
            self.reported.clear()
        if self.reported.get(start) == end:
            return True
        self.reported[start] = end
        return False

    def mark_lost(self, record: Sent) -> None:
        """Only for a record that is not sacked; one that was resent is lost once more."""
        if record.lost:
            if record.resent:
                self.resent -= record.length
                record.resent = False
        else:
            record.lost = True
            self.lost += record.length
        if self.next_lost is None or seqno.before(record.sequence, self.next_lost.sequence):
            self.next_lost = record

    def mark_resent(self, record: Sent, now: i64) -> None:
        """A record was sent again."""
        record.sent_at = now
        record.transmissions += 1
        if record.lost and not record.resent:
            record.resent = True
            self.resent += record.length

    def unmark_lost(self) -> None:
        """The timeout was spurious: nothing was lost."""
        record = self.head
        while record is not None:
            record.lost = False
            record.resent = False
            record = record.next
        self.lost = 0
        self.resent = 0
        self.next_lost = None

    def forget_sacks(self) -> None:
        """After a timeout the receiver may have dropped what it reported (RFC 2018 §8)."""
        record = self.head
        while record is not None:
            record.sacked = False
            record = record.next
        self.sacked = 0
        self.last_sacked = None
        self.reported.clear()

    def to_resend(self) -> Sent | None:
        """The first record that is lost and not resent."""
        record = self.next_lost
        while record is not None:
            if record.lost and not record.resent:
                self.next_lost = record
                return record
            record = record.next
        self.next_lost = None
        return None

    def clear(self) -> None:
        """Unlinks record by record: a long chain freed at once would recurse."""
        record = self.head
        self.head = None
        self.tail = None
        self.next_lost = None
        self.last_sacked = None
        while record is not None:
            following = record.next
            record.next = None
            record = following
        self.size = 0
        self.sacked = 0
        self.lost = 0
        self.resent = 0
        self.records = 0
