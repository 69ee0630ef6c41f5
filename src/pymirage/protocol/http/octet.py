# pymirage: hot
"""Classes of octets in HTTP's grammar (RFC 9110 §5.6.2, §5.5; RFC 5234 appendix B.1), as tables of 256."""

from typing import Final

from mypy_extensions import i64

TOKEN_TEXT: Final = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def table(members: bytes) -> bytes:
    """1 where the octet belongs to the class."""
    return bytes([1 if octet in members else 0 for octet in range(256)])


TOKEN: Final[bytes] = table(TOKEN_TEXT)
"""tchar: methods, field names, the pieces of lists."""

FIELD: Final[bytes] = table(b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100)))
"""What a field value may hold: visible octets, obs-text, space and tab. Neither CR, LF nor NUL (§5.5)."""

TARGET: Final[bytes] = table(bytes(range(0x21, 0x7F)))
"""What a request target may hold; stricter servers refuse more, laxer ones take obs-text (RFC 9112 §3.2)."""


def all_in(kind: bytes, data: bytes, start: i64, end: i64) -> bool:
    """Every octet of data[start:end] belongs to the class; true of none."""
    at: i64 = start
    while at < end:
        if kind[data[at]] == 0:
            return False
        at += 1
    return True
