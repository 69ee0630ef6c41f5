"""The stack in images, Linux as its peer, beside CPython's asyncio on Linux's own stack over a like link.

`plain`: the same image without the note of what it understands beyond Solo5's ABI, so frames of 1514 octets,
each with its checksums. PyTCP (PyPI, 2.7.6) is measured where BENCH_PYTCP is a Python that has it.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.start import pymirage
from bench.table import render

APP = Path(__file__).parent / "apps" / "network"
ROOT = Path(__file__).parents[1]
COLUMNS = {
    "received_by_peer": ("in Gbit/s", "{:.2f}"),
    "sent_by_peer": ("out Gbit/s", "{:.2f}"),
    "cycles": ("connections/s", "{:.0f}"),
    "received_by_peer_per_core": ("in per core", "{:.2f}"),
    "sent_by_peer_per_core": ("out", "{:.2f}"),
    "cycles_per_core": ("connections", "{:.0f}"),
    "ping": ("ping ms", "{:.3f}"),
    "quick_ping": ("without pause", "{:.3f}"),
    "idle_connection": ("idle connection B", "{:.0f}"),
    "idle": ("idle, thousandths of a core", "{:.2f}"),
}


def commands(app: Path) -> dict[str, list[str]]:
    """How each peer is started. unix-direct: our stack on the host's Python."""
    found: dict[str, list[str]] = {}
    for target in ("unix", "spt", "hvt"):
        pymirage("configure", "-t", target, *(["--net=direct"] if target == "unix" else []), cwd=app)
        if target == "unix":
            main = str(app / "_build" / "unix" / "main.py")
            found["unix-direct, host's Python"] = [
                "env",
                f"PYTHONPATH={app}",
                sys.executable,
                "-P",
                main,
                "--net:service=tap0",
            ]
        pymirage("build", cwd=app)
        if target == "unix":
            found["unix, executable"] = [str(app / "dist" / "network"), "--net:service=tap0"]
        elif target == "hvt" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
            print("hvt: skipped, /dev/kvm cannot be opened")
        else:
            printed = pymirage("run", "-t", target, "--net", "service=tap:tap0", "--print-command", cwd=app)
            found[target] = printed.split()
            found[f"{target}, plain"] = [plain(word) for word in printed.split()]
    found["asyncio on Linux, veth"] = ["veth", sys.executable, str(app / "unikernel.py")]
    return found


def plain(word: str) -> str:
    """The image among the words of a command gives place to one that its tender takes for Solo5's.

    Without the note with its checksum too, which would now be wrong.
    """
    path = Path(word)
    if path.parent.name != "dist":
        return word
    copy = path.with_stem(f"{path.stem}-plain")
    content = path.read_bytes()
    for note in (b"PMC1", b"PMS1"):
        assert content.count(note + b"Solo5") == 1
        content = content.replace(note + b"Solo5", b"0000Solo5")
    copy.write_bytes(content)
    copy.chmod(0o755)
    return str(copy)


def pytcp() -> dict[str, list[str]]:
    python = os.environ.get("BENCH_PYTCP") or (sys.executable if importlib.util.find_spec("pytcp") else "")
    if not python:
        print("PyTCP: skipped (pip install PyTCP==2.7.6 somewhere, and BENCH_PYTCP=its python)")
        return {}
    return {"PyTCP 2.7.6": [python, "-m", "bench.peers.pytcp_services"]}


def in_a_namespace(command: list[str]) -> list[str]:
    """Where it may make interfaces, on core 0."""
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--net", *root, "taskset", "-c", "0", *command]


def measure(command: list[str]) -> dict[str, float | str]:
    side = in_a_namespace([sys.executable, "-m", "bench.network_side", *command])
    done = subprocess.run(side, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1]}
    figures: dict[str, float | str] = json.loads(done.stdout.splitlines()[-1])
    return figures


def cell(name: str, figures: dict[str, float | str]) -> str:
    value = figures.get(name, "-")
    return COLUMNS[name][1].format(value) if isinstance(value, float) else "failed"


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        app = Path(
            shutil.copytree(APP, Path(scratch) / "network", ignore=shutil.ignore_patterns("_build", "dist"))
        )
        rows = []
        for name, command in (commands(app) | pytcp()).items():
            figures = measure(command)
            rows.append([name, *(cell(column, figures) for column in COLUMNS)])
            for column, value in figures.items():
                if isinstance(value, str):
                    print(f"{name}: {column}: {value}")
        print(render(["", *(title for title, _ in COLUMNS.values())], rows))
    print(
        "\nthe peer on core 1, Linux on core 0; MTU 1500; in and out as the peer sees it; per core: by a"
        "\nsecond of its processor time, with what the kernel does in its system calls; medians of 50 pings"
        "\n20 ms apart, and of 2000, each after the answer to the last; memory by 10,000 idle streams"
    )


if __name__ == "__main__":
    main()
