"""Keys of config.py as the image will have them, so that they are explained in the same words."""

from __future__ import annotations

from typing import Any

from pymirage.boot.key import Key
from pymirage.config.keys import ConfigureKey, RuntimeKey


def boot_key(key: RuntimeKey | ConfigureKey) -> Key[Any]:
    """The key with the attributes that help texts ask for."""
    kind = key.kind.kind
    if isinstance(key, ConfigureKey):
        return Key(key.name, kind, default=key.default, help=key.help)
    made: Key[Any] = Key(key.name, kind, default=key.default, help=key.help, environment=key.environment)
    made.is_required, made.is_repeated = key.required, key.repeated
    return made
