"""`pymirage run --trace-boot`: starts an image, collects when what began, and draws it."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

OPTION = "--trace-boot"
TENDER, RESUME, MAIN, PACKET = "start the tender", "resume", "main", "first packet"
ENTER = "enter"
# After the first packet, or after main where there is none, nothing is to come.
PATIENCE = 10.0
AFTER_MAIN = 1.0

LEFT, WIDTH, ROW = 250, 560, 24


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that began, in milliseconds since the tender's start."""

    what: str
    at: float


def trace(command: Sequence[str]) -> tuple[list[Mark], str]:
    """Runs the command until the boot is over; the marks, and what else the image printed."""
    started = time.monotonic_ns()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found: list[tuple[str, int]] = [(TENDER, started)]
    other = []
    for line in lines(process, found):
        if line.startswith("trace "):
            _, moment, what = line.split(" ", 2)
            found.append((what, int(moment)))
        else:
            other.append(line)
    process.kill()
    process.wait()
    return [Mark(what, (moment - started) / 1e6) for what, moment in aligned(found)], "\n".join(other)


def lines(process: subprocess.Popen[bytes], found: Sequence[tuple[str, int]]) -> Iterator[str]:
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
            if found[-1][0] == PACKET:
                break
            if found[-1][0] == MAIN:
                end = min(end, time.monotonic() + AFTER_MAIN)
    if pending:
        yield pending.decode(errors="backslashreplace")


def aligned(found: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """On the host's clock. A guest under KVM counts from its own start, which is when it is entered."""
    start = found[0][1]
    entered = next((moment for what, moment in found if what == ENTER), start)
    own_clock = next((moment for what, moment in found if what == RESUME), start) < start
    inside = False
    for what, moment in found:
        inside |= what == RESUME
        yield what, moment + entered if inside and own_clock else moment


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
    height = ROW * (len(marks) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 90}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="10" y="{ROW - 6}" font-weight="bold">{escape(title)}: {total:.2f} ms</text>',
    ]
    for row, (mark, length) in enumerate(spans(marks), 1):
        x, y = LEFT + WIDTH * mark.at / total, ROW * row + 6
        width = max(1.0, WIDTH * length / total)
        colour = "#3b6ea5" if row < len(marks) else "#c0392b"
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(mark.what)}</text>'
            f'<rect x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}"/>'
            f'<text x="{x + width + 5:.1f}" y="{y + 14}" fill="#555555">{length or mark.at:.2f}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def write(marks: Sequence[Mark], title: str, path: Path) -> None:
    path.write_text(svg(marks, title), encoding="utf-8")
