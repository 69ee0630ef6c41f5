"""How far the making of a runtime has come, as values; who draws them is another matter."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """The step that runs, the share of all the work that is done (0 to 1), an estimate of what remains."""

    step: str
    fraction: float
    seconds_left: float


Progress = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the work and the seconds that it took on the machine where it was measured."""

    name: str
    seconds: float


class Meter:
    """Turns "this step is half done" into events. This machine's speed follows from the time used so far."""

    def __init__(
        self, steps: Sequence[Step], report: Progress, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._steps = list(steps)
        self._report = report
        self._clock = clock
        self._began = clock()
        self._total = sum(step.seconds for step in steps)
        self._before = 0.0
        self._current = Step("", 0.0)

    def begin(self, name: str) -> None:
        """Ends the step before, and enters the one of this name."""
        self._before += self._current.seconds
        self._current = next(step for step in self._steps if step.name == name)
        self.advance(0.0)

    def advance(self, share: float) -> None:
        """This share (0 to 1) of the current step is done."""
        done = self._before + self._current.seconds * min(share, 1.0)
        used = self._clock() - self._began
        # The first seconds say little about the machine: until then, trust the measured times.
        pace = used / done if done > 0.05 * self._total else 1.0
        self._report(Event(self._current.name, done / self._total, (self._total - done) * pace))


def silent(event: Event) -> None:
    """For callers that show nothing."""


def plain() -> Progress:
    """Prints a line for each step; the default where nothing better draws."""
    shown = ""

    def report(event: Event) -> None:
        nonlocal shown
        if event.step != shown:
            shown = event.step
            print(f"{event.fraction:4.0%}  {event.step}", file=sys.stderr, flush=True)

    return report
