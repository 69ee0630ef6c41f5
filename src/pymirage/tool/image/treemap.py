"""A squarified treemap as one self-contained HTML page.

The layout is Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000): rows are filled while that makes
their rectangles squarer. It is computed here, so the page needs no script to be read; rectangles are placed
in percentages, so it fits every window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

# The page is laid out for this aspect ratio; another window stretches it a little.
WIDTH, HEIGHT = 1600.0, 1000.0
# Room for a group's own label, in the same units.
LABEL = 26.0
MARGIN = 3.0
# Smaller rectangles than this (in square units) are drawn without a label.
LABELLED = 900.0


@dataclass(slots=True)
class Tree:
    """A part and its parts; a leaf has its own size."""

    name: str
    own: int = 0
    children: dict[str, Tree] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.own + sum(child.size for child in self.children.values())

    def simplify(self) -> None:
        """A group of one leaf of its own name is that leaf; `package.module` in `package` is `module`."""
        for child in self.children.values():
            child.simplify()
            child.name = child.name.removeprefix(f"{self.name}.")
        only = next(iter(self.children.values())) if len(self.children) == 1 else None
        if only is not None and only.name == self.name and not only.children:
            self.own, self.children = self.own + only.own, {}


@dataclass(frozen=True, slots=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float


def page(title: str, parts: Sequence[tuple[tuple[str, ...], int]]) -> str:
    """The page for `parts`, each a path of names and a size in bytes."""
    tree = Tree(title)
    for path, size in parts:
        node = tree
        for name in filter(None, path):
            node = node.children.setdefault(name, Tree(name))
        node.own += max(size, 0)
    tree.simplify()
    boxes = "\n".join(draw(tree, Rectangle(0, 0, WIDTH, HEIGHT), 0, "", 0))
    heading = f"{escape(title)} · {readable(tree.size)}"
    return PAGE.replace("{title}", escape(title)).replace("{heading}", heading).replace("{boxes}", boxes)


def draw(tree: Tree, area: Rectangle, depth: int, path: str, hue: int) -> Iterator[str]:
    """The rectangles of `tree`, parents before their children."""
    children = sorted(tree.children.values(), key=lambda child: (-child.size, child.name))
    if depth:
        yield box(tree, area, depth, path, hue, bool(children))
    if not children:
        return
    inner = inside(area, depth)
    for number, (child, place) in enumerate(
        zip(children, squarify([child.size for child in children], inner), strict=True)
    ):
        child_path = f"{path} / {child.name}" if path else child.name
        yield from draw(child, place, depth + 1, child_path, number if depth == 0 else hue)


def inside(area: Rectangle, depth: int) -> Rectangle:
    """What a label leaves to the parts of a group; a group too small for a label goes without."""
    if not depth:
        return area
    label = LABEL if area.height > 3 * LABEL and area.width > 2 * LABEL else MARGIN
    return Rectangle(
        area.x + MARGIN,
        area.y + label,
        max(area.width - 2 * MARGIN, 0),
        max(area.height - label - MARGIN, 0),
    )


def squarify(sizes: Sequence[int], area: Rectangle) -> list[Rectangle]:
    """A rectangle for each of `sizes` (descending), with areas in proportion, filling `area`."""
    total = sum(sizes)
    if not total or area.width <= 0 or area.height <= 0:
        return [Rectangle(area.x, area.y, 0, 0)] * len(sizes)
    scale = area.width * area.height / total
    places: list[Rectangle] = []
    row: list[float] = []
    for size in sizes:
        side = min(area.width, area.height)
        if row and worst([*row, size * scale], side) > worst(row, side):
            placed, area = lay(row, area)
            places += placed
            row = []
        row.append(size * scale)
    placed, _ = lay(row, area)
    return places + placed


def worst(row: Sequence[float], side: float) -> float:
    """The least square rectangle's aspect ratio, when `row` is laid along `side`."""
    total = sum(row)
    smallest = min(row)
    if not smallest or not side:
        return float("inf")
    return max(side * side * max(row) / (total * total), total * total / (side * side * smallest))


