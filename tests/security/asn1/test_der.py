"""DER: what is written is read back, everything else is refused with an EncodingError and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.security.asn1 import ber, date, oid, tag, writer
from pymirage.security.asn1.error import EncodingError
from pymirage.security.asn1.reader import Reader


@given(st.integers())
def test_integers(value: int) -> None:
    reader = Reader(writer.integer(value))
    assert reader.integer() == value
    reader.finish()


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 1 << 70), max_size=5))
def test_object_identifiers(first: int, second: int, rest: list[int]) -> None:
    dotted = ".".join(map(str, (first, second, *rest)))
    assert oid.decode(oid.encode(dotted)) == dotted


@given(st.integers(date.utc_time(b"500101000000Z"), date.generalized_time(b"99991231235959Z")))
def test_times(seconds: int) -> None:
    assert Reader(writer.time(seconds)).time() == seconds


@given(st.integers(0, (1 << 64) - 1))
def test_named_bits(bits: int) -> None:
    assert Reader(writer.named_bits(bits)).named_bits() == bits


@given(st.binary(max_size=300), st.integers(0, 7))
def test_bit_strings(value: bytes, unused: int) -> None:
    cleared = value[:-1] + bytes((value[-1] >> unused << unused,)) if value else b""
    unused = unused if value else 0
    assert Reader(writer.bit_string(cleared, unused)).bit_string() == (cleared, unused)


@given(st.text(max_size=60))
def test_strings(value: str) -> None:
    assert Reader(writer.string(value)).string() == value


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_long_and_short_lengths(values: list[bytes]) -> None:
    reader = Reader(writer.sequence(*map(writer.octet_string, values)))
    inner = reader.sequence()
    assert [inner.octet_string() for _ in values] == values
    inner.finish()
    reader.finish()


REFUSED = {
    "indefinite length": "3080 0000",
    "a length that could be shorter": "0481 01 00",
    "a length with a leading zero": "048200 80" + "00" * 128,
    "a value that is cut off": "0403 0000",
    "a length that is cut off": "0482 01",
    "a length of lengths": "0488 0000000000000001 00",
    "a tag of several octets": "1f81 00",
    "an integer of no octets": "0200",
    "an integer with a zero too many": "0202 0001",
    "an integer with an ff too many": "0202 ff80",
    "a boolean of 01": "0101 01",
    "a boolean of two octets": "0102 ffff",
    "a null with content": "0501 00",
    "unused bits that are set": "0302 01 01",
    "eight unused bits": "0302 08 00",
    "unused bits of nothing": "0301 01",
    "an object identifier with a leading 80": "0602 8001",
    "an object identifier that is cut off": "0601 80",
    "an empty object identifier": "0600",
    "a time with a fraction": "1811" + b"20260101000000.5Z".hex(),
    "a time without seconds": "170b" + b"2601010000Z".hex(),
    "a time with an offset": "1711" + b"260101000000+0000".hex(),
    "the 30th of February": "170d" + b"260230000000Z".hex(),
    "the 29th of February of 2026": "170d" + b"260229000000Z".hex(),
    "a 60th second": "170d" + b"260101000060Z".hex(),
    "digits of another alphabet": "170d" + b"26010100000\xb2Z".hex(),
    "text that is no UTF-8": "0c01 ff",
    "a PrintableString with a semicolon": "1301 3b",
}


def read_anything(reader: Reader) -> None:
    """By its tag, all the way down."""
    while not reader.at_end():
        match reader.peek():
            case tag.BOOLEAN:
                reader.boolean()
            case tag.INTEGER:
                reader.integer()
            case tag.BIT_STRING:
                reader.bit_string()
            case tag.NULL:
                reader.null()
            case tag.OBJECT_IDENTIFIER:
                reader.oid()
            case tag.UTC_TIME | tag.GENERALIZED_TIME:
                reader.time()
            case tag.UTF8_STRING | tag.PRINTABLE_STRING | tag.IA5_STRING | tag.BMP_STRING:
                reader.string()
            case constructed if constructed & tag.CONSTRUCTED:
                read_anything(reader.any())
            case _:
                reader.any()


@pytest.mark.parametrize("octets", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_distinguished_is_refused(octets: str) -> None:
    with pytest.raises(EncodingError):
        read_anything(Reader(bytes.fromhex(octets)))


@given(st.binary(max_size=60))
def test_octets_are_read_or_refused(data: bytes) -> None:
    try:
        read_anything(Reader(data))
    except EncodingError:
        return


@given(st.binary(max_size=60))
def test_ber_is_converted_or_refused(data: bytes) -> None:
    try:
        made = ber.to_der(data)
    except EncodingError:
        return
    # What comes out has definite, shortest lengths, and stays as it is.
    assert ber.to_der(made) == made


def test_an_indefinite_length_and_a_string_in_pieces() -> None:
    octets = bytes.fromhex("3080 2480 0402 6162 0401 63 0000 020105 0000")
    assert ber.to_der(octets) == writer.sequence(writer.octet_string(b"abc"), writer.integer(5))


def test_nothing_nests_for_ever() -> None:
    with pytest.raises(EncodingError, match="deep"):
        ber.to_der(b"\x30\x80" * 10_000)


def test_a_set_is_sorted() -> None:
    one, two = writer.integer(2), writer.integer(1)
    assert writer.set_of(one, two) == writer.element(tag.SET, two, one)
