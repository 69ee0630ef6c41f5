"""What the commands print: with colours on a terminal, plain when piped or when NO_COLOR is set.

The commands that must answer at once print by this; progress bars, which need more, use rich.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STYLES = {"name": "1", "type": "36", "dim": "2", "good": "32", "bad": "31", "warn": "33", "": ""}


@dataclass(frozen=True)
class Part:
    """A piece of a line with one of the STYLES."""

    text: str
    style: str = ""


Line = Sequence[Part | str]


def has_colours() -> bool:
    """Whether stdout wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_line(*parts: Part | str) -> None:
    """Print one line."""
    colours = has_colours()
    print("".join(_render(part, colours) for part in parts).rstrip())


def plain(line: Line) -> str:
    """A line without colours."""
    return "".join(_text(part) for part in line).rstrip()


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines."""
    for line in lines:
        print_line(*line)


def table(rows: Sequence[Line], indent: str = "  ") -> list[Line]:
    """Rows with their columns aligned, two spaces apart."""
    widths = [
        max(len(_text(row[column])) for row in rows if column < len(row)) for column in range(_columns(rows))
    ]
    return [[indent, *_padded(row, widths)] for row in rows]


def _columns(rows: Sequence[Line]) -> int:
    return max((len(row) for row in rows), default=0)


def _padded(row: Line, widths: list[int]) -> list[Part | str]:
    last = len(row) - 1
    cells: list[Part | str] = []
    for column, cell in enumerate(row):
        cells.append(cell)
        if column < last:
            cells.append(" " * (widths[column] - len(_text(cell)) + 2))
    return cells


def _text(part: Part | str) -> str:
    return part if isinstance(part, str) else part.text


def _render(part: Part | str, colours: bool) -> str:
    if isinstance(part, str):
        return part
    code = STYLES[part.style] if colours else ""
    return f"\x1b[{code}m{part.text}\x1b[0m" if code else part.text
