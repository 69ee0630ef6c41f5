"""Hello with the asyncio loop on every target this machine can run, beside the host's Python and a C unikernel."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.process import in_turn
from bench.table import render

APP = Path(__file__).parent / "apps" / "first_line"
MARKER = b"first line"
RUNS = int(os.environ.get("BENCH_RUNS", "20"))
MEMORY_MB = 16
HOST_ASYNCIO = "import asyncio, sys; sys.stdout.write('first line\\n'); sys.stdout.flush(); asyncio.run(asyncio.sleep(0.2))"


def pymirage(*arguments: str, cwd: Path) -> str:
    """Run the command line in `cwd`; its standard output."""
    command = [sys.executable, "-m", "pymirage", *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        app = Path(shutil.copytree(APP, Path(scratch) / "first_line", ignore=shutil.ignore_patterns("_build", "dist")))
        commands: dict[str, list[str]] = {}
        sizes: dict[str, int] = {}
        for target in ("unix", "spt", "hvt"):
            pymirage("configure", "-t", target, cwd=app)
            pymirage("build", cwd=app)
            printed = pymirage("run", "-t", target, "--mem", str(MEMORY_MB), "--print-command", cwd=app)
            command = subprocess.run(["sh", "-c", f"printf '%s\\n' {printed}"], check=True, capture_output=True, text=True)
            if target == "unix":
                command_line = [str(app / "dist" / "first_line"), f"--mem={MEMORY_MB}"]
            else:
                command_line = command.stdout.splitlines()
            if target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
                print("hvt: skipped, /dev/kvm cannot be opened")
                continue
            commands[target] = command_line
            image = app / "dist" / ("first_line" if target == "unix" else f"first_line.{target}")
            sizes[target] = image.stat().st_size
        commands["python3 -I, import asyncio"] = [sys.executable, "-I", "-c", HOST_ASYNCIO]
        summaries = in_turn(commands, marker=MARKER, runs=RUNS)
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
        print(render(["", "image MiB", "first line ms", "range ms", "resident MiB"], rows))
        print(f"\n{RUNS} runs in turn, medians; guests have {MEMORY_MB} MB; resident = peak of tender and guest together")
