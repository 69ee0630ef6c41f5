"""Keys: named values. A *run-time* key is read when the image boots, a *configure* key when it is configured.

They are different types: only a configure key can choose between implementations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pymirage.boot.arguments import RESERVED
from pymirage.config.error import ConfigError
from pymirage.config.kinds import KeyKind, KindLike, key_kind
from pymirage.config.location import Location, here
from pymirage.error import UsageError

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_TOOL_OPTIONS = frozenset({"target", "platform", "file", "debug"})


@dataclass(frozen=True)
class RuntimeKey:
    """A key that is read from the boot command line, the same on every target."""

    name: str
    kind: KeyKind
    default: object
    required: bool
    repeated: bool
    help: str
    environment: str | None
    location: Location | None = field(default=None, compare=False)

    @property
    def optional(self) -> bool:
        """Whether the value is None when the key is not given."""
        return self.default is None and not self.required and not self.repeated

    @property
    def text(self) -> str:
        """How messages call it."""
        return f"key {self.name!r}"


@dataclass(frozen=True)
class ConfigureKey:
    """A key that is read when configuring: `pymirage configure --NAME=VALUE`."""

    name: str
    kind: KeyKind
    default: object
    help: str
    location: Location | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """How messages call it."""
        return f"configure key {self.name!r}"

    def is_(self, value: object) -> Condition:
        """The condition for `if_` that the key has this value."""
        return Condition(self, value)


@dataclass(frozen=True)
class Condition:
    """A question about a configure key."""

    key: ConfigureKey
    value: object


def key(
    name: str,
    kind: KindLike,
    *,
    default: object = None,
    required: bool = False,
    repeated: bool = False,
    help: str = "",
    environment: str | None = None,
) -> RuntimeKey:
    """A run-time key of an image.

    Without a default it must be `required`, or the parameter that takes it must accept None. A repeated
    key gives a tuple. `environment` names a variable that is read when the command line does not say.
    """
    location = here()
    found = _kind(location, name, kind)
    if required and default is not None:
        raise ConfigError(location, f"key {name!r} is required and has a default: remove one of them")
    if repeated:
        default = _defaults(location, name, found, default)
    elif default is not None:
        default = _default(location, name, found, default)
    if found.kind.flag and default is None and not required and not repeated:
        default = False
    return RuntimeKey(name, found, default, required, repeated, help, environment, location)


def configure_key(name: str, kind: KindLike, *, default: object, help: str = "") -> ConfigureKey:
    """A key whose value is fixed when configuring, and which `if_` and `match_` can ask."""
    location = here()
    found = _kind(location, name, kind)
    if name in _TOOL_OPTIONS:
        raise ConfigError(
            location, f"key {name!r} has the name of an option of pymirage: choose another name"
        )
    if default is None:
        raise ConfigError(location, f"configure key {name!r} needs a default")
    default = _default(location, name, found, default)
    return ConfigureKey(name, found, default, help, location)


def _kind(location: Location | None, name: str, kind: KindLike) -> KeyKind:
    if not _NAME.fullmatch(name):
        wanted = "lower-case letters, digits, - and _, beginning with a letter"
        raise ConfigError(location, f"{name!r} is no name for a key: use {wanted}")
    if name in RESERVED or name.startswith("no-"):
        raise ConfigError(
            location, f"key {name!r} has the name of an option of every image: choose another name"
        )
    try:
        return key_kind(kind)
    except UsageError as error:
        raise ConfigError(location, f"key {name!r}: {error}") from None


def _defaults(location: Location | None, name: str, kind: KeyKind, written: object) -> tuple[object, ...]:
    """The default of a key that can be repeated."""
    if written is None:
        return ()
    if isinstance(written, str) or not isinstance(written, Sequence):
        message = f"key {name!r} can be repeated: write its default as [{written!r}]"
        raise ConfigError(location, message)
    return tuple(_default(location, name, kind, each) for each in written)


def _default(location: Location | None, name: str, kind: KeyKind, written: object) -> object:
    """A default as a value; it must be what parsing its own text would give."""
    try:
        value = kind.value(written)
    except ValueError:
        value = written
    if not _is_of(kind, value):
        expected = kind.kind.expected
        raise ConfigError(location, f"key {name!r}: bad default {written!r}: expected {expected}")
    return value


def _is_of(kind: KeyKind, value: object) -> bool:
    if kind.enumeration is not None:
        return isinstance(value, kind.enumeration)
    name = type(value).__name__
    if "." in kind.types[0]:
        name = f"{type(value).__module__}.{name}"
    if name not in kind.types and (name, kind.types[0]) != ("int", "float"):
        return False
    return not kind.words or value in kind.words
