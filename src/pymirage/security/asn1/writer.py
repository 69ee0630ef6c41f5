"""Writes DER: each function gives one whole element, so that structures are written as they are drawn."""

from __future__ import annotations

from pymirage.security.asn1 import date, oid, tag, text


def element(kind: int, *parts: bytes) -> bytes:
    value = b"".join(parts)
    return bytes((kind,)) + length(len(value)) + value


def length(size: int) -> bytes:
    """X.690 §10.1: the shortest."""
    if size < 0x80:
        return bytes((size,))
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def sequence(*parts: bytes) -> bytes:
    return element(tag.SEQUENCE, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF: in the order of the encodings (§11.6)."""
    return element(tag.SET, *sorted(parts))


def explicit(number: int, *parts: bytes) -> bytes:
    return element(tag.context(number, constructed=True), *parts)


def boolean(value: bool) -> bytes:
    return element(tag.BOOLEAN, b"\xff" if value else b"\x00")


def integer(value: int, kind: int = tag.INTEGER) -> bytes:
    return element(kind, value.to_bytes(_size(value), "big", signed=True))


def null() -> bytes:
    return element(tag.NULL)


def octet_string(value: bytes, kind: int = tag.OCTET_STRING) -> bytes:
    return element(kind, value)


def bit_string(value: bytes, unused: int = 0) -> bytes:
    return element(tag.BIT_STRING, bytes((unused,)), value)


def named_bits(bits: int) -> bytes:
    """Bit 0 as 1 << 0; trailing zeros are left out (§11.2.2)."""
    if not bits:
        return bit_string(b"")
    count = bits.bit_length()
    octets = bytearray((count + 7) // 8)
    for at in range(count):
        if bits >> at & 1:
            octets[at // 8] |= 0x80 >> at % 8
    return bit_string(bytes(octets), len(octets) * 8 - count)


def object_identifier(dotted: str) -> bytes:
    return element(tag.OBJECT_IDENTIFIER, oid.encode(dotted))


def time(seconds: int) -> bytes:
    """UTCTime until 2049, then GeneralizedTime (RFC 5280 §4.1.2.5)."""
    written = date.digits(seconds)
    if date.utc_time(b"500101000000Z") <= seconds < date.FIRST_GENERALIZED:
        return element(tag.UTC_TIME, written[2:])
    return element(tag.GENERALIZED_TIME, written)


def string(value: str) -> bytes:
    """PrintableString where it can be, UTF8String otherwise (RFC 5280 §4.1.2.4)."""
    if text.PRINTABLE.issuperset(value):
        return element(tag.PRINTABLE_STRING, value.encode("ascii"))
    return element(tag.UTF8_STRING, value.encode())


def _size(value: int) -> int:
    return (value if value >= 0 else ~value).bit_length() // 8 + 1
