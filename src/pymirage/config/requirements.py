"""Packages and modules that config.py names in `packages=[...]` and `include=[...]`."""

from __future__ import annotations

from collections.abc import Sequence

from pymirage.config.error import ConfigError
from pymirage.config.location import Location


def requirements(packages: Sequence[str], location: Location | None) -> tuple[str, ...]:
    """The packages, after checking that each is written as PEP 508 says."""
    found = several("packages", packages, location)
    if not found:
        return ()
    from packaging.requirements import InvalidRequirement, Requirement  # most configurations need none

    for text in found:
        try:
            Requirement(text)
        except InvalidRequirement:
            remedy = "write a package's name, or for example h11>=0.16"
            message = f"packages: {text!r} is no requirement (PEP 508): {remedy}"
            raise ConfigError(location, message) from None
    return found


def several(option: str, names: Sequence[str], location: Location | None) -> tuple[str, ...]:
    """The names. A single one in place of a list would be taken letter by letter."""
    if isinstance(names, str):
        raise ConfigError(location, f"{option} wants a list: write {option}=[{names!r}]")
    for name in names:
        if not isinstance(name, str):
            raise ConfigError(location, f"{option} wants texts, got {name!r}")
    return tuple(names)
