# pymirage: hot
"""A reset for a segment that belongs nowhere (RFC 9293 §3.5.2, group 1, and §3.10.7.1)."""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.path import Path
from pymirage.net.tcp import seqno
from pymirage.wire import tcp
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.stack import TcpStack


def answer(stack: "TcpStack", path: Path, segment: Segment, now: i64) -> None:
    """Send one that the sender of `segment` will accept, if the allowance has one left."""
    if not stack.resets.take(now):
        return
    flags: i64 = tcp.RST
    sequence: i64 = 0
    acknowledgment: i64 = 0
    if segment.flags & tcp.ACK != 0:
        sequence = segment.acknowledgment
    else:
        flags |= tcp.ACK
        acknowledgment = seqno.add(segment.sequence, segment.length())
    writer = stack.writer
    writer.send(
        path,
        segment.destination,
        segment.source,
        sequence,
        acknowledgment,
        flags,
        0,
        writer.options_at(path.version),
        b"",
        0,
        0,
        0,
        now,
    )
