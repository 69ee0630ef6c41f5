"""Dates: the three forms of RFC 9110 §5.6.7, beside the standard library's calendar."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pymirage.protocol.http import date

LAST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "text",
    ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"),
)
def test_the_three_forms(text: str) -> None:
    assert date.parse(text) == 784_111_777


@given(some.integers(0, LAST))
def test_as_the_standard_library_writes_it(seconds: int) -> None:
    text = date.emit(seconds)
    assert text == format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)
    assert date.parse(text) == seconds


@pytest.mark.parametrize(
    "text",
    (
        "",
        "yesterday",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 19940 08:49:37 GMT",
        "Sun, 0٦ Nov 1994 08:49:37 GMT",
        "Sun Nov  6 08:49 1994",
    ),
)
def test_what_is_no_date(text: str) -> None:
    assert date.parse(text) is None


@given(some.text(max_size=40))
def test_any_text(text: str) -> None:
    date.parse(text)


def test_years_of_two_digits() -> None:
    assert date.parse("Sunday, 06-Nov-69 00:00:00 GMT") == date.parse("Wed, 06 Nov 2069 00:00:00 GMT")
    assert date.parse("Sunday, 06-Nov-70 00:00:00 GMT") == date.parse("Fri, 06 Nov 1970 00:00:00 GMT")
