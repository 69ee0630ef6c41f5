# pymirage: hot
"""Segment sizes: what the peer, the path's MTU and our options leave (RFC 9293 §3.7.1); black holes.

ICMP tells routing of a smaller path MTU, which changes `Path.mtu`; connections follow. Where ICMP is
filtered, full segments vanish without a word: after two timeouts in a row of such a segment the path is
taken to carry only a size that everything carries (RFC 2923 §2.1, RFC 4821 §7.7). Where full segments got
through before, it takes four: a link that loses a twentieth of everything makes two often.
"""

from typing import TYPE_CHECKING, Final

from mypy_extensions import i64

from pymirage.wire import ipv4, ipv6, tcp

if TYPE_CHECKING:
    from pymirage.net.tcp.connection import Connection

TRIES: Final = 2
TRIES_AFTER_SUCCESS: Final = 4
SAFE_V4: Final = 1024 + 52
"""MTU assumed behind a black hole over IPv4 (RFC 4821 §7.2 suggests 1024 octets of payload)."""
SMALLEST_SEGMENT: Final = 64


def header_size(version: i64) -> i64:
    """IP and TCP header without options."""
    return ipv4.SIZE + tcp.SIZE if version == 4 else ipv6.SIZE + tcp.SIZE


def update(connection: "Connection") -> None:
    """Set the segment size anew (MUST-16: the smaller of what both ends take, less options, §3.7.1)."""
    path = connection.path
    connection.path_mtu = path.mtu
    size = min(connection.peer_maximum_size, path.mtu - header_size(path.version))
    if connection.timestamps_on:
        size -= tcp.TIMESTAMPS_SIZE
    size = max(size, SMALLEST_SEGMENT)
    if size != connection.segment_size:
        connection.segment_size = size
        connection.full_passed = False
        connection.congestion.resize(size)


def follow_path(connection: "Connection") -> None:
    """The path's MTU may have changed since the last segment."""
    if connection.path.mtu != connection.path_mtu:
        update(connection)


def timed_out(connection: "Connection", length: i64, now: i64) -> None:
    """The retransmission timer went off for a segment of `length` octets: is there a black hole?"""
    path = connection.path
    safe: i64 = SAFE_V4 if path.version == 4 else ipv6.MINIMUM_MTU
    if length < connection.segment_size or path.mtu <= safe:
        return
    connection.black_hole += 1
    if connection.black_hole >= (TRIES_AFTER_SUCCESS if connection.full_passed else TRIES):
        connection.black_hole = 0
        connection.stack.routes.too_big(path, safe, now)
        update(connection)
