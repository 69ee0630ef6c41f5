"""Devices of the host, as a process on the host's Python is given them: it is its own tender.

Leading options `--net:NAME=INTERFACE` and `--block:NAME=FILE` attach them, as for every tender; `--mem=MB`
is accepted and means nothing here; `--` ends them.
"""

from collections.abc import Sequence

from pymirage.boot.error import BootError

_KINDS = ("--net:", "--block:")


def take(line: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The attached devices by name, and the rest of the command line."""
    attached: dict[str, str] = {}
    rest = list(line)
    while rest and (rest[0].startswith(_KINDS) or rest[0].startswith("--mem=")):
        option = rest.pop(0)
        if not option.startswith("--mem="):
            _attach(attached, option)
    if rest and rest[0] == "--":
        del rest[0]
    return attached, rest


def _attach(attached: dict[str, str], option: str) -> None:
    name, equals, what = option.partition(":")[2].partition("=")
    if not name or not equals or not what:
        raise BootError(f"bad option {option!r}: expected --net:NAME=INTERFACE or --block:NAME=FILE")
    if name in attached:
        raise BootError(f"device {name!r} is attached twice: attach it once")
    attached[name] = what
