# pymirage: hot
"""SACK blocks that arrive: which records they cover (RFC 2018 §5, RFC 2883 §4)."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.tcp import rack, seqno
from pymirage.octets import u32
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


def selective(connection: "Connection", segment: Segment, frame: bytes, now: i64) -> None:
    """Mark what each block covers; notice a first block that reports a duplicate."""
    at = segment.sack_at
    last = at + 8 * segment.sack_count
    if is_duplicate_report(segment, frame):
        connection.rack.duplicate_seen = True
        at += 8
    while at < last:
        start = u32(frame, at)
        end = u32(frame, at + 4)
        at += 8
        # Only what is in flight counts (RFC 2018 §5.1 and attacks with blocks beyond it).
        inside = seqno.before(start, end) and seqno.not_after(end, connection.snd_nxt)
        if inside and not connection.flight.is_reported(start, end):
            mark(connection, start, end, segment.timestamp_echo, now)


def is_duplicate_report(segment: Segment, frame: bytes) -> bool:
    """A first block below the acknowledgment, or within the second block (RFC 2883 §4)."""
    start = u32(frame, segment.sack_at)
    end = u32(frame, segment.sack_at + 4)
    if seqno.not_after(end, segment.acknowledgment):
        return True
    if segment.sack_count < 2:
        return False
    outer_start = u32(frame, segment.sack_at + 8)
    outer_end = u32(frame, segment.sack_at + 12)
    return seqno.not_before(start, outer_start) and seqno.not_after(end, outer_end)


def mark(connection: "Connection", start: i64, end: i64, echo: i64, now: i64) -> None:
    """Mark the records from `start` to `end`.

    One that is covered in part is split at multiples of the segment size only: a peer that reports single
    octets must not make us keep a record for each.
    """
    flight = connection.flight
    size = connection.segment_size
    record = flight.first_to_mark(start)
    while record is not None and seqno.before(record.sequence, end):
        if not record.sacked and seqno.after(record.end(), start):
            skip = seqno.distance(record.sequence, start)
            whole = (skip + size - 1) // size * size if skip > 0 else 0
            if whole > 0:
                if whole < record.length:
                    flight.split(record, whole)
            else:
                covered = seqno.distance(record.sequence, end)
                if covered < record.length:
                    covered = covered // size * size
                    if covered > 0:
                        flight.split(record, covered)
                if covered > 0:
                    rack.delivered(connection, record, echo, now)
                    flight.mark_sacked(record)
        record = record.next
