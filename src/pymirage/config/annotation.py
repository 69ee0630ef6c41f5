"""Annotations: which types a parameter accepts, as dotted names.

Strings, Optional, Union, `|`, Annotated, Literal and names for other annotations are understood. Of what
is generic, only tuples and sequences are compared with their elements.
"""

from __future__ import annotations

import ast

from pymirage.config.names import Module, Sources
from pymirage.error import UsageError

NONE = "None"
ANYTHING = frozenset({"object", "typing.Any"})
LITERAL = "Literal:"
"""In front of a word that a Literal allows."""

_COLLECTIONS = ("tuple", *(f"collections.abc.{name}" for name in ("Sequence", "Iterable", "Collection")))


def short(name: str) -> str:
    """A type's name without the module in front of it."""
    if name.startswith(LITERAL):
        return repr(name.removeprefix(LITERAL))
    head, bracket, tail = name.partition("[")
    return head.rpartition(".")[2] + bracket + tail


class Annotations:
    """Reads annotations. `within` are the names whose meaning is just being read."""

    def __init__(self, sources: Sources, within: frozenset[str] = frozenset()) -> None:
        self._sources = sources
        self._within = within

    def types(self, module: Module, annotation: ast.expr | None) -> tuple[str, ...]:
        """The alternatives of an annotation in a module, in the order in which they are written."""
        match annotation:
            case None:
                return ()
            case ast.Constant(value=None):
                return (NONE,)
            case ast.Constant(value=str(text)):
                return self.types(module, _parse(text))
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return (*self.types(module, left), *self.types(module, right))
            case ast.Subscript():
                return self._subscript(module, annotation)
            case ast.Name() | ast.Attribute():
                return self._name(module, annotation)
            case _:
                raise UsageError(f"the annotation {ast.unparse(annotation)} is no type")

    def _name(self, module: Module, annotation: ast.expr) -> tuple[str, ...]:
        meaning = self._sources.alias(module, annotation)
        name = self._sources.resolve(module, annotation)
        if meaning is None:
            return (name,)
        if name in self._within:
            raise UsageError(f"the annotation {ast.unparse(annotation)} only stands for itself")
        return Annotations(self._sources, self._within | {name}).types(*meaning)

    def _subscript(self, module: Module, annotation: ast.Subscript) -> tuple[str, ...]:
        inner = annotation.slice
        parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
        match self._sources.resolve(module, annotation.value):
            case "typing.Optional":
                return (*self.types(module, inner), NONE)
            case "typing.Union":
                return tuple(name for part in parts for name in self.types(module, part))
            case "typing.Annotated" | "typing.Final":
                return self.types(module, parts[0])
            case "typing.Literal":
                return tuple(f"{LITERAL}{part.value!s}" for part in parts if isinstance(part, ast.Constant))
            case base if base in _COLLECTIONS:
                return (f"{base}[{', '.join(self._element(module, part) for part in parts)}]",)
            case base:
                return (base,)

    def _element(self, module: Module, part: ast.expr) -> str:
        if isinstance(part, ast.Constant) and part.value is Ellipsis:
            return "..."
        return " | ".join(sorted(self.types(module, part)))


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise UsageError(f"the annotation {text!r} is not Python") from None
