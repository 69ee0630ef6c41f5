"""What a name in a source file stands for, found by reading sources, never by running them.

Imports, their aliases, re-exports, assignments and `type` statements are followed to the class or
function itself, whose dotted name (`pymirage.device.clock.WallClock`) is then its identity.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymirage.error import UsageError

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

_SAME = {"typing.Text": "str", "typing.List": "list", "typing.Tuple": "tuple"} | {
    f"typing.{name}": f"collections.abc.{name}"
    for name in ("Sequence", "Iterable", "Collection", "Awaitable")
}
"""Names that typing still has for classes whose home is elsewhere."""


@dataclass(frozen=True)
class Imported:
    """A binding made by an import: of a module, or of a name in it."""

    module: str
    name: str | None


Binding = Imported | Definition | ast.expr


@dataclass(frozen=True)
class Module:
    """A parsed source file and what its top level binds."""

    name: str
    path: Path
    bindings: dict[str, Binding]


@dataclass(frozen=True)
class Found:
    """A class or function, and the module whose names its annotations use."""

    module: Module
    node: Definition

    @property
    def name(self) -> str:
        """The dotted name that identifies it."""
        return f"{self.module.name}.{self.node.name}"


class Sources:
    """The modules below some directories, each parsed once. Modules elsewhere stay opaque names."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = roots
        self._modules: dict[str, Module | None] = {}

    @property
    def read(self) -> list[Path]:
        """The files that were read so far: an answer is stale when one of them changes."""
        return [module.path for module in self._modules.values() if module is not None]

    def module(self, name: str) -> Module | None:
        """The module of this name; None when no root has its source. Raises UsageError for a syntax error."""
        if name not in self._modules:
            path = self._find(name)
            self._modules[name] = None if path is None else _parse(name, path)
        return self._modules[name]

    def _find(self, name: str) -> Path | None:
        stem = name.replace(".", "/")
        for root in self._roots:
            for path in (root / f"{stem}.py", root / stem / "__init__.py", root / f"{stem}.pyi"):
                if path.is_file():
                    return path
        return None

    def top_level(self) -> list[str]:
        """The modules of the project itself, for hints."""
        return [path.stem for path in self._roots[0].glob("*.py")]

    def definition(self, name: str) -> Found | None:
        """The class or function with this dotted name, when its source is known."""
        module_name, _, attribute = self.canonical(name).rpartition(".")
        module = self.module(module_name) if module_name else None
        node = module.bindings.get(attribute) if module is not None else None
        if module is None or not isinstance(node, Definition):
            return None
        return Found(module, node)

    def canonical(self, name: str) -> str:
        """The dotted name of the definition that a dotted name leads to."""
        found = self._canonical(name, frozenset())
        return _SAME.get(found, found)

    def _canonical(self, name: str, seen: frozenset[str]) -> str:
        module_name, _, attribute = name.rpartition(".")
        if name in seen or not module_name or self.module(name) is not None:
            return name
        module = self.module(module_name)
        if module is None:
            owner = self._canonical(module_name, seen | {name})
            return name if owner == module_name else self._canonical(f"{owner}.{attribute}", seen | {name})
        return self._follow(module, attribute, seen | {name})

    def _follow(self, module: Module, attribute: str, seen: frozenset[str]) -> str:
        binding = module.bindings.get(attribute)
        if isinstance(binding, Imported):
            target = binding.module if binding.name is None else f"{binding.module}.{binding.name}"
            return self._canonical(target, seen)
        if isinstance(binding, ast.Name | ast.Attribute):
            return self._canonical(self._dotted(module, binding), seen)
        return f"{module.name}.{attribute}"

    def resolve(self, module: Module, expression: ast.expr) -> str:
        """The dotted name that an expression of names and attributes stands for in a module."""
        return self.canonical(self._dotted(module, expression))

    def _dotted(self, module: Module, expression: ast.expr) -> str:
        if isinstance(expression, ast.Attribute):
            return f"{self._dotted(module, expression.value)}.{expression.attr}"
        if not isinstance(expression, ast.Name):
            return ast.unparse(expression)
        binding = module.bindings.get(expression.id)
        if binding is None:
            return expression.id  # a name of builtins
        if isinstance(binding, Imported):
            return binding.module if binding.name is None else f"{binding.module}.{binding.name}"
        return f"{module.name}.{expression.id}"

    def alias(self, module: Module, expression: ast.expr) -> tuple[Module, ast.expr] | None:
        """The other annotation that a name stands for (`Clock = WallClock | None`), and its module."""
        owner, _, attribute = self.resolve(module, expression).rpartition(".")
        found = self.module(owner) if owner else None
        binding = found.bindings.get(attribute) if found is not None else None
        if found is None or not isinstance(binding, ast.expr):
            return None
        return found, binding

    def ancestors(self, name: str) -> Iterator[str]:
        """The class itself and all its base classes, as dotted names, as far as sources are known."""
        pending, seen = [self.canonical(name)], set[str]()
        while pending:
            current = pending.pop(0)
            if current in seen:
                continue
            seen.add(current)
            yield current
            found = self.definition(current)
            if found is not None and isinstance(found.node, ast.ClassDef):
                pending += [self.resolve(found.module, _unsubscripted(base)) for base in found.node.bases]


def _unsubscripted(expression: ast.expr) -> ast.expr:
    return expression.value if isinstance(expression, ast.Subscript) else expression


def _parse(name: str, path: Path) -> Module:
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        raise UsageError(f"{path.name}:{error.lineno}: SyntaxError: {error.msg}") from None
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return Module(name, path, dict(_bindings(package, tree.body)))


def _bindings(package: str, body: Iterable[ast.stmt]) -> Iterator[tuple[str, Binding]]:
    for statement in body:
        match statement:
            case ast.Import():
                for alias in statement.names:
                    first = alias.name.partition(".")[0]
                    yield alias.asname or first, Imported(alias.name if alias.asname else first, None)
            case ast.ImportFrom():
                module = _absolute(package, statement)
                for alias in statement.names:
                    yield alias.asname or alias.name, Imported(module, alias.name)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield statement.name, statement
            case ast.Assign(targets=[ast.Name(id=bound)], value=value):
                yield bound, value
            case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value):
                yield bound, value
            case ast.If() | ast.Try():
                # TYPE_CHECKING blocks and fall-backs; the first branch is what a type checker sees.
                yield from _bindings(package, getattr(statement, "orelse", []))
                yield from _bindings(package, statement.body)
            case _ if type(statement).__name__ == "TypeAlias":  # `type X = ...` exists from Python 3.12
                yield statement.name.id, statement.value  # type: ignore[attr-defined]


def _absolute(package: str, statement: ast.ImportFrom) -> str:
    if not statement.level:
        return statement.module or ""
    parents = package.split(".")
    base = ".".join(parents[: len(parents) - statement.level + 1])
    return f"{base}.{statement.module}" if statement.module else base
