"""A page of the documentation, as the steps that a reader would take.

A Python block whose first line is a comment with a file name is that file; a `console` block is a
transcript (see `tests/cli/transcript.py`), without exit statuses. Other blocks are only read. A comment
`<!-- boots -->` at the top says that the page builds images, `<!-- packages -->` that it asks an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cli.transcript import Shell, matches, read

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.\w+)\n")
_STATUS = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Block:
    """A fenced block with its language and the line that it begins in."""

    language: str
    text: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        yield Block(found[1], found[2], text.count("\n", 0, found.start()) + 1)


def follow(page: Path, directory: Path, variables: dict[str, str]) -> int:
    """Take every step in `directory`; an AssertionError shows the first that goes otherwise. Counts steps."""
    shell = Shell(directory, variables)
    steps = 0
    for block in blocks(page.read_text(encoding="utf-8")):
        named = _FILE.match(block.text)
        if block.language == "python" and named is not None:
            (shell.directory / named[1]).write_text(block.text[named.end() :], encoding="utf-8")
        elif block.language == "console":
            steps += _play(page, block, shell)
    return steps


def _play(page: Path, block: Block, shell: Shell) -> int:
    steps = list(read(block.text))
    for step in steps:
        seen = [line for line in shell.run(step) if not _STATUS.fullmatch(line)]
        place = f"{page.name}:{block.line + step.line}: $ {step.command}"
        difference = [place, "the page says:", *step.expected, "seen:", *seen]
        assert matches(step.expected, seen), "\n".join(difference)
    return len(steps)
