# pymirage: hot
"""ICMP errors about our segments: believed when the quote fits (RFC 5927), rarely fatal (RFC 5461)."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.handler import PORT_UNREACHABLE, PROHIBITED, PROTOCOL_UNREACHABLE, IcmpError
from pymirage.net.tcp import closing, pmtu, recovery, seqno
from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.state import State
from pymirage.octets import u16, u32

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


def local_port(error: IcmpError) -> i64:
    return u16(error.frame, error.quoted_at)


def remote_port(error: IcmpError) -> i64:
    return u16(error.frame, error.quoted_at + 2)


def quoted_sequence(error: IcmpError) -> i64:
    return u32(error.frame, error.quoted_at + 4)


def is_plausible(connection: "Connection", error: IcmpError) -> bool:
    """The quoted segment must be in flight (RFC 5927 §4.1)."""
    sequence = quoted_sequence(error)
    return seqno.not_before(sequence, connection.snd_una) and seqno.before(sequence, connection.snd_nxt)


def unreachable(connection: "Connection", error: IcmpError) -> None:
    """An answer to our SYN; afterwards soft: the retransmission timer decides (MUST-56)."""
    connection.soft_failure = Failure.UNREACHABLE
    if connection.state is not State.SYN_SENT:
        return
    if error.kind in (PORT_UNREACHABLE, PROTOCOL_UNREACHABLE, PROHIBITED):
        closing.fail(connection, Failure.REFUSED)


def too_big(connection: "Connection", error: IcmpError, now: i64) -> None:
    """The path's MTU fell: send what was lost again, in smaller segments (RFC 8201 §4)."""
    if error.mtu > 0:
        connection.stack.routes.too_big(connection.path, error.mtu, now)
    before = connection.segment_size
    pmtu.update(connection)
    if connection.segment_size >= before:
        return
    # A loss, but not of congestion: the window stays.
    record = connection.flight.head
    while record is not None:
        if record.length > connection.segment_size and not record.sacked:
            connection.flight.mark_lost(record)
        record = record.next
    if connection.recovery.mode == recovery.OPEN:
        connection.recovery.mode = recovery.TIMED_OUT
        connection.recovery.point = connection.snd_nxt
    connection.stack.need_output(connection)
