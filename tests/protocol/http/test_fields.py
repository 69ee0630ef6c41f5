"""Fields as RFC 9110 §5 has them."""

import pytest

from pymirage.error import UsageError
from pymirage.protocol.http.fields import Fields


def test_names_have_no_case() -> None:
    fields = Fields.of(("Content-Type", "text/html"))
    assert fields.get("CONTENT-TYPE") == "text/html" and "content-Type" in fields
    assert fields.pairs == [(b"content-type", b"text/html")]


def test_several_lines_are_one_list() -> None:
    fields = Fields.of(("accept", "a"), ("host", "x"), ("Accept", "b"))
    assert fields.get("accept") == "a, b" and fields.all("accept") == ["a", "b"]
    assert fields.get("absent") == "" and fields.find(b"absent") is None


def test_set_and_remove() -> None:
    fields = Fields.of(("a", "1"), ("b", "2"), ("A", "3"))
    fields.set("a", "4")
    assert fields.items() == [("b", "2"), ("a", "4")]
    fields.remove("B")
    assert len(fields) == 1 and fields.copy().items() == [("a", "4")]


@pytest.mark.parametrize(
    ("name", "value"),
    [("a b", "x"), ("", "x"), ("a:", "x"), ("a", "x\r\nb: y"), ("a", "\0"), ("a", "€"), ("ä", "x")],
)
def test_what_would_be_read_as_something_else_is_refused(name: str, value: str) -> None:
    with pytest.raises(UsageError):
        Fields.of((name, value))
