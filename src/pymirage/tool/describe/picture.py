"""The device graph as nodes and edges, the common form of all drawings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pymirage.config.annotation import short
from pymirage.config.check import Bound
from pymirage.config.graph import Device, Graph
from pymirage.config.keys import RuntimeKey
from pymirage.config.value import Implementation


@dataclass(frozen=True)
class Node:
    """A box: what it is called, its device type, its driver, and the keys that it takes."""

    id: str
    title: str
    subtitle: str
    driver: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Edge:
    """`source` needs `sink`, for the parameter `label`."""

    source: str
    sink: str
    label: str


@dataclass(frozen=True)
class Picture:
    """A graph to draw. The first node is the unikernel; each device comes after those that it needs."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def picture(graph: Graph) -> Picture:
    """The graph of a configured unikernel."""
    ids = {device.value: f"device{number}" for number, device in enumerate(graph.devices, 1)}
    application = [*graph.arguments, *graph.options]
    root = Node("unikernel", graph.name, graph.signature.name, "", _keys(application))
    nodes = [root, *(_device(ids[device.value], device, graph) for device in graph.devices)]
    edges = list(_edges(root.id, application, ids))
    for device in graph.devices:
        edges += _edges(ids[device.value], [*device.arguments, *device.options], ids)
    return Picture(f"{graph.name} on {graph.target.name}", tuple(nodes), tuple(edges))


def driver_name(device: Device, graph: Graph) -> str:
    """The driver as a dotted name; empty for what the generated program has anyway."""
    return (device.value.driver(graph.platform) or "").replace(":", ".")


def _device(identity: str, device: Device, graph: Graph) -> Node:
    keys = _keys([*device.arguments, *device.options])
    return Node(identity, device.value.text, short(device.type), driver_name(device, graph), keys)


def _keys(arguments: list[Bound]) -> tuple[str, ...]:
    return tuple(f"--{value.name}" for _, value in arguments if isinstance(value, RuntimeKey))


def _edges(source: str, arguments: list[Bound], ids: dict[Implementation, str]) -> Iterator[Edge]:
    for parameter, value in arguments:
        if isinstance(value, Implementation):
            yield Edge(source, ids[value], parameter.name if parameter is not None else "")
