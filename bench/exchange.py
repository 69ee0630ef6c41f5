"""Requests of 100 octets and answers of 1 KiB on persistent connections: what one event costs.

An `asyncio.Protocol` that answers at once, so nothing is measured but the way of a frame through tender,
stack and transport; beside it the same file on Linux's sockets. Processor time is the peer's own, with what
the kernel does for it: with TAP interfaces and veth alike that includes Linux's receiving of the answer.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.exchange_side import CONNECTIONS
from bench.network import APP, ROOT, commands, in_a_namespace
from bench.table import render

COLUMNS = ("requests/s", "µs median", "µs 99th", "µs own code", "µs kernel")


def rows(name: str, command: list[str]) -> list[list[str]]:
    side = in_a_namespace([sys.executable, "-m", "bench.exchange_side", *command])
    done = subprocess.run(side, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        print(f"{name}: {done.stderr.strip().splitlines()[-1]}")
        return []
    found = json.loads(done.stdout.splitlines()[-1])
    return [
        [f"{name}, {number} connection{'s' if number > 1 else ''}", *row(found[str(number)])]
        for number in CONNECTIONS
    ]


def row(figures: dict[str, float]) -> list[str]:
    whole = [f"{figures[key]:.0f}" for key in ("rate", "median", "99th")]
    return [*whole, *(f"{figures[key]:.1f}" for key in ("user", "system"))]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        ignore = shutil.ignore_patterns("_build", "dist")
        app = Path(shutil.copytree(APP, Path(scratch) / "network", ignore=ignore))
        table = [line for name, command in commands(app).items() for line in rows(name, command)]
    print(render(["", *COLUMNS], table))
    print("\nthe peer on core 1, Linux on core 0; one request outstanding on each connection")


if __name__ == "__main__":
    main()
