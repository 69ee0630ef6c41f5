"""The device graph in the languages of Graphviz (DOT) and Mermaid."""

from __future__ import annotations

import html
import json

from pymirage.tool.describe.picture import Node, Picture


def dot(picture: Picture) -> str:
    """For `dot -Tsvg`."""
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        '  node [shape = box, style = rounded, fontname = "sans-serif"]',
        '  edge [fontname = "sans-serif", fontsize = 10]',
        *(f"  {node.id} [label = {_quoted(_label(node))}]" for node in picture.nodes),
        *(f"  {edge.source} -> {edge.sink} [label = {_quoted(edge.label)}]" for edge in picture.edges),
        "}",
    ]
    return "\n".join(lines)


def mermaid(picture: Picture) -> str:
    """For documents that render Mermaid, as many forges do."""
    lines = ["flowchart TB"]
    for node in picture.nodes:
        label = html.escape(_label(node)).replace("\n", "<br/>")
        lines.append(f'  {node.id}["{label}"]')
    for edge in picture.edges:
        label = f"|{edge.label}|" if edge.label else ""
        lines.append(f"  {edge.source} -->{label} {edge.sink}")
    return "\n".join(lines)


def _label(node: Node) -> str:
    return "\n".join([node.title, node.subtitle, *node.keys])


def _quoted(text: str) -> str:
    """DOT's strings are written as JSON's."""
    return json.dumps(text, ensure_ascii=False)
