"""The device tree in the terminal, with the keys, packages and attached devices below it."""

from __future__ import annotations

from collections.abc import Iterator

from pymirage.boot.help_text import explanation, usage
from pymirage.config.annotation import short
from pymirage.config.check import Bound, Value
from pymirage.config.graph import Graph, configure_keys
from pymirage.config.keys import ConfigureKey, RuntimeKey
from pymirage.config.value import Attached, Implementation
from pymirage.tool.configured import Configured
from pymirage.tool.describe.keys import boot_key
from pymirage.tool.describe.picture import driver_name
from pymirage.tool.output import Line, Part, table


def tree(configured: Configured) -> Iterator[Line]:
    """All lines."""
    graph = configured.graph
    place = f"  {graph.unikernel.location}" if graph.unikernel.location else ""
    yield [Part(graph.name, "name"), f" on {graph.target.name}", Part(place, "dim")]
    yield []
    yield [Part(graph.signature.name, "name")]
    yield from _Branches(graph).below([*graph.arguments, *graph.options], "")
    yield from _section("Run-time keys, at boot", [_runtime_row(key) for key in graph.keys])
    keys = configure_keys(configured.unikernel)
    yield from _section("Configure keys", [_configure_row(key, configured) for key in keys])
    yield from _section(
        "Attached by the tender", [[each.name, Part(each.type, "dim")] for each in graph.attachments]
    )
    yield from _section("Packages", [[package] for package in graph.packages])
    yield from _section("Embedded files", [[path] for _, path in graph.files])


class _Branches:
    """Walks the devices; what was shown before is only named again."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._shown: set[Implementation] = set()

    def below(self, arguments: list[Bound], indent: str) -> Iterator[Line]:
        for number, (parameter, value) in enumerate(arguments, 1):
            is_last = number == len(arguments)
            name = parameter.name if parameter is not None else "*"
            yield [Part(indent + ("└── " if is_last else "├── "), "dim"), name, *self._value(value)]
            if isinstance(value, Implementation) and value not in self._shown:
                self._shown.add(value)
                device = self._graph.device(value)
                deeper = indent + ("    " if is_last else "│   ")
                needs = [*device.arguments, *device.options]
                if device.value.type is not None:  # of the catalogue: its text shows the constants
                    needs = [each for each in needs if isinstance(each[1], Implementation | RuntimeKey)]
                yield from self.below(needs, deeper)

    def _value(self, value: Value) -> Line:
        if isinstance(value, RuntimeKey):
            return [" = ", Part(f"--{value.name}", "name")]
        if isinstance(value, Attached):
            return [" = attached ", Part(value.name, "name")]
        if not isinstance(value, Implementation):
            return [f" = {value!r}"]
        device = self._graph.device(value)
        again = "  (shared, above)" if value in self._shown and device.signature is not None else ""
        driver = "" if again else f"  {driver_name(device, self._graph)}"
        return [
            ": ",
            Part(short(device.type), "type"),
            " = ",
            Part(value.text, "name"),
            Part(again or driver, "dim"),
        ]


def _section(title: str, rows: list[Line]) -> Iterator[Line]:
    if rows:
        yield []
        yield [Part(title, "name")]
        yield from table(rows)


def _runtime_row(key: RuntimeKey) -> Line:
    row = boot_key(key)
    return [Part(usage(row), "name"), explanation(row)]


def _configure_row(key: ConfigureKey, configured: Configured) -> Line:
    row, value = boot_key(key), configured.values[key.name]
    now = "" if value == key.default else f", now {key.kind.kind.format(value)}"
    return [Part(usage(row), "name"), explanation(row) + now]
