"""Choices by configure keys: `if_(key, a, b)` and `match_(key, {value: a, ...}, default=b)`.

`target` is a configure key that always exists.
"""

from __future__ import annotations

from collections.abc import Mapping

from pymirage.boot.nearest import did_you_mean
from pymirage.config.error import ConfigError
from pymirage.config.keys import Condition, ConfigureKey, RuntimeKey
from pymirage.config.kinds import choice, key_kind
from pymirage.config.location import Location, here
from pymirage.config.target import DEFAULT, HOST, SOLO5, TARGETS
from pymirage.config.value import Argument, Choice, Constant, Missing

target = ConfigureKey("target", key_kind(choice(*TARGETS)), DEFAULT, "what to build for")
"""The target that is configured."""

platform = ConfigureKey("platform", key_kind(choice(HOST, SOLO5)), HOST, "the drivers to stand on")
"""The host's Python or an image; a target's executable and what `run` starts can differ in it."""


def if_(condition: ConfigureKey | Condition, then: Argument, otherwise: Argument) -> Choice:
    """`then` where a bool configure key is true, or a key `.is_(value)`; else `otherwise`."""
    location = here()
    if isinstance(condition, Condition):
        key, value = condition.key, condition.value
    else:
        key, value = _configure_key(condition, "if_", location), True
        if key.kind.types != ("bool",):
            got = f"{key.text} is {key.kind.text}"
            raise ConfigError(location, f"if_ wants a bool key, {got}: ask .is_(value)")
    return Choice(key, ((_case(key, value, location), then),), otherwise, f"if_({key.name})", location)


def match_(
    key: ConfigureKey,
    cases: Mapping[object, Argument],
    *,
    default: Argument | Missing = Missing(),  # noqa: B008
) -> Choice:
    """The argument whose case is the key's value; without a default every value needs a case."""
    location = here()
    key = _configure_key(key, "match_", location)
    pairs = tuple((_case(key, value, location), argument) for value, argument in cases.items())
    missing = [word for word in key.kind.words if word not in dict(pairs)]
    if isinstance(default, Missing) and (missing or not key.kind.words):
        what = f"has no case for {', '.join(missing)}: add it" if missing else "needs a default: add"
        raise ConfigError(location, f"match_ on {key.text} {what} or default=...")
    return Choice(key, pairs, default, f"match_({key.name})", location)


def _configure_key(key: object, function: str, location: Location | None) -> ConfigureKey:
    if isinstance(key, ConfigureKey):
        return key
    got = f"run-time {key.text}" if isinstance(key, RuntimeKey) else repr(key)
    remedy = "make it with configure_key(...)"
    raise ConfigError(location, f"{function} wants a configure key, got {got}: {remedy}")


def _case(key: ConfigureKey, value: object, location: Location | None) -> Constant:
    """The case as the text of a command line would give it."""
    text = key.kind.kind.format(value) if not isinstance(value, str) else value
    try:
        case: Constant = key.kind.kind.parse(text)
    except ValueError:
        hint = did_you_mean(str(value), key.kind.words, f"expected {key.kind.kind.expected}")
        raise ConfigError(location, f"{key.text} is never {value!r}: {hint}") from None
    return case
