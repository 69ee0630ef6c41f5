"""Whether what config.py passes is what a signature wants; every mismatch is one line that says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pymirage.boot.nearest import did_you_mean
from pymirage.config.annotation import ANYTHING, LITERAL, NONE, short
from pymirage.config.error import ConfigError
from pymirage.config.keys import RuntimeKey
from pymirage.config.location import Location
from pymirage.config.names import Sources
from pymirage.config.signature import Parameter, Signature
from pymirage.config.value import Attached, Constant, Implementation

Value = Implementation | RuntimeKey | Attached | Constant
"""An argument after all choices are made."""

Bound = tuple[Parameter | None, Value]
"""An argument with the parameter that takes it; None for one of `*args` or `**kwargs`."""


@dataclass(frozen=True)
class Call:
    """A call in config.py, to be checked against the signature of what it calls."""

    signature: Signature
    arguments: tuple[Value, ...]
    options: tuple[tuple[str, Value], ...]
    location: Location | None


class Checker:
    """Checks calls. `type_of` says what type of device an implementation gives."""

    def __init__(self, sources: Sources, type_of: Callable[[Implementation], str]) -> None:
        self._sources = sources
        self._type_of = type_of

    def check(self, call: Call) -> tuple[list[Bound], list[Bound]]:
        """Pair arguments and options with their parameters. Raises ConfigError for what does not fit."""
        arguments = self._positional(call)
        taken = [parameter.name for parameter, _ in arguments if parameter is not None]
        options = [(self._option(call, name, taken), value) for name, value in call.options]
        taken += [parameter.name for parameter, _ in options if parameter is not None]
        self._nothing_missing(call, taken)
        for parameter, value in [*arguments, *options]:
            if parameter is not None:
                self._fits(call, parameter, value)
        return arguments, options

    def _positional(self, call: Call) -> list[Bound]:
        slots: Sequence[Parameter | None] = [
            parameter for parameter in call.signature.parameters if not parameter.is_keyword_only
        ]
        extra = call.arguments[len(slots) :]
        if extra and not call.signature.takes_any_arguments:
            count = _count(len(slots), "positional argument")
            over = f"got {len(call.arguments)}: {describe(extra[0])} is too many"
            raise ConfigError(call.location, f"{call.signature.name} takes {count}, {over}")
        return list(zip([*slots, *[None] * len(extra)], call.arguments, strict=False))

    def _option(self, call: Call, name: str, taken: list[str]) -> Parameter | None:
        parameters = {parameter.name: parameter for parameter in call.signature.parameters}
        if name in taken:
            raise ConfigError(call.location, f"parameter {name!r} of {call.signature.name} is given twice")
        if name in parameters:
            return parameters[name]
        if call.signature.takes_any_keywords:
            return None
        hint = did_you_mean(name, parameters, f"it has {', '.join(parameters) or 'none'}")
        raise ConfigError(call.location, f"{call.signature.name} has no parameter {name!r}: {hint}")

    def _nothing_missing(self, call: Call, taken: list[str]) -> None:
        for parameter in call.signature.parameters:
            if parameter.name not in taken and not parameter.has_default:
                wanted = f" ({parameter.wanted})" if parameter.types else ""
                missing = f"parameter {parameter.name!r}{wanted} of {call.signature.name} has no argument"
                raise ConfigError(call.location, f"{missing}: {_remedy(parameter)}")

    def _fits(self, call: Call, parameter: Parameter, value: Value) -> None:
        if not parameter.types:
            where = f"parameter {parameter.name!r} of {call.signature.name}"
            raise ConfigError(call.location, f"{where} has no annotation: write the type that it wants")
        if ANYTHING.intersection(parameter.types) or self._accepts(parameter.types, value):
            return
        where = f"parameter {parameter.name!r} of {call.signature.name}"
        got = self._got(value, call.location)
        with_none = (*parameter.types, NONE)
        if isinstance(value, RuntimeKey) and value.optional and self._accepts(with_none, value):
            got += " that can be absent: give it a default or required=True, or annotate the parameter "
            got += f"{parameter.wanted} | None"
        raise ConfigError(call.location, f"{where} wants {parameter.wanted}, got {got}")

    def _accepts(self, types: Sequence[str], value: Value) -> bool:
        if isinstance(value, Implementation):
            return not set(types).isdisjoint(self._sources.ancestors(self._type_of(value)))
        if isinstance(value, RuntimeKey):
            return _accepts_key(types, value)
        if isinstance(value, Attached):
            return "str" in types
        if isinstance(value, str) and f"{LITERAL}{value}" in types:
            return True
        return _accepts_type(types, NONE if value is None else type(value).__name__)

    def _got(self, value: Value, line: Location | None) -> str:
        """What was given, and where it was made if that is another line."""
        if not isinstance(value, Implementation | RuntimeKey):
            return describe(value)
        elsewhere = value.location is not None and value.location != line
        place = f" in line {value.location.line}" if elsewhere and value.location is not None else ""
        if isinstance(value, RuntimeKey):
            return f"{value.text} ({value.kind.text}{', repeated' if value.repeated else ''}){place}"
        return f"{short(self._type_of(value))} from {value.text}{place}"


def describe(value: Value) -> str:
    """An argument for messages."""
    if isinstance(value, Implementation | RuntimeKey):
        return value.text
    return f"{value!r} ({type(value).__name__})" if value is not None else "None"


def _accepts_key(types: Sequence[str], key: RuntimeKey) -> bool:
    if key.optional and NONE not in types:
        return False
    if key.repeated:
        element = " | ".join(sorted(key.kind.types))
        collections = {f"collections.abc.{name}[{element}]" for name in _COLLECTIONS}
        return not collections.union({f"tuple[{element}, ...]"}).isdisjoint(types)
    words = [f"{LITERAL}{word}" for word in key.kind.words]
    if words and all(word in types for word in words):
        return True
    return all(_accepts_type(types, name) for name in key.kind.types)


_COLLECTIONS = ("Sequence", "Iterable", "Collection")


def _accepts_type(types: Sequence[str], name: str) -> bool:
    return name in types or (name == "int" and "float" in types)


def _remedy(parameter: Parameter) -> str:
    if parameter.is_keyword_only and parameter.types:
        kind = next((name for name in parameter.types if name != NONE), "str")
        return f"add {parameter.name}=key({parameter.name!r}, {short(kind)}, ...)".replace("'", '"')
    return "add it"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
