"""Integers survive the way into bytes and back; the checksum obeys RFC 1071."""

from hypothesis import given
from hypothesis import strategies as st

from pymirage import octets

U8 = st.integers(0, 0xFF)
U16 = st.integers(0, 0xFFFF)
U32 = st.integers(0, 0xFFFF_FFFF)
U64 = st.integers(0, 0xFFFF_FFFF_FFFF_FFFF)
PADDING = st.binary(max_size=9)


@given(U16, PADDING, PADDING)
def test_16_bits(value: int, before: bytes, after: bytes) -> None:
    at = len(before)
    assert octets.u16(before + octets.b16(value) + after, at) == value
    assert octets.u16_le(before + octets.b16_le(value) + after, at) == value
    assert octets.b16(value) == value.to_bytes(2, "big") == octets.b16_le(value)[::-1]


@given(U32, PADDING, PADDING)
def test_32_bits(value: int, before: bytes, after: bytes) -> None:
    at = len(before)
    assert octets.u32(before + octets.b32(value) + after, at) == value
    assert octets.u32_le(before + octets.b32_le(value) + after, at) == value
    assert octets.b32(value) == value.to_bytes(4, "big") == octets.b32_le(value)[::-1]


@given(U64, PADDING, PADDING)
def test_64_bits(value: int, before: bytes, after: bytes) -> None:
    at = len(before)
    assert octets.u64(before + octets.b64(value) + after, at) == value
    assert octets.u64_le(before + octets.b64_le(value) + after, at) == value


@given(st.binary(min_size=3, max_size=3))
def test_8_and_24_bits(data: bytes) -> None:
    assert octets.u24(data, 0) == int.from_bytes(data, "big")
    assert octets.u8(data, 2) == data[2]


@given(U8, U16, U32)
def test_put_writes_what_the_readers_read(byte: int, short: int, word: int) -> None:
    buffer = bytearray(9)
    octets.put_u8(buffer, 1, byte)
    octets.put_u16(buffer, 2, short)
    octets.put_u32(buffer, 4, word)
    data = bytes(buffer)
    assert (octets.u8(data, 1), octets.u16(data, 2), octets.u32(data, 4)) == (byte, short, word)
    assert data[0] == data[8] == 0


def test_rfc_1071_example() -> None:
    """Section 3: the words 0001 f203 f4f5 f6f7 add up to ddf2."""
    data = bytes.fromhex("0001f203f4f5f6f7")
    assert octets.sum16(data, 0, len(data)) == 0xDDF2
    assert octets.checksum(data, 0, len(data)) == 0x220D


def test_rfc_1624_example() -> None:
    """Section 4: the corner where the older equation of RFC 1141 gives FFFF instead of 0."""
    assert octets.update_checksum(0xDD2F, 0x5555, 0x3285) == 0x0000


@given(st.binary(max_size=300), st.data())
def test_both_ways_to_add_agree(data: bytes, draw: st.DataObject) -> None:
    start = draw.draw(st.integers(0, len(data)))
    end = draw.draw(st.integers(start, len(data)))
    assert octets.sum16_by_words(data, start, end) == octets.sum16_by_remainder(data, start, end)


@given(st.binary(min_size=2, max_size=300))
def test_data_with_its_checksum_adds_up_to_ones(data: bytes) -> None:
    even = data if len(data) % 2 == 0 else data + b"\0"
    sealed = even + octets.b16(octets.checksum(data, 0, len(data)))
    assert octets.sum16(sealed, 0, len(sealed)) == 0xFFFF


@given(st.binary(max_size=100).filter(lambda data: len(data) % 2 == 0), st.binary(max_size=100))
def test_pieces_add_up(head: bytes, tail: bytes) -> None:
    whole = octets.sum16(head + tail, 0, len(head) + len(tail))
    assert octets.add16(octets.sum16(head, 0, len(head)), octets.sum16(tail, 0, len(tail))) == whole


@given(st.lists(U16, min_size=1, max_size=20), U16, st.data())
def test_update_equals_computing_anew(words: list[int], new: int, draw: st.DataObject) -> None:
    """For data that is not all zero: RFC 1624 section 3 says why zero has two forms."""
    at = draw.draw(st.integers(0, len(words) - 1))
    changed = [*words[:at], new, *words[at + 1 :]]
    if not any(words) or not any(changed):
        return
    before = b"".join(map(octets.b16, words))
    after = b"".join(map(octets.b16, changed))
    field = octets.checksum(before, 0, len(before))
    updated = octets.update_checksum(field, words[at], new)
    assert updated == octets.checksum(after, 0, len(after))
