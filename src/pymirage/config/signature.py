"""The signature of an application or driver, read without importing it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pymirage.boot.nearest import did_you_mean
from pymirage.config.annotation import Annotations, short
from pymirage.config.error import ConfigError
from pymirage.config.location import Location
from pymirage.config.names import Found, Sources
from pymirage.error import UsageError


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


def read(sources: Sources, entry: str, *, connect: bool = True) -> Signature:
    """The signature of `module:name`. With `connect`, a class with an async `connect` is called by that.

    Without, it is of an application, and a function has to be async. Raises UsageError when the module or
    the name does not exist.
    """
    found = find(sources, entry)
    if isinstance(found.node, ast.ClassDef):
        return _of_class(sources, found, connect)
    if not connect and isinstance(found.node, ast.FunctionDef):
        name, place = found.node.name, Location(found.module.path.name, found.node.lineno)
        raise ConfigError(place, f"{name} is not async: write `async def {name}(...)`")
    return _of_function(sources, found, found.node, found.node.name, skip=0)


def find(sources: Sources, entry: str) -> Found:
    """The definition that `module:name` names."""
    module_name, colon, name = entry.partition(":")
    if not colon or not module_name or not name.isidentifier():
        raise UsageError(f'{entry!r} names nothing: write it as "module:name"')
    module = sources.module(module_name)
    if module is None:
        hint = did_you_mean(module_name, sources.top_level(), "make it, or correct the name")
        raise UsageError(f"there is no module {module_name} in this project (for {entry!r}): {hint}")
    found = sources.definition(f"{module_name}.{name}")
    if found is None:
        message = f"module {module_name} has no function or class {name}"
        raise UsageError(f"{message}: {did_you_mean(name, module.bindings, 'add it, or correct the name')}")
    return found


def _of_function(
    sources: Sources, found: Found, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, skip: int
) -> Signature:
    """Of a function or method; the first `skip` parameters are not the caller's (self, cls)."""
    full_name = f"{found.module.name}.{name}"
    arguments = node.args
    ordinary = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(ordinary) - len(arguments.defaults)) + list(arguments.defaults)

    def parameter(argument: ast.arg, default: ast.expr | None, is_keyword_only: bool) -> Parameter:
        try:
            types = Annotations(sources).types(found.module, argument.annotation)
        except UsageError as error:
            raise UsageError(f"parameter {argument.arg!r} of {full_name}: {error}") from None
        return Parameter(argument.arg, types, default is not None, is_keyword_only)

    positional = [parameter(*pair, False) for pair in list(zip(ordinary, defaults, strict=True))[skip:]]
    keyword_only = [
        parameter(*pair, True) for pair in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    result = Annotations(sources).types(found.module, node.returns)
    return Signature(
        name=full_name,
        parameters=(*positional, *keyword_only),
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
            Annotations(sources).types(found.module, statement.annotation),
            statement.value is not None,
            False,
        )
        for statement in found.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    )
