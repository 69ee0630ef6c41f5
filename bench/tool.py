"""How long the command line takes: describe, configure, and build with a cached runtime."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.start import APP
from bench.table import render

RUNS = int(os.environ.get("BENCH_RUNS", "5"))


def timed(arguments: Sequence[str], cwd: Path, before: Sequence[str] = ()) -> list[float]:
    """Seconds of wall clock for each of the runs; `before` is run, untimed, ahead of each."""
    taken = []
    for _ in range(RUNS):
        for command in (before, arguments):
            if command:
                started = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-m", "pymirage", *command], cwd=cwd, check=True, capture_output=True
                )
        taken.append(time.perf_counter() - started)
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        app = Path(
            shutil.copytree(APP, Path(scratch) / "app", ignore=shutil.ignore_patterns("_build", "dist"))
        )
        subprocess.run(
            [sys.executable, "-m", "pymirage", "configure", "-t", "hvt"],
            cwd=app,
            check=True,
            capture_output=True,
        )
        subprocess.run([sys.executable, "-m", "pymirage", "build"], cwd=app, check=True, capture_output=True)
        rows = []
        for name, arguments, before in (
            ("describe", ["describe"], []),
            ("configure -t hvt", ["configure", "-t", "hvt"], []),
            ("build, nothing changed", ["build"], []),
            ("build after clean", ["build", "-t", "hvt"], ["clean"]),
            ("runtime build, cached", ["runtime", "build"], []),
        ):
            taken = timed(arguments, app, before)
            rows.append([name, f"{statistics.median(taken):.2f}", f"{min(taken):.2f} – {max(taken):.2f}"])
        print(render(["pymirage", "s", "range"], rows))
        print(f"\n{RUNS} runs, medians; whole process, the runtime is cached")
