"""Preconditions: RFC 9110 §13, and their precedence (§13.2.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pymirage.protocol.http import date
from pymirage.protocol.http.fields import Fields
from pymirage.web.files.condition import FAILED, NOT_MODIFIED, PROCEED, evaluate, listed, unchanged

NOW = 1_700_000_000
MODIFIED = NOW - 1000
TAG = '"one"'
BEFORE, SAME, AFTER = (date.emit(MODIFIED + each) for each in (-1, 0, 1))


@pytest.mark.parametrize(
    ("fields", "verdict"),
    (
        ((), PROCEED),
        ((("if-none-match", TAG),), NOT_MODIFIED),
        ((("if-none-match", f"W/{TAG}"),), NOT_MODIFIED),
        ((("if-none-match", f'"x", {TAG}'),), NOT_MODIFIED),
        ((("if-none-match", '"x"'), ("if-none-match", TAG)), NOT_MODIFIED),
        ((("if-none-match", "*"),), NOT_MODIFIED),
        ((("if-none-match", '"two"'),), PROCEED),
        ((("if-none-match", "one"),), PROCEED),
        ((("if-none-match", '"a, one"'),), PROCEED),
        ((("if-none-match", '"two"'), ("if-modified-since", AFTER)), PROCEED),
        ((("if-modified-since", SAME),), NOT_MODIFIED),
        ((("if-modified-since", AFTER),), NOT_MODIFIED),
        ((("if-modified-since", BEFORE),), PROCEED),
        ((("if-modified-since", "soon"),), PROCEED),
        ((("if-match", TAG),), PROCEED),
        ((("if-match", "*"),), PROCEED),
        ((("if-match", f"W/{TAG}"),), FAILED),
        ((("if-match", '"two"'),), FAILED),
        ((("if-match", TAG), ("if-unmodified-since", BEFORE)), PROCEED),
        ((("if-unmodified-since", BEFORE),), FAILED),
        ((("if-unmodified-since", SAME),), PROCEED),
        ((("if-match", TAG), ("if-none-match", TAG)), NOT_MODIFIED),
        ((("if-match", '"two"'), ("if-none-match", TAG)), FAILED),
    ),
)
def test_verdicts(fields: tuple[tuple[str, str], ...], verdict: int) -> None:
    assert evaluate(Fields.of(*fields), TAG, MODIFIED) == verdict


def test_without_tag_and_date() -> None:
    for fields in ((("if-none-match", '""'),), (("if-modified-since", AFTER),)):
        assert evaluate(Fields.of(*fields), "", 0) == PROCEED
    assert evaluate(Fields.of(("if-match", TAG)), "", 0) == FAILED
    assert evaluate(Fields.of(("if-match", "*")), "", 0) == PROCEED


def test_a_weak_tag_is_only_equivalent() -> None:
    assert listed(b'W/"a"', 'W/"a"', True)
    assert not listed(b'W/"a"', 'W/"a"', False)
    assert not listed(b'"a"', 'W/"a"', False)


def test_if_range() -> None:
    assert unchanged(TAG.encode(), TAG, MODIFIED, NOW)
    assert not unchanged(b'"two"', TAG, MODIFIED, NOW)
    assert not unchanged(f"W/{TAG}".encode(), f"W/{TAG}", MODIFIED, NOW)
    assert not unchanged(b'""', "", MODIFIED, NOW)
    assert unchanged(SAME.encode(), TAG, MODIFIED, NOW)
    assert not unchanged(AFTER.encode(), TAG, MODIFIED, NOW)
    assert not unchanged(SAME.encode(), TAG, MODIFIED, MODIFIED)


@given(some.binary(max_size=40))
def test_any_octets(field: bytes) -> None:
    listed(field, TAG, True)
    unchanged(field, TAG, MODIFIED, NOW)
