# pymirage: hot
"""Heads of messages as octets: RFC 9112 §2.1, and which fields of the caller's are replaced by ours.

The framing fields follow from what is really sent, so they are written here and those given are left out.
"""

from typing import Final

from mypy_extensions import i64

from pymirage.protocol.http.chunked import emit_chunk, emit_last
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.framing import CHUNKED
from pymirage.protocol.http.known import lists
from pymirage.protocol.http.lines import Lines

SEPARATOR: Final = b": "
LINE_END: Final = b"\r\n"
CLOSE: Final = b"connection: close\r\n"
KEEP_ALIVE: Final = b"connection: keep-alive\r\n"
UPGRADE: Final = b"connection: upgrade\r\n"
TRANSFER_ENCODING: Final = b"transfer-encoding: chunked\r\n"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

__all__ = ["emit_chunk", "emit_last"]


def is_framing(name: bytes) -> bool:
    """Fields that say where messages and connections end."""
    size: i64 = len(name)
    if size == 14:
        return name == b"content-length"
    if size == 17:
        return name == b"transfer-encoding"
    if size == 10:
        return name == b"connection" or name == b"keep-alive"
    return False


def keep(fields: Fields) -> None:
    """These will be sent again and again: what is sent of them is made once."""
    parts: list[bytes] = []
    dated = add_fields(parts, fields)
    fields.lines = Lines(b"".join(parts), dated, wants_close(fields))


def add_fields(parts: list[bytes], fields: Fields) -> bool:
    """The caller's field lines, without framing ones; whether a date was among them."""
    kept = fields.lines
    if kept is not None:
        parts.append(kept.octets)
        return kept.dated
    dated = False
    for name, value in fields.pairs:
        size: i64 = len(name)
        if (size == 14 or size == 17 or size == 10) and is_framing(name):
            continue
        if size == 4 and name == b"date":
            dated = True
        parts.append(name)
        parts.append(SEPARATOR)
        parts.append(value)
        parts.append(LINE_END)
    return dated


def length_line(length: int) -> bytes:
    """The field that announces the body; none when it ends with the connection."""
    if length >= 0:
        return b"content-length: %d\r\n" % length
    return TRANSFER_ENCODING if length == CHUNKED else b""


def wants_close(fields: Fields) -> bool:
    """The caller asked to end the connection with this message."""
    kept = fields.lines
    if kept is not None:
        return kept.closes
    for name, value in fields.pairs:
        if len(name) == 10 and name == b"connection":
            return lists(value, b"close")
    return False
