"""A response as HTTP/2 sends it (RFC 9113 §8.3.2): status and fields; lengths and dates are ours."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pymirage.protocol.http import date
from pymirage.web.message import UNKNOWN, Outgoing

if TYPE_CHECKING:
    from pymirage.web.message import Response

# §8.2.2: what HTTP/1.1 says of its connection has no place here.
_CONNECTION = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade", b"content-length")
)


def head(response: Response, method: str) -> list[tuple[bytes, bytes]]:
    made = [(b":status", b"%d" % response.status)]
    made += [pair for pair in response.fields.pairs if pair[0] not in _CONNECTION]
    if not any(name == b"date" for name, _ in response.fields.pairs):
        made.append((b"date", _now()))
    length = length_of(response)
    if length != UNKNOWN and response.status not in (204, 304):
        made.append((b"content-length", b"%d" % length))
    elif response.status == 304 or method == "HEAD":
        made += [pair for pair in response.fields.pairs if pair[0] == b"content-length"]
    return made


def length_of(response: Response) -> int:
    body = response.body
    if isinstance(body, bytes):
        return len(body)
    return body.length() if isinstance(body, Outgoing) else UNKNOWN


def has_body(response: Response, method: str) -> bool:
    """RFC 9110 §6.4.1."""
    return method != "HEAD" and response.status not in (204, 304) and response.body != b""


_last = (0, b"")


def _now() -> bytes:
    """One date a second."""
    global _last
    second = int(time.time())
    if _last[0] != second:
        _last = (second, date.emit(second).encode("ascii"))
    return _last[1]
