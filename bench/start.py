"""Hello with asyncio on every target this machine can run, beside the host's Python and unikernels in C."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.process import in_turn
from bench.table import render
from tests.runtime import toolchain

APP = Path(__file__).parent / "apps" / "first_line"
RUNS = int(os.environ.get("BENCH_RUNS", "20"))
MEMORY_MB = 16
HOST_ASYNCIO = "import asyncio, sys; print('first line', flush=True); asyncio.run(asyncio.sleep(0.2))"


def pymirage(*arguments: str, cwd: Path) -> str:
    """Run the command line in `cwd`; its standard output."""
    command = [sys.executable, "-m", "pymirage", *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def built(app: Path) -> tuple[dict[str, list[str]], dict[str, int]]:
    """How to start the application on each target that this machine can run, and the images' octets."""
    commands: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for target in ("unix", "spt", "hvt"):
        if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
            print("hvt: skipped, /dev/kvm cannot be opened")
            continue
        pymirage("configure", "-t", target, cwd=app)
        pymirage("build", cwd=app)
        image = app / "dist" / ("first_line" if target == "unix" else f"first_line.{target}")
        if target == "unix":
            commands[target] = [str(image), f"--mem={MEMORY_MB}"]
        else:
            printed = pymirage("run", "-t", target, "--mem", str(MEMORY_MB), "--print-command", cwd=app)
            commands[target] = shlex.split(printed)
        sizes[target] = image.stat().st_size
    return commands, sizes


def in_c() -> dict[str, list[str]]:
    """A guest in C that says one line and waits: what the tenders take, ours and the stock ones."""
    commands = {}
    for target in ("spt", "hvt"):
        if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
            continue
        commands[f"C guest, pymirage-{target}"] = toolchain.command("idle", target, f"--mem={MEMORY_MB}")
        stock = os.environ.get(f"SOLO5_{target.upper()}") or shutil.which(f"solo5-{target}")
        if stock:
            image = str(toolchain.guest("idle", target))
            commands[f"C guest, solo5-{target}"] = [stock, f"--mem={MEMORY_MB}", image]
        else:
            print(f"solo5-{target}: not on PATH nor named by SOLO5_{target.upper()}, left out")
    return commands


def first_lines(commands: dict[str, list[str]], sizes: dict[str, int], runs: int) -> str:
    """The table of our images in turn with the host's Python and unikernels in C."""
    commands = {**commands, "python3 -I, import asyncio": [sys.executable, "-I", "-c", HOST_ASYNCIO]}
    guests = in_c()
    markers = dict.fromkeys(commands, b"first line") | dict.fromkeys(guests, b"SUCCESS")
    summaries = in_turn(commands | guests, markers=markers, runs=runs)
    rows = [
        [
            name,
            f"{sizes[name] / 2**20:.2f}" if name in sizes else "",
            f"{summary.first_line:.1f}",
            f"{summary.fastest:.1f} – {summary.slowest:.1f}",
            f"{summary.resident / 1024:.1f}",
        ]
        for name, summary in summaries.items()
    ]
    return render(["", "image MiB", "first line of main, ms", "range ms", "resident MiB"], rows)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        ignored = shutil.ignore_patterns("_build", "dist")
        app = Path(shutil.copytree(APP, Path(scratch) / "first_line", ignore=ignored))
        commands, sizes = built(app)
        print(first_lines(commands, sizes, RUNS))
        print(f"\n{RUNS} runs in turn, medians; guests of {MEMORY_MB} MB; resident: peak of tender and guest")
