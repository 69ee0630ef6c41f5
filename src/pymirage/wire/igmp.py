"""IGMP as a host speaks it: version 2 (RFC 2236) and version 3 (RFC 3376, RFC 9776).

Version 1 and 2 messages are 8 octets; a version 3 query is at least 12 (RFC 3376 §7.1).
The checksum covers the whole IP payload.
"""

from typing import Final, final

from pymirage.octets import b16, checksum, u16
from pymirage.wire.drop import Drop

MINIMUM: Final = 8
QUERY_V3_SIZE: Final = 12

QUERY: Final = 0x11
REPORT_V1: Final = 0x12
REPORT_V2: Final = 0x16
LEAVE: Final = 0x17
REPORT_V3: Final = 0x22

IS_INCLUDE: Final = 1
IS_EXCLUDE: Final = 2
TO_INCLUDE: Final = 3
TO_EXCLUDE: Final = 4
ALLOW_NEW: Final = 5
BLOCK_OLD: Final = 6

ALL_SYSTEMS: Final = bytes((224, 0, 0, 1))
ALL_ROUTERS: Final = bytes((224, 0, 0, 2))
ALL_V3_ROUTERS: Final = bytes((224, 0, 0, 22))
GENERAL: Final = bytes(4)

TENTH: Final = 100_000_000
"""Response times are counted in tenths of a second."""


@final
class Query:
    """A question for one group, or for all when `group` is 0.0.0.0; the response time is in nanoseconds."""

    def __init__(self, version: int, group: bytes, response_time: int, sources: tuple[bytes, ...]) -> None:
        self.version: Final = version
        self.group: Final = group
        self.response_time: Final = response_time
        self.sources: Final = sources


@final
class Report:
    """A version 1 or 2 report, or a leave: one group."""

    def __init__(self, kind: int, group: bytes) -> None:
        self.kind: Final = kind
        self.group: Final = group


@final
class Record:
    """One group record of a version 3 report (RFC 3376 §4.2.4)."""

    def __init__(self, kind: int, group: bytes, sources: tuple[bytes, ...] = ()) -> None:
        self.kind: Final = kind
        self.group: Final = group
        self.sources: Final = sources


@final
class ReportV3:
    """The state of several groups at once."""

    def __init__(self, records: tuple[Record, ...]) -> None:
        self.records: Final = records


Message = Query | Report | ReportV3


def float_code(code: int) -> int:
    """Response codes from 128 are small floating-point numbers: RFC 3376 §4.1.1."""
    if code < 128:
        return code
    return ((code & 0x0F) | 0x10) << ((code >> 4 & 0x07) + 3)


def to_float_code(value: int) -> int:
    """The largest code that does not exceed `value`."""
    if value < 128:
        return value
    exponent = max(0, value.bit_length() - 8)
    if exponent > 7:
        return 0xFF
    return 0x80 | exponent << 4 | (value >> exponent + 3) & 0x0F


def addresses(data: bytes, at: int, count: int, size: int) -> tuple[bytes, ...]:
    """`count` addresses of `size` octets that stand one after the other."""
    return tuple(data[at + i * size : at + (i + 1) * size] for i in range(count))


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
        return parse_report_v3(data)
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
    return Query(3, group, float_code(data[1]) * TENTH, addresses(data, QUERY_V3_SIZE, count, 4))


def parse_report_v3(data: bytes) -> ReportV3 | Drop:
    """Type, reserved, checksum, reserved, number of records, records."""
    records: list[Record] = []
    at = 8
    for _ in range(u16(data, 6)):
        if len(data) < at + 8:
            return Drop.LENGTH
        count = u16(data, at + 2)
        end = at + 8 + 4 * count + 4 * data[at + 1]
        if len(data) < end:
            return Drop.LENGTH
        records.append(Record(data[at], data[at + 4 : at + 8], addresses(data, at + 8, count, 4)))
        at = end
    return ReportV3(tuple(records))


def emit(message: Message) -> bytes:
    """The IP payload, checksum included."""
    if isinstance(message, Query):
        body = emit_query(message)
    elif isinstance(message, Report):
        body = bytes((message.kind, 0, 0, 0)) + message.group
    else:
        body = emit_report_v3(message)
    return body[:2] + b16(checksum(body, 0, len(body))) + body[4:]


def emit_query(query: Query) -> bytes:
    """What a router sends; the tests and a small querier need it."""
    tenths = query.response_time // TENTH
    if query.version == 1:
        return bytes((QUERY, 0, 0, 0)) + query.group
    if query.version == 2:
        return bytes((QUERY, tenths, 0, 0)) + query.group
    head = bytes((QUERY, to_float_code(tenths), 0, 0)) + query.group + bytes(2)
    return head + len(query.sources).to_bytes(2, "big") + b"".join(query.sources)


def emit_report_v3(report: ReportV3) -> bytes:
    """Records without auxiliary data: RFC 3376 §4.2.6 defines none."""
    parts = [bytes((REPORT_V3, 0, 0, 0, 0, 0)), len(report.records).to_bytes(2, "big")]
    for record in report.records:
        parts.append(bytes((record.kind, 0)) + len(record.sources).to_bytes(2, "big") + record.group)
        parts.extend(record.sources)
    return b"".join(parts)
