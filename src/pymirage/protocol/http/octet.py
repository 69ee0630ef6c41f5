# pymirage: hot
"""Classes of octets in HTTP's grammar: RFC 9110 §5.5 and §5.6.2, RFC 9112 §3.2, RFC 3986 §3.2.2."""

from typing import Final, final

from mypy_extensions import i64

from pymirage.octets import COMPILED

CR: Final = 0x0D
LF: Final = 0x0A
SPACE: Final = 0x20
TAB: Final = 0x09
COLON: Final = 0x3A

ALPHA: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGIT: Final = b"0123456789"


@final
class OctetClass:
    """A set of octets."""

    def __init__(self, members: bytes) -> None:
        self.members: Final = members
        self.table: Final = bytes([1 if octet in members else 0 for octet in range(256)])


TOKEN: Final = OctetClass(b"!#$%&'*+-.^_`|~" + DIGIT + ALPHA)
"""tchar: methods, field names, members of lists."""

FIELD: Final = OctetClass(b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)))
"""What a field value may hold: visible octets, obs-text, space and tab. Neither CR, LF nor NUL (§5.5)."""

TARGET: Final = OctetClass(bytes(octet for octet in range(0x21, 0x7F) if octet != 0x23))
"""What a request target may hold. More than URIs may, because browsers send `|` and `{`; never a fragment."""

HOST: Final = OctetClass(b"-._~!$&'()*+,;=:[]%" + DIGIT + ALPHA)
"""Host and port."""

HEXADECIMAL: Final = OctetClass(b"abcdefABCDEF" + DIGIT)


def span(kind: OctetClass, data: bytes, start: i64, end: i64) -> i64:
    """Where, in data[start:end], the first octet is that does not belong to the class; `end` without one."""
    if not COMPILED:
        piece = data[start:end]
        return start + len(piece) - len(piece.lstrip(kind.members))
    table = kind.table
    at: i64 = start
    while at < end and table[data[at]] != 0:
        at += 1
    return at


def consists_of(kind: OctetClass, data: bytes) -> bool:
    """Every octet belongs to the class; true of none."""
    return span(kind, data, 0, len(data)) == len(data)
