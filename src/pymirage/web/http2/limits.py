"""How much of everything a client may do on one connection (RFC 9113 §10.5)."""

from __future__ import annotations

from typing import NamedTuple


class Rate(NamedTuple):
    """So many at once, and from then on so many a second."""

    burst: int
    second: int


class Limits(NamedTuple):
    """Beyond any of them the connection ends with ENHANCE_YOUR_CALM, or where it is a number that HTTP/2 has
    a setting for, with what the standard says. Times are seconds.

    streams: requests at once. header_list: octets of a request's fields, 32 more for each (§6.5.2).
    stream_window, connection_window: body octets that may lie unread. body: of one request (413). resets:
    streams that end before their answer (rapid reset). controls: PING, SETTINGS, PRIORITY and WINDOW_UPDATE
    frames, and DATA without octets. idle: without a request. stall: without progress of those that are there.
    """

    streams: int = 100
    header_list: int = 32768
    stream_window: int = 256 * 1024
    connection_window: int = 1024 * 1024
    body: int = 1 << 20
    resets: Rate = Rate(200, 30)
    controls: Rate = Rate(2000, 500)
    idle: float = 60.0
    stall: float = 60.0
