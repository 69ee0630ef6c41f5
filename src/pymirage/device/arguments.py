"""Checks of what callers pass to key-value stores, the same for every implementation."""

from __future__ import annotations

from pymirage.device.error import OutOfRange
from pymirage.device.key import segments
from pymirage.error import UsageError


def below_root(key: str) -> tuple[str, ...]:
    """The names of a key that is to change."""
    names = segments(key)
    if not names:
        raise UsageError("the root can be neither set, removed nor renamed")
    return names


def check_range(key: str, offset: int, length: int = 0) -> None:
    if offset < 0 or length < 0:
        raise OutOfRange(f"{key!r}: offset {offset} and length {length} must not be negative")


def check_move(source: tuple[str, ...], destination: tuple[str, ...]) -> None:
    if destination[: len(source)] == source:
        raise UsageError(f"cannot move {'/'.join(source)!r} below itself, to {'/'.join(destination)!r}")


def spliced(old: bytes, offset: int, data: bytes) -> bytes:
    """`old` with `data` at `offset`, and zeros in a gap."""
    return b"".join((old[:offset].ljust(offset, b"\0"), data, old[offset + len(data) :]))
