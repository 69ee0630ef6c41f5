# pymirage: hot
"""May a segment that is not full leave now? Nagle's algorithm (RFC 9293 §3.7.4), as Minshall varied it.

Nagle holds a small segment while anything is unacknowledged. Minshall holds it only while another *small*
one is: of a long write the last, short segment leaves at once, and does not wait for an acknowledgment that
the peer delays.
"""

from typing import TYPE_CHECKING

from mypy_extensions import i64

from pymirage.net.tcp import seqno

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection


def may_leave(connection: "Connection", size: i64, all_of_it: bool) -> bool:
    """Whether a segment with `size` octets may be sent; `all_of_it`: nothing more was written behind it."""
    if size >= connection.segment_size:
        return True
    if all_of_it and (connection.fin_wanted or connection.no_delay):
        return True
    if all_of_it and not seqno.after(connection.small_out, connection.snd_una):
        return True
    # The peer's window, not our data, is small: half of its largest is worth a segment (sender's silly
    # window).
    return size >= connection.snd_wnd_maximum >> 1 and size > 0