def lay(row: Sequence[float], area: Rectangle) -> tuple[list[Rectangle], Rectangle]:
    """Puts `row` along the shorter side; returns its rectangles and what is left of `area`."""
    total = sum(row)
    if area.width >= area.height:
        width = total / area.height if area.height else 0.0
        places, y = [], area.y
        for value in row:
            height = value / width if width else 0.0
            places.append(Rectangle(area.x, y, width, height))
            y += height
        return places, Rectangle(area.x + width, area.y, max(area.width - width, 0), area.height)
    height = total / area.width if area.width else 0.0
    places, x = [], area.x
    for value in row:
        width = value / height if height else 0.0
        places.append(Rectangle(x, area.y, width, height))
        x += width
    return places, Rectangle(area.x, area.y + height, area.width, max(area.height - height, 0))


def box(tree: Tree, area: Rectangle, depth: int, path: str, hue: int, group: bool) -> str:
    style = (
        f"left:{100 * area.x / WIDTH:.3f}%;top:{100 * area.y / HEIGHT:.3f}%;"
        f"width:{100 * area.width / WIDTH:.3f}%;height:{100 * area.height / HEIGHT:.3f}%"
    )
    label = ""
    if area.width * area.height > LABELLED and area.width > LABEL and area.height > LABEL / 2:
        label = f"<b>{escape(tree.name)}</b> <i>{readable(tree.size)}</i>"
    title = escape(f"{path}: {readable(tree.size)} ({tree.size} bytes)")
    kind = "group" if group else "leaf" if label else "leaf bare"
    return (
        f'<div class="{kind} hue{hue % 8} deep{min(depth, 3)}" style="{style}" title="{title}">{label}</div>'
    )


def readable(size: int) -> str:
    if size >= 1024 * 1024:
        return f"{size / 1024 / 1024:.2f} MiB"
    return f"{size / 1024:.1f} KiB" if size >= 1024 else f"{size} B"


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root { --paper: #fff; --ink: #1b1b1f; --light: 88%; --step: -7%; --edge: rgb(255 255 255 / .75) }
@media (prefers-color-scheme: dark) {
  :root { --paper: #141417; --ink: #ececf1; --light: 22%; --step: 6%; --edge: rgb(0 0 0 / .55) }
}
* { box-sizing: border-box; margin: 0 }
body { background: var(--paper); color: var(--ink); font: 13px/1.25 system-ui, sans-serif;
  display: flex; flex-direction: column; height: 100vh; padding: 10px 12px 12px; gap: 8px }
h1 { font-size: 16px; font-weight: 600 }
main { position: relative; flex: 1; min-height: 300px; overflow: hidden }
div { position: absolute; overflow: hidden; padding: 2px 5px;
  border: 1px solid var(--edge); border-radius: 3px;
  background: hsl(var(--hue) 55% calc(var(--light) + var(--deep) * var(--step))) }
.leaf { overflow-wrap: anywhere } .bare { padding: 0 }
.leaf:hover { outline: 2px solid var(--ink); outline-offset: -2px }
.group { white-space: nowrap }
b { font-weight: 600 } .leaf b { font-weight: 400 } i { font-style: normal; opacity: .65 }
.deep1 { --deep: 0; font-size: 14px } .deep2 { --deep: 1; font-size: 12px }
.deep3 { --deep: 2; font-size: 11px }
.hue0 { --hue: 215 } .hue1 { --hue: 150 } .hue2 { --hue: 32 } .hue3 { --hue: 280 }
.hue4 { --hue: 355 } .hue5 { --hue: 190 } .hue6 { --hue: 60 } .hue7 { --hue: 320 }
</style>
<h1>{heading}</h1>
<main>
{boxes}
</main>
</html>
"""
