"""Kinds of key values as config.py writes them: `int`, `IPv4Address`, `choice("a", "b")`, an Enum class.

Each is known by the expression that makes it in the generated program and by the annotations that a
parameter for it can have.
"""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass, field
from typing import Any

from pymirage.boot import kind as boot_kind
from pymirage.boot.kind import Kind
from pymirage.error import UsageError

CONFIG_MODULE = "config"
"""What config.py is called while it runs; nothing of it can be in an image."""

_BOOT_KIND = "pymirage.boot.kind"
_BOOT_ADDRESS = "pymirage.boot.address"


@dataclass(frozen=True)
class KeyKind:
    """A kind of key value."""

    name: str
    """The constant of `module` in the generated program, or the function that makes the kind."""
    types: tuple[str, ...]
    """The types of the values, as dotted names; a parameter must accept each of them."""
    module: str = _BOOT_KIND
    words: tuple[str, ...] = ()
    """The words of a choice or the names of an enum's members."""
    enumeration: type[enum.Enum] | None = None
    kind: Kind[Any] = field(default=boot_kind.STRING, compare=False)

    def value(self, written: object) -> object:
        """What config.py means: times and addresses, of which Python has no literal, also as text.

        Raises ValueError for text that is none of this kind.
        """
        if isinstance(written, str) and self.name in _WRITTEN_AS_TEXT:
            return self.kind.parse(written)
        return written

    @property
    def text(self) -> str:
        """The name for messages."""
        if self.name == "choice":
            return f"choice({', '.join(map(repr, self.words))})".replace("'", '"')
        return (
            self.enumeration.__name__
            if self.enumeration is not None
            else " | ".join(name.rpartition(".")[2] for name in self.types)
        )


@dataclass(frozen=True)
class Words:
    """`choice("debug", "info")`: the value is one of these words."""

    words: tuple[str, ...]


class Duration:
    """The type `duration`: a time span in nanoseconds, written `500ms` or `2m30s`."""


class Address:
    """The type `address`: an IPv4 or an IPv6 address."""


class Prefix:
    """The type `prefix`: an IPv4 or an IPv6 prefix."""


class Interface:
    """The type `interface`: an IPv4 or IPv6 address with its prefix."""


class Mac:
    """The type `mac`: the address of an Ethernet station, as six bytes."""


duration = Duration
address = Address
prefix = Prefix
interface = Interface
mac = Mac

KindLike = type | Words


def choice(*words: str) -> Words:
    """A key value that is one of some words."""
    if not words or len(set(words)) != len(words):
        raise UsageError("choice() wants at least one word, each once")
    return Words(words)


def key_kind(kind: KindLike) -> KeyKind:
    """The kind that config.py means."""
    if isinstance(kind, Words):
        return KeyKind("choice", ("str",), words=kind.words, kind=boot_kind.choice(*kind.words))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        if kind.__module__ == CONFIG_MODULE or "." in kind.__qualname__:
            raise UsageError(
                f"the program cannot import {kind.__qualname__}: define it at the top of a module"
            )
        members = {member.name.lower(): member for member in kind}
        return KeyKind(
            "enumeration",
            (f"{kind.__module__}.{kind.__qualname__}",),
            words=tuple(members),
            enumeration=kind,
            kind=boot_kind.enumeration(members),
        )
    found = _SIMPLE.get(kind) or _address_kind(kind)
    if found is None:
        expected = "int, bool, str, float, duration, choice(...), an Enum class or a type of ipaddress"
        raise UsageError(f"{getattr(kind, '__name__', kind)!s} is no kind of key: use {expected}")
    return found


def _simple(name: str, type_name: str) -> KeyKind:
    return KeyKind(name, (type_name,), kind=getattr(boot_kind, name))


_SIMPLE: dict[object, KeyKind] = {
    int: _simple("INTEGER", "int"),
    bool: _simple("BOOLEAN", "bool"),
    str: _simple("STRING", "str"),
    float: _simple("FLOAT", "float"),
    Duration: _simple("DURATION", "int"),
    Mac: _simple("MAC_ADDRESS", "bytes"),
}
_ADDRESS: dict[object, tuple[str, tuple[type, ...]]] = {
    ipaddress.IPv4Address: ("IPV4_ADDRESS", (ipaddress.IPv4Address,)),
    ipaddress.IPv6Address: ("IPV6_ADDRESS", (ipaddress.IPv6Address,)),
    ipaddress.IPv4Network: ("IPV4_PREFIX", (ipaddress.IPv4Network,)),
    ipaddress.IPv6Network: ("IPV6_PREFIX", (ipaddress.IPv6Network,)),
    ipaddress.IPv4Interface: ("IPV4_INTERFACE", (ipaddress.IPv4Interface,)),
    ipaddress.IPv6Interface: ("IPV6_INTERFACE", (ipaddress.IPv6Interface,)),
    Address: ("ADDRESS", (ipaddress.IPv4Address, ipaddress.IPv6Address)),
    Prefix: ("PREFIX", (ipaddress.IPv4Network, ipaddress.IPv6Network)),
    Interface: ("INTERFACE", (ipaddress.IPv4Interface, ipaddress.IPv6Interface)),
}
_WRITTEN_AS_TEXT = {"DURATION", "MAC_ADDRESS", *(name for name, _ in _ADDRESS.values())}


def _address_kind(kind: object) -> KeyKind | None:
    if kind not in _ADDRESS:
        return None
    from pymirage.boot import address as boot_address

    name, types = _ADDRESS[kind]
    dotted = tuple(f"ipaddress.{each.__name__}" for each in types)
    return KeyKind(name, dotted, _BOOT_ADDRESS, kind=getattr(boot_address, name))
