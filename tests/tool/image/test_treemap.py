"""Squarified layout: areas in proportion, nothing outside, nothing over another."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymirage.tool.image.treemap import Rectangle, page, squarify

AREA = Rectangle(10, 20, 640, 400)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=40))
def test_areas_in_proportion(sizes: list[int]) -> None:
    sizes.sort(reverse=True)
    places = squarify(sizes, AREA)
    total = sum(sizes)
    for size, place in zip(sizes, places, strict=True):
        assert place.width * place.height == pytest.approx(AREA.width * AREA.height * size / total, rel=1e-6)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_inside_and_disjoint(sizes: list[int]) -> None:
    places = squarify(sorted(sizes, reverse=True), AREA)
    slack = 1e-6
    for place in places:
        assert place.x >= AREA.x - slack and place.x + place.width <= AREA.x + AREA.width + slack
        assert place.y >= AREA.y - slack and place.y + place.height <= AREA.y + AREA.height + slack
    for one, other in combinations(places, 2):
        across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
        down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
        assert across <= slack or down <= slack


def test_the_paper_s_example_is_not_slices() -> None:
    """Sizes 6 6 4 3 2 2 1 in 6 by 4, from section 3 of the paper: the first row is the two sixes."""
    places = squarify([6, 6, 4, 3, 2, 2, 1], Rectangle(0, 0, 6, 4))
    assert (places[0].width, places[0].height) == (3, 2)
    assert (places[1].width, places[1].height) == (3, 2)
    assert places[2].x == 3


def test_page_is_self_contained() -> None:
    text = page("hello for hvt", [(("runtime", "CPython", "ceval"), 5000), (("hello", "unikernel"), 10)])
    assert not re.search(r"https?:|src=|<script|@import|url\(", text)
    assert "ceval" in text and "4.9 KiB" in text
    assert "prefers-color-scheme: dark" in text


def test_page_escapes_names() -> None:
    assert "<b>" in page("t", [(("x",), 10**6)])
    assert "<script" not in page("<script>", [(("files", "<script>.html"), 10)])
