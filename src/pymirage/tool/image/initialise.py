"""Brings a linked image up when it is built, to the call of `boot`, and takes what its memory then holds.

The program that does it is `runtime/tenders/initialise`: an ordinary process that needs neither root nor KVM
and gives the image nothing but a console. It does so three times: at last it knows what a start runs, and
what will live to the end, and places that densely (`runtime/libc/packing.h`). Each time it rehearses a start.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymirage.tool.image.elf import Elf
from pymirage.tool.image.error import ImageError
from pymirage.tool.image.rehearsal import date
from pymirage.tool.image.rehearsal.attend import Rehearsal, attend

ENTRY = "_initialise"

# struct initialise_part: address, size. Remarks and the pages that a start writes to have no address.
PART = struct.Struct("<QQ")
REMARKS, WRITTEN = 0, 1

# What runtime/python/judge.c says, and what an interpreter or a fault handler does.
JUDGED = "while the image is initialised"
FAILED = ("Traceback (most recent call last):", "Error: ", "fault: ")


# C modules that are part of the compiler.
COMPILERS = {"_ast", "_symtable", "_tokenize"}


@dataclass(frozen=True, slots=True)
class Part:
    """Writable memory of an initialised image: whole pages."""

    address: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """A line of the census: sort is "code", whose name is a file, "type", "table", "module", "compiled" for
    those of machine code that have run, "packed" or "bytecode", whose count is an address.
    """

    sort: str
    count: int
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class Packing:
    """Octets: of the region where what lives lies densely, of places in it that were kept in vain, of what
    should lie in it and does not. The latter two are the price of a second time that was unlike the first.
    """

    region: int
    in_vain: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Initialised:
    """The memory, what objects it holds (runtime/python/census.c), what the image printed on the way, and
    what a rehearsal of its start wrote to.
    """

    parts: tuple[Part, ...]
    census: tuple[Kind, ...]
    console: str
    written: tuple[int, ...]
    """Addresses of pages that every start writes to."""
    rehearsal: str
    """How that went."""

    def packing(self) -> Packing:
        return Packing(**{kind.name: kind.size for kind in self.census if kind.sort == "packed"})

    def modules(self) -> frozenset[str]:
        """What it has imported."""
        return frozenset(kind.name for kind in self.census if kind.sort == "module")

    def compiled(self) -> frozenset[str]:
        """Compiled modules that have run, which happens once."""
        return frozenset(kind.name for kind in self.census if kind.sort == "compiled")


def initialise(
    content: bytes,
    initialiser: Path,
    work: Path,
    ports: Sequence[int] = (),
    day: int = date.EARLIEST,
    *,
    without_eval: bool = False,
) -> Initialised:
    """Runs the linked image `content`; `work` is a directory for files. In the rehearsal of its start, on
    `day` (seconds since 1970), a client of HTTP comes to `ports`.

    Raises ImageError with what the image printed, a traceback most often, when it does not come to its
    `boot`.
    """
    image, memory = work / "linked", work / "memory"
    image.write_bytes(content)
    switches = ["--without-eval"] if without_eval else []
    words = [*switches, str(entry(content)), str(image), str(memory), str(day)]
    status, console, rehearsal = run([str(initialiser), *words], work / "console", ports)
    if status:
        raise ImageError(f"the image cannot be initialised: {reason(console)}".rstrip())
    found = tuple(parts(memory.read_bytes()))
    (remarks,) = (part.content for part in found if part.address == REMARKS)
    pages = b"".join(part.content for part in found if part.address == WRITTEN)
    initialised = Initialised(
        parts=tuple(part for part in found if part.address > WRITTEN),
        census=tuple(census(remarks.decode())),
        console=console,
        written=tuple(sorted(address for (address,) in struct.iter_unpack("<Q", pages))),
        rehearsal=rehearsal.told() if rehearsal else "no start rehearsed",
    )
    if without_eval and (needing := COMPILERS & initialised.modules()):
        raise ImageError(f"--without-eval: a module imports {sorted(needing)[0].lstrip('_')}, which needs it")
    return initialised


def run(command: Sequence[str], console: Path, ports: Sequence[int]) -> tuple[int, str, Rehearsal | None]:
    """Status, what was printed, and how the rehearsal of a start went."""
    ours, its = socket.socketpair()
    with ours, console.open("wb") as output:
        with its:
            process = subprocess.Popen(
                command, stdin=its.fileno(), stdout=output, stderr=subprocess.STDOUT, env={"PATH": os.defpath}
            )
        rehearsal = attend(ours, ports)
    return process.wait(), console.read_text(errors="backslashreplace"), rehearsal


def reason(console: str) -> str:
    """What to do, and then what the image said."""
    if JUDGED in console:
        remedy = (
            "what needs a device, the clock or entropy belongs into main(), "
            "or `pymirage build --cold` does everything at each boot"
        )
    elif any(word in console for word in FAILED):
        remedy = "it is brought up when it is built, and what it imports, or does under @when_built, fails"
    else:
        remedy = "a module ends the program before there is an image of it"
    return f"{remedy}\n{console.rstrip()}"


def census(text: str) -> Iterator[Kind]:
    for line in text.splitlines():
        sort, count, size, name = line.split(" ", 3)
        yield Kind(sort, int(count), int(size), name)


def entry(content: bytes) -> int:
    for symbol in Elf(content).symbols():
        if symbol.name == ENTRY:
            return symbol.address
    raise ImageError("the runtime is too old to initialise images: `pymirage runtime clean` and build again")


def parts(content: bytes) -> Iterator[Part]:
    at = 0
    while at < len(content):
        address, size = PART.unpack_from(content, at)
        at += PART.size
        yield Part(address, content[at : at + size])
        at += size
