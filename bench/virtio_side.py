"""Measures both machines of `bench/virtio.py`; runs in their network namespace."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from bench.table import render
from bench.virtio_linux import ADDRESS
from pymirage.tool.qemu.accelerator import no_kvm
from tests.interop.laboratory import TAP, make_tap

RUNS = int(os.environ.get("BENCH_RUNS", "2"))
SECONDS, CONNECTIONS, MEMORY = 4.0, 8, 128
COUNTED = 200
TRACED = ("virtio_queue_notify", "memory_region_ops_read", "memory_region_ops_write")
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@dataclass
class Measured:
    boot: float
    """Seconds to the first line."""
    memory: float
    """MiB of the machine's that the host had to provide."""
    requests: float
    """A second."""
    bulk: float
    """MB a second."""
    kicks: float
    exits: float
    """For a request."""


def qemu(words: Sequence[str], trace: Path | None) -> list[str]:
    accelerator = "tcg" if no_kvm() else "kvm"
    traced = [word for name in TRACED for word in ("-trace", name)] if trace else []
    return [
        *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-machine", f"q35,accel={accelerator}", "-cpu", "max", "-m", str(MEMORY), "-serial", "stdio"),
        *("-netdev", f"tap,id=n,ifname={TAP},script=no,downscript=no"),
        *("-device", "virtio-net-pci,netdev=n,mac=02:00:00:00:00:02", "-device", "virtio-rng-pci"),
        *(traced if trace is None else [*traced, "-D", str(trace)]),
        *words,
    ]


def memory_of(pid: int) -> float:
    """MiB of the mapping that is the guest's memory (proc(5), smaps)."""
    best = 0.0
    size = 0
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "Size":
            size = int(rest.split()[0])
        elif name == "Rss" and size >= MEMORY << 10 and size < (MEMORY << 10) + 64:
            best = max(best, int(rest.split()[0]) / 1024)
    return best


async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.wait_for(asyncio.open_connection(ADDRESS, 80), 2)
        except (OSError, TimeoutError):
            await asyncio.sleep(0.02)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(REQUEST)
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(12)


async def requests() -> float:
    count = 0
    end = time.monotonic() + SECONDS

    async def client() -> None:
        nonlocal count
        reader, writer = await connect()
        while time.monotonic() < end:
            await ask(reader, writer)
            count += 1
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return count / SECONDS


async def bulk() -> float:
    reader, writer = await connect()
    start, octets = time.monotonic(), 0
    while time.monotonic() < start + SECONDS:
        writer.write(REQUEST.replace(b"/ ", b"/bulk ", 1))
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1 << 20)
        octets += 1 << 20
    writer.close()
    return octets / (time.monotonic() - start) / 1e6


def lines(path: Path, name: str) -> int:
    return sum(
        line.startswith(name) or f":{name}" in line for line in path.read_text(errors="replace").splitlines()
    )


async def count(trace: Path) -> tuple[float, float]:
    """Kicks and register accesses for one request after the other, of one connection."""
    reader, writer = await connect()
    await ask(reader, writer)

    def now() -> tuple[int, int]:
        kicks = lines(trace, TRACED[0])
        return kicks, lines(trace, "memory_region_ops")

    before = now()
    for _ in range(COUNTED):
        await ask(reader, writer)
    after = now()
    writer.close()
    return (after[0] - before[0]) / COUNTED, (after[1] - before[1]) / COUNTED


def measure(words: Sequence[str]) -> Measured:
    started = time.monotonic()
    with subprocess.Popen(qemu(words, None), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while b"serving" not in (line := process.stdout.readline()):
            assert line, "the machine ended"
        boot = time.monotonic() - started
        memory = memory_of(process.pid)
        rate, speed = asyncio.run(requests()), asyncio.run(bulk())
        process.kill()
    with tempfile.TemporaryDirectory() as name:
        trace = Path(name) / "trace"
        with subprocess.Popen(
            qemu(words, trace), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as process:
            kicks, exits = asyncio.run(count(trace))
            process.kill()
    return Measured(boot, memory, rate, speed, kicks, exits)


def better(each: Sequence[Measured]) -> Measured:
    return Measured(
        min(one.boot for one in each),
        min(one.memory for one in each),
        max(one.requests for one in each),
        max(one.bulk for one in each),
        min(one.kicks for one in each),
        min(one.exits for one in each),
    )


def row(name: str, one: Measured) -> list[str]:
    numbers = (f"{one.boot:.2f}", f"{one.memory:.1f}", f"{one.requests:.0f}", f"{one.bulk:.1f}")
    return [name, *numbers, f"{one.kicks:.2f}", f"{one.exits:.1f}"]


def main(image: str, kernel: str, initial: str) -> None:
    make_tap(1500)
    machines = {
        "pymirage": ("-kernel", image, "-append", f"--ipv4={ADDRESS}/24"),
        "Linux, CPython": (
            "-kernel",
            kernel,
            "-initrd",
            initial,
            "-append",
            "console=ttyS0 quiet mitigations=off panic=-1",
        ),
    }
    measured: dict[str, list[Measured]] = {name: [] for name in machines}
    for _ in range(RUNS):
        for name, words in machines.items():
            measured[name].append(measure(words))
    best = {name: better(each) for name, each in measured.items()}
    ours, theirs = best.values()
    ratios = Measured(
        theirs.boot / ours.boot,
        theirs.memory / ours.memory,
        ours.requests / theirs.requests,
        ours.bulk / theirs.bulk,
        theirs.kicks / ours.kicks,
        theirs.exits / ours.exits,
    )
    head = ["machine", "boot s", "memory MiB", "requests/s", "bulk MB/s", "kicks/request", "accesses/request"]
    rows = [row(name, one) for name, one in best.items()]
    times = ["times better", *(f"{ratio:.2f}" for ratio in astuple(ratios))]
    print(render(head, [*rows, times]))
    print(f"\nloads: {os.getloadavg()}; {no_kvm() or 'under KVM'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
