"""Python source text, as a person would write it."""

from __future__ import annotations

from collections.abc import Iterable

WIDTH = 110


def literal(value: object) -> str:
    """The value as source text, with double quotes as in hand-written code."""
    if isinstance(value, tuple):
        return tuple_of(map(literal, value))
    text = repr(value)
    if isinstance(value, str) and '"' not in value:
        return f'"{text[1:-1]}"'
    return text


def tuple_of(texts: Iterable[str]) -> str:
    """A tuple of expressions."""
    items = list(texts)
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def call(function: str, arguments: list[str], indent: str = "") -> list[str]:
    """A call in one line where it fits, otherwise with one argument a line."""
    line = f"{indent}{function}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return [line]
    return [f"{indent}{function}(", *(f"{indent}    {argument}," for argument in arguments), f"{indent})"]
