"""`pymirage run --trace-boot`: starts an image, collects when what began, and draws it."""

from __future__ import annotations

import math
import os
import selectors
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

OPTION = "--trace-boot"
RESUME, MAIN, PACKET = "resume", "main", "first packet"
ENTER = "enter"
# In seconds. After main there may be no packet, and after a packet no main: nobody answers.
PATIENCE = 30.0
AFTER = {MAIN: 1.0, PACKET: 5.0}

LEFT, WIDTH, RIGHT, ROW = 250, 560, 90, 24
# Before the image runs, while it does, when it has begun.
HOST, IMAGE, BEGUN = "#8a94a6", "#3b6ea5", "#c0392b"
GRID_LINES = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that began, in milliseconds since the tender's start."""

    what: str
    at: float


@dataclass(frozen=True, slots=True)
class Told:
    """A mark by the clock of whoever made it, and when it was read; nanoseconds."""

    what: str
    moment: int
    read: int


def trace(command: Sequence[str], first: str) -> tuple[list[Mark], str]:
    """Runs the command until the boot is over; the marks, and what else the image printed. What happens until
    the first mark is called `first`.
    """
    started = time.monotonic_ns()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = [Told(first, started, started)]
    other = []
    for line in lines(process, found):
        if line.startswith("trace "):
            _, moment, what = line.split(" ", 2)
            found.append(Told(what.rstrip(), int(moment), time.monotonic_ns()))
        else:
            other.append(line)
    process.kill()
    process.wait()
    return [Mark(what, (moment - started) / 1e6) for what, moment in aligned(found)], "\n".join(other)


def lines(process: subprocess.Popen[bytes], found: Sequence[Told]) -> Iterator[str]:
    """The console, until the end or until nothing more is to come."""
    assert process.stdout is not None
    pending = b""
    end = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(max(0.0, end - time.monotonic())):
            octets = os.read(process.stdout.fileno(), 65536)
            if not octets:
                break
            *whole, pending = (pending + octets).split(b"\n")
            for line in whole:
                yield line.decode(errors="backslashreplace")
            if {MAIN, PACKET} <= {told.what for told in found}:
                break
            end = min(end, time.monotonic() + AFTER.get(found[-1].what, PATIENCE))
    if pending:
        yield pending.decode(errors="backslashreplace")


def aligned(found: Sequence[Told]) -> Iterator[tuple[str, int]]:
    """On the host's clock. A guest in a machine counts from its own start: that is when its tender enters it,
    and where no tender tells, nothing was read before it was made.
    """
    start = found[0].moment
    at = next((number for number, told in enumerate(found) if told.what == RESUME), len(found))
    image = found[at:]
    offset = 0
    if image and image[0].moment < start:
        entered = [told.moment for told in found[:at] if told.what == ENTER]
        offset = entered[0] if entered else min(told.read - told.moment for told in image)
    for told in found[:at]:
        yield told.what, told.moment
    for told in image:
        yield told.what, told.moment + offset


def text(marks: Sequence[Mark], width: int = 40) -> str:
    """One line for each, with a bar from where it began to where the next did."""
    total = max(marks[-1].at, 0.001)
    rows = []
    for mark, length in spans(marks):
        start = round(width * mark.at / total)
        bar = " " * start + "█" * max(1, round(width * length / total))
        rows.append(f"{mark.at:8.2f} ms  {length:7.2f}  {mark.what:<42} {bar}".rstrip())
    return "\n".join(rows)


def spans(marks: Sequence[Mark]) -> Iterator[tuple[Mark, float]]:
    for mark, following in zip(marks, [*marks[1:], marks[-1]], strict=True):
        yield mark, following.at - mark.at


def svg(marks: Sequence[Mark], title: str) -> str:
    """The same as a picture."""
    total = max(marks[-1].at, 0.001)
    height = ROW * (len(marks) + 3)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}" height="{height}" '
            'font-family="sans-serif" font-size="13">',
            f'<rect width="100%" height="100%" fill="#ffffff"/>'
            f'<text x="10" y="{ROW - 6}" font-weight="bold">{escape(title)}: {total:.2f} ms</text>',
            *grid(total, ROW * (len(marks) + 1) + 10),
            *bars(marks, total),
            *legend(ROW * (len(marks) + 2) + 14),
            "</svg>",
            "",
        ]
    )


def grid(total: float, bottom: int) -> Iterator[str]:
    """A line for each round number of milliseconds."""
    step = round_step(total / GRID_LINES)
    for number in range(int(total / step) + 1):
        x = LEFT + WIDTH * number * step / total
        yield (
            f'<line x1="{x:.1f}" y1="{ROW + 4}" x2="{x:.1f}" y2="{bottom}" stroke="#dddddd"/>'
            f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle" font-size="11" fill="#777777">'
            f"{number * step:g} ms</text>"
        )


def round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def bars(marks: Sequence[Mark], total: float) -> Iterator[str]:
    colour = HOST
    for row, (mark, length) in enumerate(spans(marks), 1):
        x, y = LEFT + WIDTH * mark.at / total, ROW * row + 6
        width = max(1.5, WIDTH * length / total)
        last = row == len(marks)
        colour = BEGUN if last else IMAGE if mark.what == RESUME else colour
        told = f"at {mark.at:.2f} ms" if last else f"{length:.2f}"
        yield (
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(mark.what)}</text>'
            f'<rect x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}"/>'
            f'<text x="{x + width + 5:.1f}" y="{y + 14}" fill="#555555">{told}</text>'
        )


def legend(y: int) -> Iterator[str]:
    for x, colour, meaning in ((LEFT, HOST, "the host"), (LEFT + 110, IMAGE, "the image")):
        yield (
            f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colour}"/>'
            f'<text x="{x + 18}" y="{y}" font-size="11" fill="#555555">{meaning}</text>'
        )


def write(marks: Sequence[Mark], title: str, path: Path) -> None:
    path.write_text(svg(marks, title), encoding="utf-8")
