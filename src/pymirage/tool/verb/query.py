"""`pymirage query`: facts about the configuration, as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable

import click

from pymirage.boot.key import Key
from pymirage.config.check import describe
from pymirage.config.graph import configure_keys
from pymirage.config.target import TARGETS
from pymirage.config.value import Implementation
from pymirage.tool.configured import Configured, request_for, resolve
from pymirage.tool.describe.keys import boot_key
from pymirage.tool.describe.picture import driver_name
from pymirage.tool.project import here
from pymirage.tool.verb.options import configuring


def _packages(configured: Configured) -> object:
    return list(configured.graph.packages)


def _key(key: Key[object], *, runtime: bool) -> dict[str, object]:
    return {
        "name": key.name,
        "stage": "boot" if runtime else "configure",
        "expected": key.kind.expected,
        "default": key.format_default() or None,
        "required": key.is_required,
        "repeated": key.is_repeated,
        "environment": key.environment,
        "help": key.help,
    }


def _keys(configured: Configured) -> object:
    at_boot = [_key(boot_key(key), runtime=True) for key in configured.graph.keys]
    return at_boot + [_key(boot_key(key), runtime=False) for key in configure_keys(configured.unikernel)]


def _targets(_: Configured) -> object:
    return [{"name": each.name, "suffix": each.suffix, "help": each.help} for each in TARGETS.values()]


def _manifest(configured: Configured) -> object:
    return [{"name": each.name, "type": each.type} for each in configured.graph.attachments]


def _devices(configured: Configured) -> object:
    graph = configured.graph
    numbers = {device.value: number for number, device in enumerate(graph.devices)}
    return [
        {
            "device": device.value.text,
            "type": device.type,
            "driver": driver_name(device, graph) or None,
            "needs": [
                numbers[value] if isinstance(value, Implementation) else describe(value)
                for _, value in [*device.arguments, *device.options]
            ],
        }
        for device in graph.devices
    ]


FACTS: dict[str, Callable[[Configured], object]] = {
    "packages": _packages,
    "keys": _keys,
    "targets": _targets,
    "manifest": _manifest,
    "devices": _devices,
}


@click.command("query", context_settings={"ignore_unknown_options": True})
@click.argument("what", type=click.Choice(["all", *FACTS]), default="all")
@configuring
def command(what: str, target: str | None, unikernel: str | None, keys: tuple[str, ...]) -> None:
    """Print facts as JSON: one of packages, keys, targets, manifest, devices, or all of them."""
    project = here()
    configured = resolve(project, request_for(project, project.target(target), unikernel, keys))
    everything = {"name": configured.name, "target": configured.target.name}
    value = {**everything, **{name: fact(configured) for name, fact in FACTS.items()}}
    click.echo(json.dumps(value if what == "all" else value[what], indent=2, ensure_ascii=False))
