"""MLD, the multicast part of ICMPv6: version 1 (RFC 2710) and version 2 (RFC 3810, RFC 9777).

Functions here read and write the whole ICMPv6 message; its checksum, which covers a pseudo-header,
is verified and filled in by the ICMPv6 layer, so the field is zero on emission.
"""

from typing import Final

from pymirage.octets import u16
from pymirage.wire.drop import Drop
from pymirage.wire.membership import (
    Message,
    Query,
    Report,
    addresses,
    emit_records,
    float_code,
    parse_records,
    to_float_code,
)

QUERY: Final = 130
REPORT_V1: Final = 131
DONE: Final = 132
REPORT_V2: Final = 143

SIZE_V1: Final = 24
SIZE_V2: Final = 28

ALL_NODES: Final = bytes.fromhex("ff020000000000000000000000000001")
ALL_ROUTERS: Final = bytes.fromhex("ff020000000000000000000000000002")
ALL_V2_ROUTERS: Final = bytes.fromhex("ff020000000000000000000000000016")
GENERAL: Final = bytes(16)

MILLISECOND: Final = 1_000_000
MANTISSA: Final = 12
"""Bits of a response time that is a floating-point number."""


def parse(data: bytes, at: int) -> Message | Drop:
    """Read the ICMPv6 message that begins at `at` and ends with `data`."""
    if len(data) < at + 8:
        return Drop.TRUNCATED
    kind = data[at]
    if kind == REPORT_V2:
        return parse_records(data, at + 8, u16(data, at + 6), 16)
    if len(data) < at + SIZE_V1:
        return Drop.TRUNCATED
    if kind == QUERY:
        return parse_query(data, at)
    if kind in (REPORT_V1, DONE):
        return Report(kind, data[at + 8 : at + 24])
    return Drop.FIELD


def parse_query(data: bytes, at: int) -> Query | Drop:
    """The length tells the versions apart: RFC 3810 §8.1."""
    code = u16(data, at + 4)
    group = data[at + 8 : at + 24]
    if len(data) == at + SIZE_V1:
        return Query(1, group, code * MILLISECOND, ())
    if len(data) < at + SIZE_V2:
        return Drop.LENGTH
    count = u16(data, at + 26)
    if len(data) < at + SIZE_V2 + 16 * count:
        return Drop.LENGTH
    return Query(2, group, float_code(code, MANTISSA) * MILLISECOND, addresses(data, at + SIZE_V2, count, 16))


def emit(message: Message) -> bytes:
    """The ICMPv6 message with a zero checksum."""
    if isinstance(message, Query):
        return emit_query(message)
    if isinstance(message, Report):
        return bytes((message.kind,)) + bytes(7) + message.group
    return bytes((REPORT_V2, 0, 0, 0, 0, 0)) + emit_records(message)


def emit_query(query: Query) -> bytes:
    """What a router sends; the tests and a small querier need it."""
    milliseconds = query.response_time // MILLISECOND
    code = milliseconds if query.version == 1 else to_float_code(milliseconds, MANTISSA)
    body = bytes((QUERY, 0, 0, 0)) + code.to_bytes(2, "big") + bytes(2) + query.group
    if query.version == 1:
        return body
    return body + bytes(2) + len(query.sources).to_bytes(2, "big") + b"".join(query.sources)
