"""Transcripts of the command line: what is typed, and what is then seen.

    # a comment
    $ pymirage targets
    ...hvt...
    $ cat > config.py <<'END'
    > from pymirage.config import unikernel
    > END
    $ pymirage run -t htv
    pymirage: unknown target 'htv': did you mean hvt?
    [2]

A line `> …` continues the command above it. `...` stands for any text in a line and, alone, for any lines.
A last line `[2]` is the exit status, which is otherwise 0. Standard error is seen like standard output.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TIME_LIMIT = 1500.0
"""Seconds. Only a hang takes so long: the first build of a runtime takes minutes."""

_PYTHON = shlex.quote(sys.executable)
_FUNCTIONS = f"""python3() {{ {_PYTHON} "$@"; }}; pymirage() {{ {_PYTHON} -m pymirage "$@"; }}"""
"""The interpreter that runs the tests, whatever is on the path."""


@dataclass
class Step:
    """One command, with the line of the transcript that it is in."""

    line: int
    command: str
    expected: list[str] = field(default_factory=list)


def read(text: str) -> Iterator[Step]:
    """The steps of a transcript."""
    step: Step | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("$ "):
            if step is not None:
                yield step
            step = Step(number, line[2:])
        elif step is not None and line.startswith("> ") and not step.expected:
            step.command += "\n" + line[2:]
        elif step is not None and line == ">" and not step.expected:
            step.command += "\n"
        elif step is not None and not line.startswith("#"):
            step.expected.append(line)
    if step is not None:
        yield step


@dataclass
class Shell:
    """Runs steps one after another in a directory; `cd` is remembered."""

    directory: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, step: Step) -> list[str]:
        """What is seen, with the exit status as in a transcript."""
        words = step.command.split()
        if words[0] == "cd":
            self.directory = (self.directory / words[1]).resolve()
            return []
        done = subprocess.run(
            ["bash", "-c", f"{_FUNCTIONS}\n{step.command}"],
            cwd=self.directory,
            env={**os.environ, "TERM": "dumb", **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=TIME_LIMIT,
        )
        lines = done.stdout.rstrip("\n").splitlines()
        return [*lines, f"[{done.returncode}]"] if done.returncode else lines


def matches(expected: list[str], seen: list[str]) -> bool:
    """Whether what is seen is what the transcript says."""
    pattern = "".join(_pattern(line) for line in expected)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in seen)) is not None


def _pattern(line: str) -> str:
    if line == "...":
        return r"(.*\n)*?"
    return r"[^\n]*".join(map(re.escape, line.split("..."))) + r"\n"


def play(text: str, directory: Path) -> None:
    """Run a transcript; an AssertionError shows the first step that went otherwise."""
    shell = Shell(directory)
    for step in read(text):
        seen = shell.run(step)
        expected = step.expected
        while expected and not expected[-1]:  # an empty line between steps is for the reader
            expected = expected[:-1]
        difference = [f"line {step.line}: $ {step.command}", "expected:", *expected, "seen:", *seen]
        assert matches(expected, seen), "\n".join(difference)
