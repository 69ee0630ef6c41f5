"""The generated program `main.py`: readable, typed, and in the order in which things happen.

It imports the drivers and the application, states the facts and the keys, and defines `start`, which
connects each device after those that it needs and then runs the application.
"""

from __future__ import annotations

import builtins
import json
import keyword
from collections.abc import Iterable

from pymirage.boot import Facts
from pymirage.config.check import Bound, Value
from pymirage.config.graph import Device, Graph
from pymirage.config.info import FACTS
from pymirage.config.keys import RuntimeKey
from pymirage.config.kinds import KeyKind
from pymirage.config.target import SOLO5
from pymirage.config.value import Attached, Implementation

_WIDTH = 110
_OWN_NAMES = ("Arguments", "Facts", "Key", "boot", "Literal", FACTS, "KEYS", "start", "arguments")


def emit(graph: Graph, facts: Facts) -> str:
    """The whole program as text."""
    return _Program(graph, facts).text()


class _Program:
    def __init__(self, graph: Graph, facts: Facts) -> None:
        self._graph = graph
        self._facts = facts
        self._taken = {*_OWN_NAMES, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
        self._imports: dict[tuple[str, str], str] = {}
        self._enumerations: dict[tuple[str, str], str] = {}
        self._application = graph.unikernel.entry.partition(":")[0]
        self._taken.add(self._application.partition(".")[0])
        for device in graph.devices:
            if device.signature is not None:
                self._import(*_driver(graph, device).split(":"))
        for key in graph.keys:
            self._import_kind(key.kind)
        self._key_names = {key.name: self._name(_constant_name(key.name)) for key in graph.keys}
        self._variables = {device.value: self._variable(device) for device in graph.devices}

    def text(self) -> str:
        graph = self._graph
        lines = [
            f'"""{graph.name} on {graph.target.name}, as `pymirage configure` made it from config.py."""',
            "",
            *self._import_lines(),
            "",
            *_call(f"{FACTS} = Facts", self._fact_arguments(), ""),
            "",
            *(line for key in graph.keys for line in self._key(key)),
            f"KEYS = {_tuple(self._key_names[key.name] for key in graph.keys)}",
            "",
            "",
            *self._start(),
            "",
            "",
            'if __name__ == "__main__":',
            f"    boot({FACTS}, KEYS, start)",
        ]
        return "\n".join(lines) + "\n"

    # Imports and names

    def _import(self, module: str, name: str) -> str:
        if (module, name) not in self._imports:
            self._imports[module, name] = self._name(name)
        return self._imports[module, name]

    def _import_kind(self, kind: KeyKind) -> None:
        self._import(*kind.module.rsplit(".", 1))
        if kind.enumeration is not None:
            self._import(kind.enumeration.__module__, kind.enumeration.__qualname__)

    def _name(self, wanted: str) -> str:
        """A name that nothing else has."""
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken.add(name)
        return name

    def _variable(self, device: Device) -> str:
        if device.value.label == FACTS:
            return FACTS
        label = "".join(letter if letter.isalnum() else "_" for letter in device.value.label)
        return self._name(label)

    def _import_lines(self) -> Iterable[str]:
        """pymirage first, then the project and its packages; one line for each module."""
        names = {"pymirage.boot": ["Arguments", "Facts"], "pymirage.boot.start": ["boot"]}
        if self._graph.keys:
            names["pymirage.boot.key"] = ["Key"]
        for (module, name), alias in self._imports.items():
            names.setdefault(module, []).append(f"{name} as {alias}" if alias != name else name)
        lines = {module: f"from {module} import {', '.join(sorted(each))}" for module, each in names.items()}
        lines.setdefault(self._application, "")
        own = [lines[module] for module in sorted(lines) if module.startswith("pymirage.")]
        others = [lines[module] for module in sorted(lines) if not module.startswith("pymirage.")]
        literal = ["from typing import Literal", ""] if self._has_choices() else []
        return [*literal, *own, "", *filter(None, others), f"import {self._application}"]

    def _has_choices(self) -> bool:
        return any(key.kind.name == "choice" for key in self._graph.keys)

    # Facts and keys

    def _fact_arguments(self) -> list[str]:
        facts = self._facts
        packages = [f"packages={_literal(facts.packages)}"] if facts.packages else []
        return [
            f"name={_literal(facts.name)}",
            f"version={_literal(facts.version)}",
            f"target={_literal(facts.target)}",
            f"pymirage={_literal(facts.pymirage)}",
            *packages,
        ]

    def _key(self, key: RuntimeKey) -> list[str]:
        maker = "Key"
        if key.required or key.repeated or key.optional:
            maker = "Key.required" if key.required else "Key.repeated" if key.repeated else "Key.optional"
        arguments = [_literal(key.name), self._kind(key.kind)]
        if key.default not in (None, ()):
            arguments.append(f"default={self._default(key)}")
        if key.help:
            arguments.append(f"help={_literal(key.help)}")
        if key.environment:
            arguments.append(f"environment={_literal(key.environment)}")
        return _call(f"{self._key_names[key.name]}{self._key_type(key)} = {maker}", arguments, "")

    def _key_type(self, key: RuntimeKey) -> str:
        """Choices say which words they have, so that the application's Literal is checked against them."""
        if key.kind.name != "choice":
            return ""
        literal = f"Literal[{', '.join(map(_literal, key.kind.words))}]"
        if key.repeated:
            literal = f"tuple[{literal}, ...]"
        return f": Key[{literal}{' | None' if key.optional else ''}]"

    def _kind(self, kind: KeyKind) -> str:
        package, _, module = kind.module.rpartition(".")
        name = f"{self._imports[package, module]}.{kind.name}"
        if kind.enumeration is not None:
            owner = self._imports[kind.enumeration.__module__, kind.enumeration.__qualname__]
            members = ", ".join(
                f"{_literal(member.name.lower())}: {owner}.{member.name}" for member in kind.enumeration
            )
            return f"{name}({{{members}}})"
        return f"{name}({', '.join(map(_literal, kind.words))})" if kind.words else name

    def _default(self, key: RuntimeKey) -> str:
        kind = key.kind
        values = key.default if isinstance(key.default, tuple) else (key.default,)
        texts = [self._default_value(kind, value) for value in values]
        return _tuple(texts) if key.repeated else texts[0]

    def _default_value(self, kind: KeyKind, value: object) -> str:
        if kind.enumeration is not None:
            owner = self._imports[kind.enumeration.__module__, kind.enumeration.__qualname__]
            return f"{owner}.{getattr(value, 'name')}"  # noqa: B009
        if kind.module.endswith(".address"):
            return f"{self._kind(kind)}.parse({_literal(str(value))})"
        return _literal(value)

    # The start stage

    def _start(self) -> list[str]:
        graph = self._graph
        uses_arguments = bool(graph.keys) or (bool(graph.attachments) and graph.platform != SOLO5)
        parameter = "arguments" if uses_arguments else "_arguments"
        lines = [f"async def start({parameter}: Arguments) -> None:"]
        for device in graph.devices:
            if device.signature is not None:
                lines += self._connect(device)
        function = graph.unikernel.entry.replace(":", ".")
        arguments = [*self._positional(graph.arguments), *self._named(graph.options, graph.unikernel.options)]
        if graph.signature.is_class:
            called = _call(f"application = {function}", arguments, "    ")
            return [*lines, *called, "    await application.start()"]
        wait = "await " if graph.signature.is_async else ""
        return [*lines, *_call(f"{wait}{function}", arguments, "    ")]

    def _connect(self, device: Device) -> list[str]:
        signature = device.signature
        assert signature is not None
        module, name = _driver(self._graph, device).split(":")
        function = self._imports[module, name]
        if signature.constructor:
            function += f".{signature.constructor}"
        wait = "await " if signature.is_async else ""
        arguments = [*self._positional(device.arguments), *self._named(device.options, device.value.options)]
        return _call(f"{self._variables[device.value]} = {wait}{function}", arguments, "    ")

    def _positional(self, arguments: Iterable[Bound]) -> list[str]:
        return [self._value(value) for _, value in arguments]

    def _named(self, bound: Iterable[Bound], options: Iterable[tuple[str, object]]) -> list[str]:
        return [f"{name}={self._value(value)}" for (name, _), (_, value) in zip(options, bound, strict=True)]

    def _value(self, value: Value) -> str:
        if isinstance(value, Implementation):
            return self._variables[value]
        if isinstance(value, RuntimeKey):
            return f"arguments[{self._key_names[value.name]}]"
        if isinstance(value, Attached):
            name = _literal(value.name)
            return name if self._graph.platform == SOLO5 else f"arguments.attached({name})"
        return _literal(value)


def _driver(graph: Graph, device: Device) -> str:
    driver = device.value.driver(graph.platform)
    assert driver is not None  # the graph has checked it
    return driver


def _tuple(texts: Iterable[str]) -> str:
    items = list(texts)
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def _constant_name(key: str) -> str:
    return key.replace("-", "_").upper()


def _literal(value: object) -> str:
    """The value as source text, with double quotes as in hand-written code."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=not value.isprintable())
    if isinstance(value, tuple):
        return _tuple(map(_literal, value))
    return repr(value)


def _call(function: str, arguments: list[str], indent: str) -> list[str]:
    """A call in one line where it fits, otherwise with one argument a line."""
    line = f"{indent}{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return [line]
    return [f"{indent}{function}(", *(f"{indent}    {argument}," for argument in arguments), f"{indent})"]
