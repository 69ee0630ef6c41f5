"""The time line of a boot: marks of two clocks, put on one, as text and as a picture."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

from pymirage.tool.trace import Mark, aligned, svg, text, trace

GUEST = """
import sys, time
now = time.monotonic_ns()
print("trace", now, "load", file=sys.stderr, flush=True)
print("trace", now + 1000, "enter", file=sys.stderr, flush=True)
print("hello", flush=True)
print("trace 500 resume", flush=True)
print("trace 2500 main", flush=True)
print("trace 3500 first packet", flush=True)
time.sleep(60)
"""


def test_a_guest_with_a_clock_of_its_own_starts_when_it_is_entered() -> None:
    found = [("start the tender", 1000), ("enter", 5000), ("resume", 100), ("main", 700)]
    assert list(aligned(found)) == [
        ("start the tender", 1000),
        ("enter", 5000),
        ("resume", 5100),
        ("main", 5700),
    ]


def test_a_guest_with_the_hosts_clock_is_left_alone() -> None:
    found = [("start the tender", 1000), ("enter", 5000), ("resume", 5100), ("main", 5700)]
    assert list(aligned(found)) == found


def test_ends_with_the_first_packet_and_keeps_the_console() -> None:
    marks, console = trace([sys.executable, "-c", GUEST])
    assert [mark.what for mark in marks] == [
        *("start the tender", "load", "enter", "resume", "main", "first packet"),
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
