"""MLD, the multicast part of ICMPv6: version 1 (RFC 2710) and version 2 (RFC 3810, RFC 9777).

Functions here read and write the whole ICMPv6 message; its checksum, which covers a pseudo-header,
is verified and filled in by the ICMPv6 layer, so the field is zero on emission.
"""

from typing import Final, final

from pymirage.octets import u16
from pymirage.wire.drop import Drop
from pymirage.wire.igmp import addresses

QUERY: Final = 130
REPORT_V1: Final = 131
DONE: Final = 132
REPORT_V2: Final = 143

SIZE_V1: Final = 24
SIZE_V2: Final = 28

IS_INCLUDE: Final = 1
IS_EXCLUDE: Final = 2
TO_INCLUDE: Final = 3
TO_EXCLUDE: Final = 4

ALL_NODES: Final = bytes.fromhex("ff020000000000000000000000000001")
ALL_ROUTERS: Final = bytes.fromhex("ff020000000000000000000000000002")
ALL_V2_ROUTERS: Final = bytes.fromhex("ff020000000000000000000000000016")
GENERAL: Final = bytes(16)

MILLISECOND: Final = 1_000_000


@final
class Query:
    """A question for one group, or for all when `group` is `::`; the response time is in nanoseconds."""

    def __init__(self, version: int, group: bytes, response_time: int, sources: tuple[bytes, ...]) -> None:
        self.version: Final = version
        self.group: Final = group
        self.response_time: Final = response_time
        self.sources: Final = sources


@final
class Report:
    """A version 1 report or done: one group."""

    def __init__(self, kind: int, group: bytes) -> None:
        self.kind: Final = kind
        self.group: Final = group


@final
class Record:
    """One address record of a version 2 report (RFC 3810 §5.2.4)."""

    def __init__(self, kind: int, group: bytes, sources: tuple[bytes, ...] = ()) -> None:
        self.kind: Final = kind
        self.group: Final = group
        self.sources: Final = sources


@final
class ReportV2:
    """The state of several groups at once."""

    def __init__(self, records: tuple[Record, ...]) -> None:
        self.records: Final = records


Message = Query | Report | ReportV2


def float_code(code: int) -> int:
    """Response codes from 32768 are floating-point numbers: RFC 3810 §5.1.3."""
    if code < 0x8000:
        return code
    return ((code & 0x0FFF) | 0x1000) << ((code >> 12 & 0x07) + 3)


def to_float_code(value: int) -> int:
    """The largest code that does not exceed `value`."""
    if value < 0x8000:
        return value
    exponent = max(0, value.bit_length() - 16)
    if exponent > 7:
        return 0xFFFF
    return 0x8000 | exponent << 12 | (value >> exponent + 3) & 0x0FFF


def parse(data: bytes, at: int) -> Message | Drop:
    """Read the ICMPv6 message that begins at `at` and ends with `data`."""
    if len(data) < at + 8:
        return Drop.TRUNCATED
    kind = data[at]
    if kind == REPORT_V2:
        return parse_report_v2(data, at)
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
    return Query(2, group, float_code(code) * MILLISECOND, addresses(data, at + SIZE_V2, count, 16))


def parse_report_v2(data: bytes, at: int) -> ReportV2 | Drop:
    """Type, code, checksum, reserved, number of records, records."""
    records: list[Record] = []
    count_at = at + 6
    at += 8
    for _ in range(u16(data, count_at)):
        if len(data) < at + 20:
            return Drop.LENGTH
        count = u16(data, at + 2)
        end = at + 20 + 16 * count + 4 * data[at + 1]
        if len(data) < end:
            return Drop.LENGTH
        records.append(Record(data[at], data[at + 4 : at + 20], addresses(data, at + 20, count, 16)))
        at = end
    return ReportV2(tuple(records))


def emit(message: Message) -> bytes:
    """The ICMPv6 message with a zero checksum."""
    if isinstance(message, Query):
        return emit_query(message)
    if isinstance(message, Report):
        return bytes((message.kind,)) + bytes(7) + message.group
    return emit_report_v2(message)


def emit_query(query: Query) -> bytes:
    """What a router sends; the tests and a small querier need it."""
    milliseconds = query.response_time // MILLISECOND
    code = milliseconds if query.version == 1 else to_float_code(milliseconds)
    body = bytes((QUERY, 0, 0, 0)) + code.to_bytes(2, "big") + bytes(2) + query.group
    if query.version == 1:
        return body
    return body + bytes(2) + len(query.sources).to_bytes(2, "big") + b"".join(query.sources)


def emit_report_v2(report: ReportV2) -> bytes:
    """Records without auxiliary data: RFC 3810 §5.2.6 defines none."""
    parts = [bytes((REPORT_V2, 0, 0, 0, 0, 0)), len(report.records).to_bytes(2, "big")]
    for record in report.records:
        parts.append(bytes((record.kind, 0)) + len(record.sources).to_bytes(2, "big") + record.group)
        parts.extend(record.sources)
    return b"".join(parts)
