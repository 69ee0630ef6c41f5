"""What IGMP and MLD say in the same words: queries, reports, records of groups, floating-point times.

RFC 3376 and RFC 9776 for IPv4, RFC 3810 and RFC 9777 for IPv6; addresses have the size of their groups.
"""

from typing import Final, final

from pymirage.octets import u16
from pymirage.wire.drop import Drop

IS_INCLUDE: Final = 1
IS_EXCLUDE: Final = 2
TO_INCLUDE: Final = 3
TO_EXCLUDE: Final = 4
ALLOW_NEW: Final = 5
BLOCK_OLD: Final = 6

RECORD: Final = 4
"""Octets of a record before its group: kind, words of auxiliary data, number of sources."""


@final
class Query:
    """A question for one group, or for all when `group` is zeros; the response time is in nanoseconds."""

    def __init__(self, version: int, group: bytes, response_time: int, sources: tuple[bytes, ...]) -> None:
        self.version: Final = version
        self.group: Final = group
        self.response_time: Final = response_time
        self.sources: Final = sources


@final
class Report:
    """A report of the older versions, or the end of a membership: one group."""

    def __init__(self, kind: int, group: bytes) -> None:
        self.kind: Final = kind
        self.group: Final = group


@final
class Record:
    """The state of one group, or its change (RFC 3376 §4.2.4, RFC 3810 §5.2.4)."""

    def __init__(self, kind: int, group: bytes, sources: tuple[bytes, ...] = ()) -> None:
        self.kind: Final = kind
        self.group: Final = group
        self.sources: Final = sources


@final
class Records:
    """A report of the newest version: several groups at once."""

    def __init__(self, records: tuple[Record, ...]) -> None:
        self.records: Final = records


Message = Query | Report | Records


def float_code(code: int, mantissa: int) -> int:
    """Codes that begin with a one have three bits of exponent: RFC 3376 §4.1.1, RFC 3810 §5.1.3."""
    if code < 8 << mantissa:
        return code
    return (code & (1 << mantissa) - 1 | 1 << mantissa) << ((code >> mantissa & 7) + 3)


def to_float_code(value: int, mantissa: int) -> int:
    """The largest code that does not exceed `value`."""
    if value < 8 << mantissa:
        return value
    exponent = max(0, value.bit_length() - mantissa - 4)
    if exponent > 7:
        return (16 << mantissa) - 1
    return 8 << mantissa | exponent << mantissa | (value >> exponent + 3) & (1 << mantissa) - 1


def addresses(data: bytes, at: int, count: int, size: int) -> tuple[bytes, ...]:
    """`count` addresses of `size` octets that stand one after the other."""
    return tuple(data[at + i * size : at + (i + 1) * size] for i in range(count))


def parse_records(data: bytes, at: int, number: int, size: int) -> Records | Drop:
    """So many records from `at` on, with addresses of `size` octets."""
    records: list[Record] = []
    for _ in range(number):
        sources = at + RECORD + size
        if len(data) < sources:
            return Drop.LENGTH
        count = u16(data, at + 2)
        end = sources + size * count + 4 * data[at + 1]
        if len(data) < end:
            return Drop.LENGTH
        records.append(Record(data[at], data[at + RECORD : sources], addresses(data, sources, count, size)))
        at = end
    return Records(tuple(records))


def emit_records(report: Records) -> bytes:
    """Their number, and they; no auxiliary data is defined (RFC 3376 §4.2.6, RFC 3810 §5.2.6)."""
    parts = [len(report.records).to_bytes(2, "big")]
    for record in report.records:
        parts.append(bytes((record.kind, 0)) + len(record.sources).to_bytes(2, "big") + record.group)
        parts.extend(record.sources)
    return b"".join(parts)
