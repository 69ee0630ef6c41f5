# pymirage: hot
"""What both SYNs agree upon (RFC 9293 §3.7.1, RFC 7323 §2.2 and §3.2, RFC 2018 §2)."""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

from pymirage.net.path import Path
from pymirage.net.tcp import pmtu, seqno, window
from pymirage.wire import tcp
from pymirage.wire.tcp import Segment

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

DEFAULT_V4: Final = 536
DEFAULT_V6: Final = 1220


def syn_arrived(connection: "Connection", segment: Segment, now: i64) -> None:
    """The peer's SYN: its numbers and its options."""
    connection.irs = segment.sequence
    connection.irs_known = True
    connection.rcv_nxt = seqno.add(segment.sequence, 1)
    connection.last_ack_sent = connection.rcv_nxt
    connection.timestamps_on = connection.timestamps_on and segment.timestamp != tcp.ABSENT
    if connection.timestamps_on:
        connection.ts_recent = segment.timestamp
        connection.ts_recent_at = now
    agree(connection, segment.maximum_size, segment.window_scale, segment.sack_permitted)


def default_size(path: Path) -> i64:
    """What a peer takes that does not say (RFC 9293 §3.7.1, MUST-15)."""
    return DEFAULT_V4 if path.version == 4 else DEFAULT_V6


def agree(connection: "Connection", maximum_size: i64, scale: i64, selective: bool) -> None:
    """Use an option only when both offer it; MSS has a default (MUST-15)."""
    connection.peer_maximum_size = maximum_size if maximum_size > 0 else default_size(connection.path)
    connection.selective = connection.selective and selective
    connection.scaling = connection.scaling and scale != tcp.ABSENT
    if connection.scaling:
        connection.snd_scale = scale
        connection.rcv_scale = window.scale_for(connection.window.maximum)
    window.start(connection)
    pmtu.update(connection)
