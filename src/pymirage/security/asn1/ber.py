"""BER with indefinite lengths and strings in pieces, made DER (X.690 §8.1.3.6, §8.21).

For key stores only: many programs write PKCS #12 files so. Certificates are read as DER.
"""

from __future__ import annotations

from pymirage.security.asn1 import tag
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.writer import element

DEEPEST = 32
_STRINGS = (tag.OCTET_STRING | tag.CONSTRUCTED,)


def to_der(data: bytes) -> bytes:
    """One element. Raises EncodingError."""
    made, end = _convert(data, 0, len(data), 0)
    if end != len(data):
        raise EncodingError(f"{len(data) - end} octets too many, at octet {end}")
    return made


def _convert(data: bytes, at: int, end: int, depth: int) -> tuple[bytes, int]:
    """The element at `at`, and where it ends."""
    kind, start, size = _header(data, at, end)
    if depth > DEEPEST:
        raise EncodingError(f"nested too deep, at octet {at}")
    if not kind & tag.CONSTRUCTED:
        if size < 0:
            raise EncodingError(f"indefinite length of a primitive, at octet {at}")
        return element(kind, data[start : start + size]), start + size
    parts: list[bytes] = []
    position, limit = start, end if size < 0 else start + size
    while True:
        if size < 0 and data[position : position + 2] == b"\0\0":
            position += 2
            break
        if size >= 0 and position == limit:
            break
        part, position = _convert(data, position, limit, depth + 1)
        parts.append(part)
    if kind in _STRINGS:
        return element(tag.OCTET_STRING, *(_content(part) for part in parts)), position
    return element(kind, *parts), position


def _header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, where the value starts, and its size; -1 for an indefinite one."""
    if at + 2 > end or data[at] & 0x1F == 0x1F:
        raise EncodingError(f"no element, at octet {at}")
    size, start = data[at + 1], at + 2
    if size == 0x80:
        return data[at], start, -1
    if size > 0x80:
        count = size & 0x7F
        if count > 4 or start + count > end:
            raise EncodingError(f"a length that cannot be, at octet {at}")
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    if size > end - start:
        raise EncodingError(f"cut off in a value, at octet {at}")
    return data[at], start, size


def _content(part: bytes) -> bytes:
    """Of an octet string that was converted already."""
    if part[0] != tag.OCTET_STRING:
        raise EncodingError("a string in pieces of another kind")
    return part[_header(part, 0, len(part))[1] :]
