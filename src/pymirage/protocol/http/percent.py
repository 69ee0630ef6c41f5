# pymirage: hot
"""Percent-encoding: RFC 3986 §2.1."""

from typing import Final

from mypy_extensions import i64

DIGITS: Final = b"0123456789ABCDEF"
UNRESERVED: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def digit(octet: i64) -> i64:
    """The value of a hexadecimal digit; -1 when it is none."""
    if 0x30 <= octet <= 0x39:
        return octet - 0x30
    letter = octet | 0x20
    return letter - 0x57 if 0x61 <= letter <= 0x66 else -1


def decode(text: str) -> bytes:
    """Each %XX becomes its octet; a percent sign that begins none stays. Other characters become UTF-8."""
    data = text.encode("utf-8", "replace")
    if "%" not in text:
        return data
    pieces: list[bytes] = []
    start: i64 = 0
    at: i64 = 0
    last: i64 = len(data) - 2
    while at < last:
        if data[at] == 0x25:
            high, low = digit(data[at + 1]), digit(data[at + 2])
            if high >= 0 and low >= 0:
                pieces.append(data[start:at])
                pieces.append(bytes((high << 4 | low,)))
                at += 3
                start = at
                continue
        at += 1
    pieces.append(data[start:])
    return b"".join(pieces)


def encode(data: bytes, safe: bytes = b"/") -> str:
    """What is neither unreserved (§2.3) nor in `safe` becomes %XX."""
    return "".join(chr(octet) if octet in UNRESERVED or octet in safe else f"%{octet:02X}" for octet in data)
