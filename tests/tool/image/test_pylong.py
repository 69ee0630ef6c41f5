"""The stand-in for `_pylong` against the interpreter's own arithmetic."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.tool.image.stand_ins import _pylong

NUMBERS = st.builds(
    lambda bits, fill, sign: sign * ((1 << bits) - (fill % (1 << bits)) if bits else fill % 2),
    st.integers(0, 60_000),
    st.integers(0, 1 << 4000),
    st.sampled_from((1, -1)),
)


@pytest.fixture(autouse=True, scope="module")
def unlimited_digits() -> Iterator[None]:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(before)


@given(NUMBERS, NUMBERS.filter(bool))
def test_divmod(a: int, b: int) -> None:
    assert _pylong.int_divmod(a, b) == divmod(a, b)


@given(NUMBERS)
def test_decimal(number: int) -> None:
    text = str(number)
    assert _pylong.int_to_decimal_string(number) == text
    assert _pylong.int_from_string(text.removeprefix("-")) == abs(number)
