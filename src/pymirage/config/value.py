"""Configurations are values: implementations, choices between them, and unikernels.

All are frozen and compare by what they mean; `text` and `location` only serve messages. Equal
implementations are one device.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pymirage.config.keys import ConfigureKey, RuntimeKey
from pymirage.config.location import Location

Constant = bool | int | float | str | bytes | None
"""What can be written into the generated program as it stands."""


@dataclass(frozen=True)
class Attachment:
    """A device that the tender must attach, by the name and type of Solo5's manifest."""

    name: str
    type: str

    NET = "NET_BASIC"
    BLOCK = "BLOCK_BASIC"


@dataclass(frozen=True)
class Attached:
    """An argument that says what the tender attached: its name to an image, the thing itself on the host."""

    name: str


@dataclass(frozen=True)
class Implementation:
    """How a device comes to be: a driver, called with devices, keys and constants."""

    drivers: tuple[tuple[str, str], ...]
    """Per platform, the class or function `module:name` that makes the device. A class with an async
    class method `connect` is made by it."""
    type: str | None = None
    """The device type as a dotted name, when it is not simply what the driver's source says."""
    arguments: tuple[Argument, ...] = ()
    options: tuple[tuple[str, Argument], ...] = ()
    """Keyword arguments of the driver."""
    packages: tuple[str, ...] = ()
    """PEP 508 requirements of the driver."""
    attachment: Attachment | None = None
    files: tuple[tuple[str, str], ...] = ()
    """Directories to embed in an image: table name and path."""
    instead: str = field(default="", compare=False)
    """What to write for a target that no driver serves."""
    label: str = field(default="device", compare=False)
    """The variable's name in the generated program."""
    text: str = field(default="", compare=False)
    """How config.py spells it."""
    location: Location | None = field(default=None, compare=False)

    def driver(self, platform: str) -> str | None:
        """The driver on a platform; None where there is none."""
        return dict(self.drivers).get(platform)


@dataclass(frozen=True)
class Choice:
    """One of several arguments, chosen when configuring by the value of a configure key."""

    key: ConfigureKey
    cases: tuple[tuple[Constant, Argument], ...]
    otherwise: Argument | Missing
    text: str = field(default="", compare=False)
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Missing:
    """Stands for a default that a `match_` does not have."""


@dataclass(frozen=True)
class Unikernel:
    """An application and what it is called with. Its name is the one that config.py binds it to."""

    entry: str
    """`module:name` of an async function, or of a class with an async method `start`."""
    arguments: tuple[Argument, ...]
    options: tuple[tuple[str, Argument], ...]
    packages: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    location: Location | None = field(default=None, compare=False)


Argument = Implementation | Choice | RuntimeKey | ConfigureKey | Attached | Constant
"""What can be passed to a unikernel or a device."""
