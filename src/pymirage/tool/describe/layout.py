"""Where the boxes of a drawing go: in layers, by the longest way from the unikernel (Sugiyama's method).

Every edge points down. An edge that passes a layer has an empty box there to pass through, so that it
crosses no other box. Within a layer, boxes are ordered by the mean position of what they are joined to,
in a few sweeps down and up, which removes most crossings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from pymirage.tool.describe.picture import Edge, Node, Picture

LETTER, LINE = 7.4, 19.0
"""The size of a letter of a box's text in pixels, estimated: nothing is drawn yet."""
PADDING, GAP, BETWEEN, PASSAGE = 18.0, 28.0, 72.0, 16.0
_SWEEPS = 12


@dataclass(eq=False)
class Box:
    """A node with its place, or the passage of an edge through a layer. (x, y) is the middle of the top."""

    node: Node | None
    width: float
    height: float
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    joined: list[Box] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """The boxes of nodes by their id, the boxes that each edge leads through, and the size of all."""

    boxes: dict[str, Box]
    ways: list[tuple[Edge, list[Box]]]
    width: float
    height: float


def layout(picture: Picture) -> Layout:
    """Place every node."""
    boxes = {node.id: _box(node) for node in picture.nodes}
    _assign_layers(picture, boxes)
    everything = list(boxes.values())
    ways = [(edge, _way(boxes[edge.source], boxes[edge.sink], everything)) for edge in picture.edges]
    layers: list[list[Box]] = [[] for _ in range(max(box.layer for box in everything) + 1)]
    for box in everything:
        layers[box.layer].append(box)
    for layer in layers:
        _spread(layer)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            _order(layer)
    width = _move_right(everything)
    return Layout(boxes, ways, width, _move_down(layers))


def rows(node: Node) -> list[str]:
    """The lines of text in a box."""
    return [node.title, node.subtitle, *node.keys]


def _box(node: Node) -> Box:
    texts = rows(node)
    return Box(node, max(map(len, [*texts, " " * 8])) * LETTER + 2 * PADDING, len(texts) * LINE + PADDING)


def _assign_layers(picture: Picture, boxes: dict[str, Box]) -> None:
    """A node is one below the lowest that needs it. Users come later in `nodes`, so walk it backwards."""
    root, *devices = picture.nodes
    for node in [root, *reversed(devices)]:
        for edge in picture.edges:
            if edge.source == node.id:
                sink = boxes[edge.sink]
                sink.layer = max(sink.layer, boxes[node.id].layer + 1)


def _way(source: Box, sink: Box, everything: list[Box]) -> list[Box]:
    """The boxes from source to sink, with new passages through the layers between them."""
    passages = [Box(None, PASSAGE, 0, layer) for layer in range(source.layer + 1, sink.layer)]
    everything += passages
    way = [source, *passages, sink]
    for upper, lower in pairwise(way):
        upper.joined.append(lower)
        lower.joined.append(upper)
    return way


def _order(layer: list[Box]) -> None:
    for box in layer:
        if box.joined:
            box.x = sum(other.x for other in box.joined) / len(box.joined)
    layer.sort(key=lambda box: box.x)
    _spread(layer)


def _spread(layer: list[Box]) -> None:
    """Push boxes apart until none overlap; on average the layer stays where it was."""
    wanted = sum(box.x for box in layer) / len(layer)
    for left, right in pairwise(layer):
        right.x = max(right.x, left.x + (left.width + right.width) / 2 + GAP)
    moved = sum(box.x for box in layer) / len(layer) - wanted
    for box in layer:
        box.x -= moved


def _move_right(boxes: list[Box]) -> float:
    """Let the drawing begin at the left edge; return its width."""
    left = min(box.x - box.width / 2 for box in boxes)
    for box in boxes:
        box.x -= left - 1
    return max(box.x + box.width / 2 for box in boxes) + 1


def _move_down(layers: list[list[Box]]) -> float:
    """Put each layer below the highest box of the one above; return the height of all."""
    y = 1.0
    for layer in layers:
        height = max(box.height for box in layer)
        for box in layer:
            box.y = y
            # A passage is as high as its layer: the edge goes straight through.
            box.height = height if box.node is None else box.height
        y += height + BETWEEN
    return y - BETWEEN + 1
