"""The guest's interpreter as a process that this tool asks for imports and bytecode, with a cache.

A rebuild asks it nothing: every answer is kept under a hash of all that it depends on (the source text, the
name it is compiled under, the interpreter, this worker), in the user's cache directory.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from pymirage.tool.image.error import ImageError
from pymirage.tool.whole import write_whole

WORKER = Path(__file__).with_name("guest_worker.py")


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement; `guest_worker` says what each field means."""

    line: int
    target: str
    names: tuple[str, ...]
    optional: bool
    conditional: bool
    function: str
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What to compile, and the file name that its tracebacks shall show."""

    path: Path
    module: str
    is_package: bool
    filename: str
    optimise: int

    def key(self, source: bytes, interpreter: str) -> str:
        facts = (interpreter, self.module, self.is_package, self.filename, self.optimise)
        return hashlib.sha256(repr(facts).encode() + b"\0" + source).hexdigest()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A module's imports, its marshalled code object and the hash of its source."""

    imports: tuple[Import, ...]
    code: bytes
    source: bytes


class Guest:
    """`compile` answers from the cache, else starts the interpreter (once) and asks it."""

    def __init__(self, python: Path, version: str, cache: Path) -> None:
        self.python = python
        self.cache = cache / "bytecode"
        self.interpreter = f"{version} {hashlib.sha256(WORKER.read_bytes()).hexdigest()}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.communicate()

    def compile(self, request: Request) -> Compiled:
        source = request.path.read_bytes()
        key = request.key(source, self.interpreter)
        entry = self.cache / key[:2] / key[2:]
        answer = read_entry(entry)
        if answer is None:
            answer = self.ask(request)
            write_entry(entry, answer)
        imports, code, problem = answer
        if problem:
            raise ImageError(problem)
        return Compiled(tuple(Import(*found) for found in imports), code, source)

    def ask(self, request: Request) -> Answer:
        if self.process is None:
            self.process = start(self.python)
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            marshal.dump(
                (str(request.path), request.module, request.is_package, request.filename, request.optimise),
                self.process.stdin,
                2,
            )
            self.process.stdin.flush()
            return cast("Answer", marshal.load(self.process.stdout))
        except (BrokenPipeError, EOFError, ValueError) as error:
            raise ImageError(
                f"the guest's interpreter {self.python} stopped while compiling {request.path}; "
                "`pymirage runtime clean` and building again replaces it"
            ) from error


Answer = tuple[list[tuple[int, str, tuple[str, ...], bool, bool, str, tuple[str, ...]]], bytes, str]


def start(python: Path) -> subprocess.Popen[bytes]:
    # A fixed hash seed: the order of a set must never reach the bytecode.
    environment = {"PYTHONHASHSEED": "0", "PATH": os.defpath}
    # Columns underline source text in tracebacks, and an image has none: 5 % less bytecode.
    command = [str(python), "-X", "no_debug_ranges", "-S", "-s", "-P", "-B", str(WORKER)]
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    except OSError as error:
        raise ImageError(
            f"the guest's interpreter {python} does not start ({error.strerror}); "
            "`pymirage runtime clean` and building again replaces it"
        ) from error


def read_entry(entry: Path) -> Answer | None:
    try:
        return cast("Answer", marshal.loads(entry.read_bytes()))
    except (OSError, EOFError, ValueError, TypeError):
        return None


def write_entry(entry: Path, answer: Answer) -> None:
    """Renamed into place when complete, so that two builds at once cannot read half an entry."""
    write_whole(entry, marshal.dumps(answer, 2))
