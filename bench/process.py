"""Timing a process from outside: how long until its first line, and what it holds in memory then."""

import os
import signal
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One run: milliseconds to the first line and to the end (None where it was ended), KiB resident."""

    first_line: float
    total: float | None
    resident: int


@dataclass(frozen=True)
class Summary:
    """Medians over the runs, and the spread of the first line."""

    first_line: float
    fastest: float
    slowest: float
    total: float | None
    resident: int


class BenchError(Exception):
    """A command did not do what is to be measured; the message shows what it printed."""


def sample(
    command: Sequence[str], *, marker: bytes, environment: Mapping[str, str] | None = None, finish: bool
) -> Sample:
    """Run `command` until it prints `marker`; let it end by itself when `finish`, else end it there.

    Resident memory is the peak (VmHWM) of the process itself, read while it is still alive: what wait4
    reports would include the parent's memory at the time of the fork.
    """
    started = time.perf_counter_ns()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    assert process.stdout is not None
    seen = b""
    while marker not in seen:
        chunk = os.read(process.stdout.fileno(), 65536)
        if not chunk:
            raise BenchError(
                f"{' '.join(command)}: ended with {process.wait()} before {marker!r}: {seen[-400:]!r}"
            )
        seen += chunk
    first = time.perf_counter_ns()
    resident = _resident(process.pid)
    total: float | None = None
    if finish:
        process.stdout.read()
        process.wait()
        total = (time.perf_counter_ns() - started) / 1e6
    else:
        process.send_signal(signal.SIGKILL)
        process.wait()
    process.stdout.close()
    return Sample((first - started) / 1e6, total, resident)


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def summarise(samples: Sequence[Sample]) -> Summary:
    """The medians of `samples` (at least one)."""
    firsts = [one.first_line for one in samples]
    totals = [one.total for one in samples if one.total is not None]
    return Summary(
        first_line=statistics.median(firsts),
        fastest=min(firsts),
        slowest=max(firsts),
        total=statistics.median(totals) if totals else None,
        resident=round(statistics.median(one.resident for one in samples)),
    )


def in_turn(
    commands: Mapping[str, Sequence[str]], *, markers: Mapping[str, bytes], runs: int, finish: bool = False
) -> dict[str, Summary]:
    """Measure several commands round-robin, so that a machine that drifts drifts for all of them.

    `markers` says for each command what its first line holds.
    """
    taken: dict[str, list[Sample]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            one = sample(command, marker=markers[name], finish=finish)
            if turn:  # the first warms the caches
                taken[name].append(one)
    return {name: summarise(samples) for name, samples in taken.items()}
