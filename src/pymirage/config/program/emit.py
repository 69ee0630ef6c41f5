"""From a device graph to the text of its program.

It imports the drivers and the application, states the facts and the keys, and defines `start`, which
connects each device after those that it needs and then runs the application.
"""

from __future__ import annotations

from collections.abc import Iterable

from pymirage.boot import Facts
from pymirage.config.check import Bound, Value
from pymirage.config.graph import Device, Graph
from pymirage.config.info import FACTS
from pymirage.config.keys import RuntimeKey
from pymirage.config.program.keys import declare, is_choice
from pymirage.config.program.names import Names
from pymirage.config.program.text import call, literal, tuple_of
from pymirage.config.target import SOLO5
from pymirage.config.value import Attached, Implementation

_RESERVED = (
    "Arguments",
    "Facts",
    "Key",
    "Literal",
    "boot",
    FACTS,
    "KEYS",
    "start",
    "arguments",
    "application",
)
_INDENT = "    "


def emit(graph: Graph, facts: Facts) -> str:
    """The whole program."""
    return _Program(graph).text(facts)


class _Program:
    """What the things of one graph are called in its program."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._application = graph.unikernel.entry.partition(":")[0]
        self._names = names = Names([*_RESERVED, self._application.partition(".")[0]])
        self._drivers = {each.value: names.imported(*_driver(each, graph)) for each in _connected(graph)}
        for key in graph.keys:
            names.imported(*key.kind.module.rsplit(".", 1))
        self._keys = {key.name: names.new(key.name.upper()) for key in graph.keys}
        self._variables = {each.value: names.new(each.value.label) for each in _connected(graph)}

    def text(self, facts: Facts) -> str:
        graph = self._graph
        keys = [line for key in graph.keys for line in declare(key, self._keys[key.name], self._names)]
        lines = [
            f'"""{graph.name} on {graph.target.name}, as `pymirage configure` made it from config.py."""',
            "",
            *self._imports(),
            "",
            *call(f"{FACTS} = Facts", _facts(facts)),
            "",
            *keys,
            f"KEYS = {tuple_of(self._keys.values())}",
            "",
            "",
            *self._start(),
            "",
            "",
            'if __name__ == "__main__":',
            f"    boot({FACTS}, KEYS, start)",
        ]
        return "\n".join(lines) + "\n"

    def _imports(self) -> list[str]:
        always = {"pymirage.boot": ["Arguments", "Facts"], "pymirage.boot.start": ["boot"]}
        if self._graph.keys:
            always["pymirage.boot.key"] = ["Key"]
        typing = ["from typing import Literal", ""] if any(map(is_choice, self._graph.keys)) else []
        return [*typing, *self._names.import_lines(always), f"import {self._application}"]

    def _start(self) -> list[str]:
        graph = self._graph
        attached = bool(graph.attachments) and graph.platform != SOLO5
        parameter = "arguments" if graph.keys or attached else "_arguments"
        lines = [f"async def start({parameter}: Arguments) -> None:"]
        for device in _connected(graph):
            lines += self._connect(device)
        function = graph.unikernel.entry.replace(":", ".")
        arguments = self._arguments(graph.arguments, graph.options, graph.unikernel.options)
        if graph.signature.is_class:
            return [
                *lines,
                *call(f"application = {function}", arguments, _INDENT),
                "    await application.start()",
            ]
        wait = "await " if graph.signature.is_async else ""
        return [*lines, *call(f"{wait}{function}", arguments, _INDENT)]

    def _connect(self, device: Device) -> list[str]:
        value, signature = device.value, device.signature
        assert signature is not None  # of a connected device
        constructor = f".{signature.constructor}" if signature.constructor else ""
        wait = "await " if signature.is_async else ""
        function = f"{self._variables[value]} = {wait}{self._drivers[value]}{constructor}"
        return call(function, self._arguments(device.arguments, device.options, value.options), _INDENT)

    def _arguments(
        self, positional: Iterable[Bound], bound: Iterable[Bound], options: Iterable[tuple[str, object]]
    ) -> list[str]:
        named = zip(options, bound, strict=True)
        return [
            *(self._value(value) for _, value in positional),
            *(f"{name}={self._value(value)}" for (name, _), (_, value) in named),
        ]

    def _value(self, value: Value) -> str:
        if isinstance(value, Implementation):
            return self._variables.get(value, FACTS)
        if isinstance(value, RuntimeKey):
            return f"arguments[{self._keys[value.name]}]"
        if isinstance(value, Attached):
            name = literal(value.name)
            return name if self._graph.platform == SOLO5 else f"arguments.attached({name})"
        return literal(value)


def _connected(graph: Graph) -> list[Device]:
    """The devices that have a driver; the others are what the program has anyway."""
    return [device for device in graph.devices if device.signature is not None]


def _driver(device: Device, graph: Graph) -> tuple[str, str]:
    module, _, name = (device.value.driver(graph.platform) or "").partition(":")
    return module, name


def _facts(facts: Facts) -> list[str]:
    packages = [f"packages={literal(facts.packages)}"] if facts.packages else []
    return [
        f"name={literal(facts.name)}",
        f"version={literal(facts.version)}",
        f"target={literal(facts.target)}",
        f"pymirage={literal(facts.pymirage)}",
        *packages,
        *_description(facts.description),
    ]


def _description(text: str) -> list[str]:
    """One string, written in lines."""
    lines = [f"{_INDENT * 2}{literal(line)}" for line in text.splitlines(keepends=True)]
    return ["\n".join(["description=(", *lines, f"{_INDENT})"])] if lines else []
