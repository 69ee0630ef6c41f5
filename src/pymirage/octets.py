# pymirage: hot
"""Integers in bytes, and the internet checksum: the one home of byte tricks.

Integers are unsigned and in network order (most significant octet first, RFC 1700); names that end in
`_le` are little-endian, for formats born on PCs. Readers take `bytes` and an offset, so that a header is
read where it lies, without slicing. An offset past the end raises IndexError; checking the length of a
packet once, before reading its fields, is the caller's part, and so is an offset that is not negative.

The checksum is RFC 1071: the one's complement of the one's complement sum of 16-bit words, an odd last
octet being padded with zero. Sums are kept folded to 16 bits; 0xFFFF is zero's other form, and only
a sum of nothing but zero octets yields 0.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from mypy_extensions import i64

U16_MAX: Final = 0xFFFF
U32_MAX: Final = 0xFFFF_FFFF


# -- reading --


def u8(data: bytes, at: i64) -> i64:
    return data[at]


def u16(data: bytes, at: i64) -> i64:
    return data[at] << 8 | data[at + 1]


def u24(data: bytes, at: i64) -> i64:
    return data[at] << 16 | data[at + 1] << 8 | data[at + 2]


def u32(data: bytes, at: i64) -> i64:
    return data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]


def u64(data: bytes, at: i64) -> int:
    """An `int`, because 64 unsigned bits do not fit an i64."""
    high: int = u32(data, at)
    low: int = u32(data, at + 4)
    return high << 32 | low


def u16_le(data: bytes, at: i64) -> i64:
    return data[at] | data[at + 1] << 8


def u32_le(data: bytes, at: i64) -> i64:
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24


def u64_le(data: bytes, at: i64) -> int:
    low: int = u32_le(data, at)
    high: int = u32_le(data, at + 4)
    return high << 32 | low


# -- writing: higher bits than the field has are dropped, as a machine word would --


def b16(value: i64) -> bytes:
    return bytes((value >> 8 & 0xFF, value & 0xFF))


def b32(value: i64) -> bytes:
    return bytes((value >> 24 & 0xFF, value >> 16 & 0xFF, value >> 8 & 0xFF, value & 0xFF))


def b64(value: int) -> bytes:
    return (value & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "big")


def b16_le(value: i64) -> bytes:
    return bytes((value & 0xFF, value >> 8 & 0xFF))


def b32_le(value: i64) -> bytes:
    return bytes((value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF, value >> 24 & 0xFF))


def b64_le(value: int) -> bytes:
    return (value & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8, "little")


def put_u8(buffer: bytearray, at: i64, value: i64) -> None:
    buffer[at] = value & 0xFF


def put_u16(buffer: bytearray, at: i64, value: i64) -> None:
    buffer[at] = value >> 8 & 0xFF
    buffer[at + 1] = value & 0xFF


def put_u32(buffer: bytearray, at: i64, value: i64) -> None:
    buffer[at] = value >> 24 & 0xFF
    buffer[at + 1] = value >> 16 & 0xFF
    buffer[at + 2] = value >> 8 & 0xFF
    buffer[at + 3] = value & 0xFF


def join(buffer: bytearray, count: i64, data: bytes, start: i64, end: i64) -> bytes:
    """The first `count` octets of a buffer, then data[start:end]: a header and its payload, copied once."""
    return bytes(buffer[:count]) + data[start:end]


# -- the internet checksum (RFC 1071) --


def fold(total: i64) -> i64:
    """A sum of 16-bit words brought back to 16 bits, carries added in at the low end."""
    while total > U16_MAX:
        total = (total & U16_MAX) + (total >> 16)
    return total


def add16(one: i64, other: i64) -> i64:
    """The one's complement sum of two 16-bit values."""
    total: i64 = one + other
    return (total & U16_MAX) + (total >> 16)


def sum16(data: bytes, start: i64, end: i64) -> i64:
    """The folded one's complement sum of data[start:end].

    Sums of pieces add up by `add16` if every piece but the last has an even length.
    """
    if COMPILED:
        return sum16_by_words(data, start, end)
    return sum16_by_remainder(data, start, end)


def sum16_by_words(data: bytes, start: i64, end: i64) -> i64:
    """Word after word: the shortest way in machine code, and a hundred times too slow when interpreted."""
    total: i64 = 0
    at: i64 = start
    last: i64 = end - 1
    while at < last:
        total += data[at] << 8 | data[at + 1]
        at += 2
    if at < end:
        total += data[at] << 8
    return fold(total)


def sum16_by_remainder(data: bytes, start: i64, end: i64) -> i64:
    """All words at once: 2**16 leaves 1 when divided by 0xFFFF, so the remainder of the whole is the sum."""
    number = int.from_bytes(data[start:end], "big")
    if (end - start) & 1:
        number <<= 8
    if number == 0:
        return 0
    remainder: i64 = number % U16_MAX
    return remainder if remainder else U16_MAX


def sum16_of(buffer: bytearray, start: i64, end: i64) -> i64:
    """`sum16` of a buffer that is being written."""
    return sum16(bytes(buffer[start:end]), 0, end - start)


def checksum(data: bytes, start: i64, end: i64) -> i64:
    """What a header's checksum field holds, computed with that field zero."""
    return ~sum16(data, start, end) & U16_MAX


def update_checksum(field: i64, old: i64, new: i64) -> i64:
    """The checksum field after one 16-bit word changed from `old` to `new` (RFC 1624, equation 3)."""
    return ~add16(add16(~field & U16_MAX, ~old & U16_MAX), new) & U16_MAX


# A function with a code object is interpreted; mypyc's have none. (Last, because it asks about `sum16`.)
COMPILED: bool = not hasattr(sum16, "__code__")
