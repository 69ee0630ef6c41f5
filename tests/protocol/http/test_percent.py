"""Percent-encoding, beside the standard library's."""

from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.protocol.http import percent


@given(st.binary())
def test_decode_of_encode(data: bytes) -> None:
    assert percent.encode(data) == quote_from_bytes(data)
    assert percent.decode(percent.encode(data)) == data


@pytest.mark.parametrize(
    "text", ["", "%", "%4", "%41", "%4g", "%g4", "a%41%4", "%%41", "100%", "%c3%A4", "ä%41"]
)
def test_decode(text: str) -> None:
    assert percent.decode(text) == unquote_to_bytes(text)
