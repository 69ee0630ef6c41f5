"""The time line of a boot: marks of two clocks, put on one, as text and as a picture."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import pytest

from pymirage.tool import trace as tracing
from pymirage.tool.trace import Mark, Told, aligned, round_step, svg, text, trace

GUEST = """
import sys, time
now = time.monotonic_ns()
print("trace", now, "load", file=sys.stderr, flush=True)
print("trace", now + 1000, "enter", file=sys.stderr, flush=True)
print("hello", flush=True)
print("trace 500 resume", flush=True)
print("trace 2500 first packet", flush=True)
print("trace 3500 main", flush=True)
time.sleep(60)
"""


def test_a_guest_with_a_clock_of_its_own_starts_when_it_is_entered() -> None:
    found = [Told("start", 1000, 1000), Told("enter", 5000, 5900), Told("resume", 100, 6000)]
    assert list(aligned([*found, Told("main", 700, 6500)])) == [
        ("start", 1000),
        ("enter", 5000),
        ("resume", 5100),
        ("main", 5700),
    ]


def test_without_a_tender_it_starts_when_what_it_says_can_have_been_said() -> None:
    found = [Told("start", 1000, 1000), Told("resume", 100, 6000), Told("main", 700, 6400)]
    assert list(aligned(found)) == [("start", 1000), ("resume", 5800), ("main", 6400)]


def test_a_guest_with_the_hosts_clock_is_left_alone() -> None:
    found = [Told("start", 1000, 1000), Told("enter", 5000, 5010), Told("resume", 5100, 6000)]
    assert list(aligned(found)) == [("start", 1000), ("enter", 5000), ("resume", 5100)]


def test_ends_with_main_and_a_packet_and_keeps_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whatever comes between two of the lines: nothing is waited for behind the last.
    monkeypatch.setattr(tracing, "PATIENCE", 300.0)
    monkeypatch.setattr(tracing, "AFTER", {})
    marks, console = trace([sys.executable, "-c", GUEST], "start the tender")
    assert [mark.what for mark in marks] == [
        *("start the tender", "load", "enter", "resume", "first packet", "main"),
    ]
    assert console == "hello"
    assert 0 < marks[1].at < marks[-1].at
    assert round(1e6 * (marks[-1].at - marks[2].at)) == 3500


MARKS = [Mark("start the tender", 0.0), Mark("load", 1.0), Mark("main <&>", 4.0)]


def test_text() -> None:
    assert text(MARKS, width=8).splitlines() == [
        "    0.00 ms     1.00  start the tender                           ██",
        "    1.00 ms     3.00  load                                         ██████",
        "    4.00 ms     0.00  main <&>                                           █",
    ]


def test_picture_is_well_formed() -> None:
    root = ElementTree.fromstring(svg(MARKS, "hello on spt"))
    labels = ["".join(each.itertext()) for each in root if each.tag.endswith("text")]
    assert labels[0] == "hello on spt: 4.00 ms" and "main <&>" in labels
    assert {"0 ms", "4 ms", "at 4.00 ms"} <= set(labels)


def test_grid_lines_stand_at_round_numbers() -> None:
    assert [round(round_step(least), 9) for least in (0.0011, 0.3, 1.0, 1.2, 4.9, 5.1, 700)] == [
        *(0.002, 0.5, 1, 2, 5, 10, 1000),
    ]
