"""Escaping is the standard library's."""

import html

from hypothesis import given
from hypothesis import strategies as some

from pymirage.web.escape import escape


@given(some.text() | some.text(alphabet="&<>\"'a"))
def test_as_the_standard_library(text: str) -> None:
    assert escape(text) == html.escape(text)
