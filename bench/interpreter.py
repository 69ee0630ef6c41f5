"""The interpreter in an image beside the host's: the same small programs on each, milliseconds and ratios."""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.start import pymirage
from bench.table import render

APP = Path(__file__).parent / "apps" / "interpreter"
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
HOST = "/usr/bin/python3"
MEMORY_MB = 32


def image(app: Path, target: str) -> list[str]:
    """Builds it; the command that runs it."""
    pymirage("configure", "-t", target, cwd=app)
    pymirage("build", cwd=app)
    if target == "unix":
        return [str(app / "dist" / "interpreter"), f"--mem={MEMORY_MB}"]
    return shlex.split(pymirage("run", "-t", target, "--mem", str(MEMORY_MB), "--print-command", cwd=app))


def measure(command: list[str]) -> dict[str, float]:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        unwanted = shutil.ignore_patterns("_build", "dist")
        app = Path(shutil.copytree(APP, Path(scratch) / "interpreter", ignore=unwanted))
        commands = {HOST: [HOST, "-I", str(app / "workloads.py")]}
        for target in ("unix", "spt", "hvt"):
            if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
                print("hvt: skipped, /dev/kvm cannot be opened")
                continue
            commands[target] = image(app, target)
        runs = [{name: measure(command) for name, command in commands.items()} for _ in range(RUNS)]
    rows = []
    for workload in runs[0][HOST]:
        best = {name: min(run[name][workload] for run in runs) for name in commands}
        ratios = [f"{best[name] / best[HOST]:.2f}" for name in commands if name != HOST]
        rows.append([workload, *(f"{value:.1f}" for value in best.values()), *ratios])
    version = subprocess.run([HOST, "-V"], check=True, capture_output=True, text=True).stdout.strip()
    images = list(commands)[1:]
    print(render(["milliseconds", "host", *images, *(f"{name}/host" for name in images)], rows))
    print(f"\n{RUNS} runs in turn, the best of each; the host's is {version}; guests have {MEMORY_MB} MB")
