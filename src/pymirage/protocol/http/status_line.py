# pymirage: hot
"""The first line of a response: RFC 9112 §4.

    status-line = HTTP-version SP status-code SP [ reason-phrase ]

The space before a missing phrase is left out by many servers, and by all clients not asked for.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.octet import FIELD, SPACE, span
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.request_line import parse_version


@final
class StatusLine:
    def __init__(self, version: int, status: int, reason: str) -> None:
        self.version: Final = version
        self.status: Final = status
        self.reason: Final = reason


def parse_status_line(data: bytes, start: i64, end: i64, limits: Limits) -> StatusLine | Refusal:
    """data[start:end] is the line without its end."""
    if end - start > limits.start_line:
        return Refusal.START_LINE_SIZE
    if end - start < 12 or data[start + 8] != SPACE:
        return Refusal.START_LINE
    version = parse_version(data[start : start + 8])
    if isinstance(version, Refusal):
        return version
    digits = data[start + 9 : start + 12]
    if not digits.isdigit() or digits[0] == 0x30:
        return Refusal.STATUS
    if end > start + 12 and data[start + 12] != SPACE:
        return Refusal.STATUS
    if span(FIELD, data, start + 12, end) != end:
        return Refusal.FIELD_VALUE
    return StatusLine(version, int(digits), data[min(start + 13, end) : end].decode("latin-1"))
