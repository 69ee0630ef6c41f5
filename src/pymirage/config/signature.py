"""The signature of an application or driver: its annotations, read without importing it.

A parameter's annotation becomes the dotted names of the types that it accepts. Strings, Optional,
Union, `|`, Annotated, Literal and aliases are understood.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pymirage.boot.nearest import did_you_mean
from pymirage.config.names import Found, Module, Sources
from pymirage.error import UsageError

NONE = "None"
ANYTHING = frozenset({"object", "typing.Any"})


@dataclass(frozen=True)
class Parameter:
    """One parameter. No `types` means that it has no annotation."""

    name: str
    types: tuple[str, ...]
    has_default: bool
    is_keyword_only: bool

    @property
    def wanted(self) -> str:
        """The types for messages, without their modules."""
        return " | ".join(short(name) for name in self.types)


@dataclass(frozen=True)
class Signature:
    """What can be called, with what, and what it gives."""

    name: str
    """For messages: module and name, `unikernel.main`."""
    parameters: tuple[Parameter, ...]
    takes_any_arguments: bool
    takes_any_keywords: bool
    is_async: bool
    result: str | None
    """The dotted name of what the call gives; None when it is not annotated."""
    has_start: bool = False
    """Whether it is a class with an async method `start`, which makes it an application."""
    is_class: bool = False
    constructor: str = ""
    """The class method to call instead of the class: `connect`, or nothing."""


def short(name: str) -> str:
    """A type's name without the modules in front of each part."""
    head, bracket, tail = name.partition("[")
    if name.startswith("Literal:"):
        return repr(name.removeprefix("Literal:"))
    return head.rpartition(".")[2] + (bracket + tail if bracket else "")


def read(sources: Sources, entry: str, *, connect: bool = True) -> Signature:
    """The signature of `module:name`. With `connect`, a class with an async `connect` is called by that.

    Raises UsageError when the module or the name does not exist.
    """
    found = find(sources, entry)
    if isinstance(found.node, ast.ClassDef):
        return _of_class(sources, found, connect)
    return _of_function(sources, found, found.node, found.node.name, skip=0)


def find(sources: Sources, entry: str) -> Found:
    """The definition that `module:name` names."""
    module_name, colon, name = entry.partition(":")
    if not colon or not module_name or not name.isidentifier():
        raise UsageError(f'{entry!r} names nothing: write it as "module:name"')
    module = sources.module(module_name)
    if module is None:
        raise UsageError(f"there is no module {module_name} in this project (for {entry!r})")
    found = sources.definition(f"{module_name}.{name}")
    if found is None:
        message = f"module {module_name} has no function or class {name}"
        raise UsageError(f"{message}: {did_you_mean(name, module.bindings, 'add it, or correct the name')}")
    return found


def _of_function(
    sources: Sources, found: Found, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, skip: int
) -> Signature:
    arguments = node.args
    ordinary = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(ordinary) - len(arguments.defaults)) + list(arguments.defaults)
    parameters = [
        Parameter(
            argument.arg, _types(sources, found.module, argument.annotation), default is not None, False
        )
        for argument, default in zip(ordinary, defaults, strict=True)
    ][skip:]
    parameters += [
        Parameter(argument.arg, _types(sources, found.module, argument.annotation), default is not None, True)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    result = _types(sources, found.module, node.returns)
    return Signature(
        name=f"{found.module.name}.{name}",
        parameters=tuple(parameters),
        takes_any_arguments=arguments.vararg is not None,
        takes_any_keywords=arguments.kwarg is not None,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        result=result[0] if len(result) == 1 else None,
    )


def _of_class(sources: Sources, found: Found, connect: bool) -> Signature:
    node = found.node
    assert isinstance(node, ast.ClassDef)
    start = _method(sources, found, "start")
    has_start = start is not None and isinstance(start[1], ast.AsyncFunctionDef)
    constructor = _method(sources, found, "connect") if connect else None
    if constructor is not None and not _is_class_method(constructor[1]):
        constructor = None
    called = constructor or _method(sources, found, "__init__")
    if called is not None:
        owner, method = called
        signature = _of_function(sources, owner, method, node.name, skip=1)
        parameters, any_arguments = signature.parameters, signature.takes_any_arguments
        any_keywords, is_async = signature.takes_any_keywords, signature.is_async
    else:
        parameters, any_arguments, any_keywords, is_async = _fields(sources, found), False, False, False
    return Signature(
        name=f"{found.module.name}.{node.name}",
        parameters=parameters,
        takes_any_arguments=any_arguments,
        takes_any_keywords=any_keywords,
        is_async=is_async,
        result=found.name,
        has_start=has_start,
        is_class=True,
        constructor="connect" if constructor is not None else "",
    )


def _is_class_method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "classmethod" for each in node.decorator_list)


def _method(
    sources: Sources, found: Found, name: str
) -> tuple[Found, ast.FunctionDef | ast.AsyncFunctionDef] | None:
    """The method of the class or of the nearest known ancestor, with the class that defines it."""
    for ancestor in sources.ancestors(found.name):
        owner = sources.definition(ancestor)
        if owner is None or not isinstance(owner.node, ast.ClassDef):
            continue
        for statement in owner.node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == name:
                return owner, statement
    return None


def _fields(sources: Sources, found: Found) -> tuple[Parameter, ...]:
    """The parameters of a dataclass: its annotated fields."""
    assert isinstance(found.node, ast.ClassDef)
    decorators = [each.func if isinstance(each, ast.Call) else each for each in found.node.decorator_list]
    if not any(sources.resolve(found.module, each) == "dataclasses.dataclass" for each in decorators):
        return ()
    return tuple(
        Parameter(
            statement.target.id,
            _types(sources, found.module, statement.annotation),
            statement.value is not None,
            False,
        )
        for statement in found.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    )


def _types(sources: Sources, module: Module, annotation: ast.expr | None) -> tuple[str, ...]:
    """The alternatives of an annotation as dotted names, in the order in which they are written."""
    if annotation is None:
        return ()
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return _types(sources, module, _parse(annotation.value))
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return (NONE,)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return (*_types(sources, module, annotation.left), *_types(sources, module, annotation.right))
    if isinstance(annotation, ast.Subscript):
        return _subscript(sources, module, annotation)
    owner, meaning = sources.alias(module, annotation)
    if meaning is not annotation:
        return _types(sources, owner, meaning)
    return (sources.resolve(module, annotation),)


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise UsageError(f"the annotation {text!r} is not Python") from None


def _subscript(sources: Sources, module: Module, annotation: ast.Subscript) -> tuple[str, ...]:
    base = sources.resolve(module, annotation.value)
    inner = annotation.slice
    parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
    match base:
        case "typing.Optional":
            return (*_types(sources, module, parts[0]), NONE)
        case "typing.Union":
            return tuple(name for part in parts for name in _types(sources, module, part))
        case "typing.Annotated" | "typing.Final":
            return _types(sources, module, parts[0])
        case "typing.Literal":
            return tuple(f"Literal:{part.value!s}" for part in parts if isinstance(part, ast.Constant))
        case "tuple" | "collections.abc.Sequence" | "collections.abc.Iterable" | "collections.abc.Collection":
            texts = [_element(sources, module, part) for part in parts]
            return (f"{base}[{', '.join(texts)}]",)
        case _:
            return (base,)  # a generic device type is compared without its parameters


def _element(sources: Sources, module: Module, part: ast.expr) -> str:
    if isinstance(part, ast.Constant) and part.value is Ellipsis:
        return "..."
    return " | ".join(sorted(_types(sources, module, part)))
