"""Drawings of device graphs: every edge leads down, and no boxes overlap."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pymirage.tool.describe.layout import Box, layout
from pymirage.tool.describe.page import page
from pymirage.tool.describe.picture import Edge, Node, Picture
from pymirage.tool.describe.text_graphs import dot, mermaid
from tests.config.made import configured, project


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """A unikernel over devices, each of which needs some of those before it."""
    count = draw(st.integers(0, 9))
    names = [f"device{number}" for number in range(count)]
    nodes = [
        Node("root", "root", "m.main", "", ()),
        *(Node(name, name, "Type", "m.Driver", ()) for name in names),
    ]
    edges = [Edge("root", name, "x") for name in names]
    for number, name in enumerate(names):
        chosen = draw(st.sets(st.sampled_from(names[:number]))) if number else set()
        edges += [Edge(name, other, "y") for other in sorted(chosen)]
    return Picture("drawn", tuple(nodes), tuple(edges))


def apart(one: Box, other: Box) -> bool:
    beside = abs(one.x - other.x) >= (one.width + other.width) / 2
    return beside or one.y + one.height <= other.y or other.y + other.height <= one.y


@given(pictures())
def test_layout(picture: Picture) -> None:
    placed = layout(picture)
    assert all(apart(one, other) for one, other in combinations(placed.boxes.values(), 2))
    for _, way in placed.ways:
        assert [box.layer for box in way] == list(range(way[0].layer, way[-1].layer + 1))
    for box in placed.boxes.values():
        assert box.x - box.width / 2 >= 0 and box.x + box.width / 2 <= placed.width
        assert box.y >= 0 and box.y + box.height <= placed.height


class Outside(HTMLParser):
    """Collects what a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href")]


def test_all_forms_escape_their_texts(tmp_path: Path) -> None:
    made = project(
        tmp_path,
        'web = unikernel("unikernel:main", kv.generic("a<b&c"), key("x", int, default=1, help="<b>"))',
        """
        from pymirage.device import KeyValueReader

        async def main(files: KeyValueReader, x: int) -> None: ...
        """,
    )
    (tmp_path / "a<b&c").mkdir()
    graph = configured(made).graph
    text = page(graph)
    parser = Outside()
    parser.feed(text)
    assert parser.addresses == []
    assert "a&lt;b&amp;c" in text and "<b>" not in text
    from pymirage.tool.describe.picture import picture

    assert 'kv.directory(\\"a<b&c\\")' in dot(picture(graph))
    assert "kv.directory(&quot;a&lt;b&amp;c&quot;)" in mermaid(picture(graph))
