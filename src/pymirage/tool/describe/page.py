"""The device graph as one HTML file: an SVG drawing, with nothing loaded from elsewhere."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from pymirage.boot.help_text import explanation, usage
from pymirage.config.graph import Graph
from pymirage.tool.describe.keys import boot_key
from pymirage.tool.describe.layout import LINE, Box, Layout, layout, rows
from pymirage.tool.describe.picture import Edge, Picture, picture

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #64748b; --paper: #ffffff; --line: #94a3b8;
  --unikernel: #fde68a; --device: #dbeafe; }
@media (prefers-color-scheme: dark) { :root { --ink: #e2e8f0; --soft: #94a3b8; --paper: #0f172a;
  --line: #64748b; --unikernel: #713f12; --device: #1e3a5f; } }
body { margin: 2rem; font: 15px/1.4 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.2rem; margin: 0 0 1.5rem; }
figure { margin: 0 0 1.5rem; overflow-x: auto; }
rect { stroke: var(--line); }
.unikernel rect { fill: var(--unikernel); }
.device rect { fill: var(--device); }
text { fill: var(--ink); text-anchor: middle; font: 600 13px system-ui, sans-serif; }
text.soft, .edge text { fill: var(--soft); font-weight: 400; font-size: 12px; }
text.code { font: 12px ui-monospace, monospace; }
.edge text { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
.edge path { fill: none; stroke: var(--line); stroke-width: 1.4; }
td { padding: 0.1rem 1.5rem 0.1rem 0; }
"""


def page(graph: Graph) -> str:
    """The whole file."""
    drawn = picture(graph)
    title = escape(drawn.title)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<figure>
{_svg(drawn, layout(drawn))}
</figure>
{_keys(graph)}
</body>
</html>
"""


def _keys(graph: Graph) -> str:
    made = [boot_key(key) for key in graph.keys]
    cells = [
        f"<tr><td><code>{escape(usage(key))}</code></td><td>{escape(explanation(key))}</td></tr>"
        for key in made
    ]
    return "\n".join(["<table>", *cells, "</table>"]) if cells else ""


def _svg(drawn: Picture, placed: Layout) -> str:
    size = f'width="{placed.width:.0f}" height="{placed.height:.0f}"'
    view = f'viewBox="0 0 {placed.width:.0f} {placed.height:.0f}"'
    arrow = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="var(--line)"/></marker></defs>'
    )
    ways = [_edge(edge, way) for edge, way in placed.ways]
    boxes = [_box(box) for box in placed.boxes.values()]
    label = escape(drawn.title)
    return "\n".join([f'<svg {size} {view} role="img" aria-label="{label}">', arrow, *ways, *boxes, "</svg>"])


def _box(box: Box) -> str:
    node = box.node
    assert node is not None  # only nodes are in the layout's boxes
    kind, radius = ("unikernel", 2) if box.layer == 0 else ("device", 10)
    left = box.x - box.width / 2
    texts = [
        f'<text{_text_class(row)} x="{box.x:.1f}" y="{box.y + 23 + row * LINE:.1f}">{escape(text)}</text>'
        for row, text in enumerate(rows(node))
    ]
    shape = f'x="{left:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius}"'
    tip = escape(node.driver or node.title)
    return f'<g class="{kind}"><title>{tip}</title><rect {shape}/>{"".join(texts)}</g>'


def _text_class(row: int) -> str:
    return ["", ' class="soft"', ' class="code"'][min(row, 2)]


def _edge(edge: Edge, way: list[Box]) -> str:
    """Curves from the bottom of one box to the top of the next, the label near the arrow's head."""
    path = [f"M{way[0].x:.1f} {way[0].y + way[0].height:.1f}"]
    for upper, lower in pairwise(way):
        top = upper.y + upper.height
        bottom = lower.y - (2 if lower is way[-1] else 0)
        middle = (top + bottom) / 2
        path.append(f"C{upper.x:.1f} {middle:.1f} {lower.x:.1f} {middle:.1f} {lower.x:.1f} {bottom:.1f}")
        if lower.node is None:
            path.append(f"V{lower.y + lower.height:.1f}")
    text = f'<text x="{way[-1].x:.1f}" y="{way[-1].y - 14:.1f}">{escape(edge.label)}</text>'
    return f'<g class="edge"><path d="{" ".join(path)}" marker-end="url(#arrow)"/>{text}</g>'
