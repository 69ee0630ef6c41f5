"""Range, by the examples of RFC 9110 §14.1.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pymirage.web.files.ranges import NEAR, parse

SIZE = 10_000


@pytest.mark.parametrize(
    ("field", "spans"),
    (
        ("bytes=0-499", [(0, 500)]),
        ("bytes=500-999", [(500, 1000)]),
        ("bytes=-500", [(9500, 10_000)]),
        ("bytes=9500-", [(9500, 10_000)]),
        ("bytes=0-0,-1", [(0, 1), (9999, 10_000)]),
        ("bytes= 0-0 , 500-999, ", None),
        ("BYTES=0-9", [(0, 10)]),
        ("bytes=500-600,601-999", [(500, 1000)]),
        ("bytes=500-700,601-999", [(500, 1000)]),
        ("bytes=5000-5099,0-99", [(5000, 5100), (0, 100)]),
        ("bytes=5000-5099,0-99,50-149", [(0, 150), (5000, 5100)]),
        ("bytes=0-99999", [(0, 10_000)]),
        ("bytes=-99999", [(0, 10_000)]),
        ("bytes=10000-", []),
        ("bytes=10000-10001, -0", []),
        ("bytes=20000-, 0-1", [(0, 2)]),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes", None),
        ("bytes=a-b", None),
        ("bytes=1-b", None),
        ("bytes=0x1-2", None),
        ("bytes=--1", None),
        ("bytes=+1-2", None),
        ("lines=1-2", None),
        (f"bytes={'9' * 40}-", None),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(0, 3400, 200)), None),
    ),
)
def test_fields(field: str, spans: list[tuple[int, int]] | None) -> None:
    assert parse(field.encode(), SIZE, 16) == spans


def test_nothing_of_nothing() -> None:
    assert parse(b"bytes=0-", 0, 16) == []
    assert parse(b"bytes=-1", 0, 16) == []


@given(some.lists(some.tuples(some.integers(0, 3000), some.integers(0, 3000)), min_size=1, max_size=16))
def test_what_is_asked_for_is_covered_once(pairs: list[tuple[int, int]]) -> None:
    asked = [(min(pair), max(pair)) for pair in pairs]
    field = "bytes=" + ",".join(f"{first}-{last}" for first, last in asked)
    spans = parse(field.encode(), 2000, 16)
    assert spans is not None
    covered = [octet for start, end in spans for octet in range(start, end)]
    assert len(covered) == len(set(covered)) <= 2000
    wanted = {octet for first, last in asked for octet in range(first, min(last + 1, 2000))}
    assert wanted <= set(covered)
    assert len(covered) <= len(wanted) + NEAR * len(asked)


@given(some.text(alphabet="bytes=0123456789-, ", max_size=30))
def test_any_text(text: str) -> None:
    for start, end in parse(text.encode(), 100, 16) or []:
        assert 0 <= start < end <= 100
