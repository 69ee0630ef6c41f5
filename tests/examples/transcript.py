"""Console sessions in a README, as commands and what they should print.

A session is a fenced block marked `console`. A line that begins with `$ ` is a command, the lines below are
its output, standard error included. `...` stands for any text within a line, and alone on a line for any
number of lines. `echo $?` asks for the exit status of the command before; not asked for, it must be 0.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STATUS = "echo $?"


@dataclass(frozen=True)
class Step:
    """One command, and what it should do."""

    command: tuple[str, ...]
    output: str
    status: int

    def matches(self, printed: str) -> bool:
        return _pattern(self.output).fullmatch(printed) is not None


def sessions(text: str) -> list[Step]:
    """All steps of all sessions of a page, in order."""
    return [step for block in _BLOCK.findall(text) for step in _steps(block)]


def _steps(block: str) -> Iterator[Step]:
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    assert parts[0] == "", f"a session begins with a command, not with {parts[0]!r}"
    commands = list(zip(parts[1::2], parts[2::2], strict=True))
    for (command, output), following in zip(commands, [*commands[1:], ("", "")], strict=True):
        if command != _STATUS:
            status = int(following[1]) if following[0] == _STATUS else 0
            yield Step(tuple(shlex.split(command)), output, status)


def _pattern(output: str) -> re.Pattern[str]:
    lines = output.splitlines()
    return re.compile("".join(map(_line, lines)), re.DOTALL)


def _line(line: str) -> str:
    if line == "...":
        return r"(?:[^\n]*\n)*?"
    return r"[^\n]*".join(map(re.escape, line.split("..."))) + r"\n"
