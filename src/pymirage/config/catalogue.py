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


def spell(function: str, *arguments: object) -> str:
    """A call as it is written in config.py, with the quotes that people use."""
    return f"{function}({', '.join(map(_literal, arguments))})"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(getattr(value, "text", None) or repr(value))
