"""Every kind reads what it writes, and refuses what it does not mean."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.boot import address, duration, kind
from pymirage.boot.kind import Kind

round_trips: dict[str, tuple[Kind[Any], st.SearchStrategy[Any]]] = {
    "integer": (kind.INTEGER, st.integers()),
    "float": (kind.FLOAT, st.floats(allow_nan=False)),
    "boolean": (kind.BOOLEAN, st.booleans()),
    "string": (kind.STRING, st.text()),
    "duration": (kind.DURATION, st.integers(0, 2**63)),
    "IPv4 address": (address.IPV4_ADDRESS, st.ip_addresses(v=4)),
    "IPv6 address": (address.IPV6_ADDRESS, st.ip_addresses(v=6)),
    "address": (address.ADDRESS, st.ip_addresses()),
}


@pytest.mark.parametrize("name", round_trips)
def test_parse_undoes_format(name: str) -> None:
    of_kind, values = round_trips[name]

    @given(values)
    def check(value: Any) -> None:
        assert of_kind.parse(of_kind.format(value)) == value

    check()


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("1ns", 1),
        ("500ms", 500_000_000),
        ("1.5s", 1_500_000_000),
        ("2m30s", 150_000_000_000),
        ("1d2h3m4s5ms6us7ns", 93_784_005_006_007),
        ("0.1us", 100),
    ],
)
def test_durations(text: str, nanoseconds: int) -> None:
    assert duration.parse(text) == nanoseconds


refused: list[tuple[Kind[Any], list[str]]] = [
    (kind.INTEGER, ["", "x", "1.0", "1_000", " 1", "१"]),
    (kind.FLOAT, ["", "x", "1_0.0", " 1"]),
    (kind.BOOLEAN, ["", "2", "maybe"]),
    (kind.DURATION, ["", "1", "s", "1s1m", "1s1s", "1.5ns", "-1s", "1x"]),
    (kind.choice("red", "blue"), ["", "Red", "green"]),
    (kind.enumeration({"red": 1}), ["", "1", "RED"]),
    (address.IPV4_ADDRESS, ["", "1.2.3", "::1", "256.0.0.1"]),
    (address.IPV4_PREFIX, ["10.0.0.1/8", "10.0.0.0/33"]),
]


@pytest.mark.parametrize(("of_kind", "texts"), refused, ids=lambda value: getattr(value, "metavar", ""))
def test_other_text_is_refused(of_kind: Kind[Any], texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ValueError):
            of_kind.parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for each, _ in round_trips.values():
        with contextlib.suppress(ValueError):
            each.parse(text)
