"""The texts of `--help` and `--version`. Loaded only when asked for; they touch no device."""

import sys
from collections.abc import Iterable
from typing import Any

from pymirage.boot.arguments import Keys
from pymirage.boot.facts import Facts
from pymirage.boot.key import Key

_WIDTH = 100
_ALWAYS = [
    ("-l, --logs=LEVELS", "what to log, for example net:debug,*:info"),
    ("-h, --help", "print this text and exit"),
    ("--version", "print the versions and exit"),
]


def help_text(facts: Facts, keys: Keys) -> str:
    """All options, one paragraph each."""
    rows = [(usage(key), explanation(key)) for key in keys]
    width = max(len(left) for left, _ in [*rows, *_ALWAYS]) + 4
    lines = [f"{facts.name} {facts.version}, a unikernel for {facts.target}", ""]
    if rows:
        lines += ["Keys:", *_table(rows, width), ""]
    lines += ["Always:", *_table(_ALWAYS, width)]
    return "\n".join(lines)


def version_text(facts: Facts) -> str:
    """One line of versions."""
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{facts.name} {facts.version} ({facts.target}, pymirage {facts.pymirage}, CPython {python})"


def usage(key: Key[Any]) -> str:
    """How the key is written."""
    if key.kind.flag and not key.is_repeated:
        return f"--[no-]{key.name}"
    return f"--{key.name}={key.kind.metavar}"


def explanation(key: Key[Any]) -> str:
    """The key's help with what holds when it is not given."""
    default = key.format_default()
    notes = [
        "required" if key.is_required else "",
        "can be repeated" if key.is_repeated else "",
        f"default: {default}" if default else "",
        f"environment: {key.environment}" if key.environment else "",
    ]
    note = "; ".join(filter(None, notes))
    return " ".join(filter(None, [key.help, f"({note})" if note else ""]))


def _table(rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    return [line for left, right in rows for line in _row(left, right, width)]


def _row(left: str, right: str, width: int) -> list[str]:
    """`left` in its column, the words of `right` wrapped beside it."""
    lines = [f"  {left}".ljust(width)]
    for word in right.split():
        if len(lines[-1]) + len(word) >= _WIDTH and not lines[-1].isspace():
            lines.append(" " * width)
        lines[-1] += word + " "
    return [line.rstrip() for line in lines]
