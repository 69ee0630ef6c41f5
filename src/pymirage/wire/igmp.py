"""IGMP as a host speaks it: version 2 (RFC 2236) and version 3 (RFC 3376, RFC 9776).

Version 1 and 2 messages are 8 octets; a version 3 query is at least 12 (RFC 3376 §7.1).
The checksum covers the whole IP payload.
"""

from typing import Final

from pymirage.octets import b16, checksum, u16
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

MINIMUM: Final = 8
QUERY_V3_SIZE: Final = 12

QUERY: Final = 0x11
REPORT_V1: Final = 0x12
REPORT_V2: Final = 0x16
LEAVE: Final = 0x17
REPORT_V3: Final = 0x22

ALL_SYSTEMS: Final = bytes((224, 0, 0, 1))
ALL_ROUTERS: Final = bytes((224, 0, 0, 2))
ALL_V3_ROUTERS: Final = bytes((224, 0, 0, 22))
GENERAL: Final = bytes(4)

TENTH: Final = 100_000_000
"""Response times are counted in tenths of a second."""
MANTISSA: Final = 4
"""Bits of a response time that is a floating-point number."""


def parse(data: bytes) -> Message | Drop:
    """Read one IP payload."""
    if len(data) < MINIMUM:
        return Drop.TRUNCATED
    if checksum(data, 0, len(data)) != 0:
        return Drop.CHECKSUM
    kind = data[0]
    if kind == QUERY:
        return parse_query(data)
    if kind in (REPORT_V1, REPORT_V2, LEAVE):
        return Report(kind, data[4:8])
    if kind == REPORT_V3:
        return parse_records(data, MINIMUM, u16(data, 6), 4)
    return Drop.FIELD


def parse_query(data: bytes) -> Query | Drop:
    """Length and response code tell the versions apart: RFC 3376 §7.1."""
    group = data[4:8]
    if len(data) == MINIMUM:
        if data[1] == 0:
            return Query(1, group, 100 * TENTH, ())
        return Query(2, group, data[1] * TENTH, ())
    if len(data) < QUERY_V3_SIZE:
        return Drop.LENGTH
    count = u16(data, 10)
    if len(data) < QUERY_V3_SIZE + 4 * count:
        return Drop.LENGTH
    return Query(3, group, float_code(data[1], MANTISSA) * TENTH, addresses(data, QUERY_V3_SIZE, count, 4))


def emit(message: Message) -> bytes:
    """The IP payload, checksum included."""
    if isinstance(message, Query):
        body = emit_query(message)
    elif isinstance(message, Report):
        body = bytes((message.kind, 0, 0, 0)) + message.group
    else:
        body = bytes((REPORT_V3, 0, 0, 0, 0, 0)) + emit_records(message)
    return body[:2] + b16(checksum(body, 0, len(body))) + body[4:]


def emit_query(query: Query) -> bytes:
    """What a router sends; the tests and a small querier need it."""
    tenths = query.response_time // TENTH
    if query.version == 1:
        return bytes((QUERY, 0, 0, 0)) + query.group
    if query.version == 2:
        return bytes((QUERY, tenths, 0, 0)) + query.group
    head = bytes((QUERY, to_float_code(tenths, MANTISSA), 0, 0)) + query.group + bytes(2)
    return head + len(query.sources).to_bytes(2, "big") + b"".join(query.sources)
