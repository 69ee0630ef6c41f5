# pymirage: hot
"""Field lines as RFC 9112 §5 writes them, read where they lie.

    field-line = field-name ":" OWS field-value OWS CRLF

Refused beyond what the grammar excludes: folded lines (§5.2), as a server may. Nothing here is lenient: what
one program reads as a field and another one does not is how requests are smuggled (§11.2).
"""

from mypy_extensions import i64

from pymirage.protocol.http.fields import Fields, Pair
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.octet import COLON, CR, FIELD, LF, SPACE, TAB, TOKEN, span
from pymirage.protocol.http.refusal import Refusal


def parse_fields(data: bytes, start: i64, end: i64, limits: Limits) -> Fields | Refusal:
    """data[start:end] holds whole lines: unless it is empty, its last two octets are CR LF."""
    pairs: list[Pair] = []
    longest: i64 = limits.field_line
    at: i64 = start
    while at < end:
        colon = span(TOKEN, data, at, end)
        if colon == at or data[colon] != COLON:
            return bad_name(data, at, colon)
        first = colon + 1
        after = span(FIELD, data, first, end)
        if data[after] != CR:
            return Refusal.LINE_END if data[after] == LF else Refusal.FIELD_VALUE
        if data[after + 1] != LF:
            return Refusal.LINE_END
        if after - at > longest:
            return Refusal.FIELD_SIZE
        if len(pairs) >= limits.fields:
            return Refusal.FIELD_COUNT
        pairs.append((data[at:colon].lower(), trimmed(data, first, after)))
        at = after + 2
    return Fields(pairs)


def trimmed(data: bytes, start: i64, end: i64) -> bytes:
    """Without the optional white space around it."""
    while start < end and (data[start] == SPACE or data[start] == TAB):
        start += 1
    while end > start and (data[end - 1] == SPACE or data[end - 1] == TAB):
        end -= 1
    return data[start:end]


def bad_name(data: bytes, start: i64, at: i64) -> Refusal:
    """What stands where the colon should."""
    octet = data[at]
    if at == start and octet in (SPACE, TAB):
        return Refusal.FOLDED
    if octet == LF or (octet == CR and data[at + 1] != LF):
        return Refusal.LINE_END
    return Refusal.FIELD_NAME


def stray_line_end(data: bytes, start: i64, unseen: i64, end: i64) -> bool:
    """data[start:end] holds a line feed without carriage return: a head that ends so would never be found.

    Up to `unseen` it was looked for before.
    """
    at = data.find(b"\n", unseen, end)
    while at >= 0:
        if at == start or data[at - 1] != CR:
            return True
        at = data.find(b"\n", at + 1, end)
    return False
