"""The declarations of keys in a generated program."""

from __future__ import annotations

from pymirage.config.keys import RuntimeKey
from pymirage.config.kinds import KeyKind
from pymirage.config.program.names import Names
from pymirage.config.program.text import call, literal, tuple_of


def declare(key: RuntimeKey, variable: str, names: Names) -> list[str]:
    """`PORT = Key("port", kind.INTEGER, default=8080)`."""
    arguments = [literal(key.name), _kind(key.kind, names)]
    if key.default not in (None, ()):
        arguments.append(f"default={_default(key, names)}")
    if key.help:
        arguments.append(f"help={literal(key.help)}")
    if key.environment:
        arguments.append(f"environment={literal(key.environment)}")
    return call(f"{variable}{_annotation(key)} = {_maker(key)}", arguments)


def is_choice(key: RuntimeKey) -> bool:
    """Whether its declaration is annotated with a Literal."""
    return key.kind.name == "choice"


def _maker(key: RuntimeKey) -> str:
    if key.required:
        return "Key.required"
    if key.repeated:
        return "Key.repeated"
    return "Key.optional" if key.optional else "Key"


def _annotation(key: RuntimeKey) -> str:
    """Choices say which words they have, so that a type checker compares the application's Literal."""
    if not is_choice(key):
        return ""
    words = f"Literal[{', '.join(map(literal, key.kind.words))}]"
    if key.repeated:
        words = f"tuple[{words}, ...]"
    return f": Key[{words}{' | None' if key.optional else ''}]"


def _kind(kind: KeyKind, names: Names) -> str:
    package, _, module = kind.module.rpartition(".")
    name = f"{names.imported(package, module)}.{kind.name}"
    if kind.enumeration is not None:
        owner = names.imported(kind.enumeration.__module__, kind.enumeration.__qualname__)
        members = [f"{literal(each.name.lower())}: {owner}.{each.name}" for each in kind.enumeration]
        return f"{name}({{{', '.join(members)}}})"
    return f"{name}({', '.join(map(literal, kind.words))})" if kind.words else name


def _default(key: RuntimeKey, names: Names) -> str:
    if key.repeated and isinstance(key.default, tuple):
        return tuple_of(_value(key.kind, each, names) for each in key.default)
    return _value(key.kind, key.default, names)


def _value(kind: KeyKind, value: object, names: Names) -> str:
    if kind.enumeration is not None and isinstance(value, kind.enumeration):
        owner = names.imported(kind.enumeration.__module__, kind.enumeration.__qualname__)
        return f"{owner}.{value.name}"
    if kind.module.endswith(".address"):
        return f"{_kind(kind, names)}.parse({literal(str(value))})"
    return literal(value)
