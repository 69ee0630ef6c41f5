"""What the modules of the catalogue (`console`, `clock`, `kv`, …) build their values with."""

from __future__ import annotations

from pymirage.config.location import here
from pymirage.config.target import HOST, SOLO5
from pymirage.config.value import Argument, Attachment, Implementation


def driver(
    device: str,
    *,
    host: str | None,
    solo5: str | None,
    label: str,
    text: str,
    arguments: tuple[Argument, ...] = (),
    options: tuple[tuple[str, Argument], ...] = (),
    attachment: Attachment | None = None,
    files: tuple[tuple[str, str], ...] = (),
    instead: str = "",
) -> Implementation:
    """A device of `pymirage.device` by this project's own drivers, named relative to `pymirage.driver`."""
    drivers = [
        (platform, f"pymirage.driver.{name}")
        for platform, name in ((HOST, host), (SOLO5, solo5))
        if name is not None
    ]
    return Implementation(
        drivers=tuple(drivers),
        type=f"pymirage.device.{device}",
        arguments=arguments,
        options=options,
        attachment=attachment,
        files=files,
        instead=instead,
        label=label,
        text=text,
        location=here(),
    )


def store(module: str, maker: str, *arguments: Argument, name: str = "") -> Implementation:
    """A key-value store of `pymirage.storage`, the same on the host's Python and in images."""
    made = f"pymirage.storage.{module}:{maker}"
    shown = name or module
    # Clocks are a store's own affair: config.py does not write them.
    written = [argument for argument in arguments if getattr(argument, "label", "") != "wall_clock"]
    return Implementation(
        drivers=((HOST, made), (SOLO5, made)),
        type="pymirage.device.KeyValue",
        arguments=arguments,
        label=shown,
        text=spell(f"kv.{shown}", *written),
        location=here(),
    )


def disk(
    maker: str, name: str, *arguments: Argument, options: tuple[tuple[str, Argument], ...] = ()
) -> Implementation:
    """A block device made of another one by `pymirage.storage`."""
    made = f"pymirage.storage.{maker}"
    return Implementation(
        drivers=((HOST, made), (SOLO5, made)),
        type="pymirage.device.Block",
        arguments=arguments,
        options=options,
        label=name,
        text=spell(f"block.{name}", *arguments),
        location=here(),
    )


def spell(function: str, *arguments: object) -> str:
    """A call as it is written in config.py, with the quotes that people use."""
    return f"{function}({', '.join(map(_literal, arguments))})"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(getattr(value, "text", None) or repr(value))
