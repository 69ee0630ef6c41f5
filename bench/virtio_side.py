"""Measures both machines of `bench/virtio.py`; runs in their network namespace."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bench.table import render
from bench.virtio_counts import Counter
from bench.virtio_linux import ADDRESS, COMMAND_LINE
from pymirage.tool.qemu.accelerator import no_kvm
from tests.interop.laboratory import TAP, make_tap

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
MEMORY = 128
# MB: the least that a machine serves in is looked for between them.
TOO_LITTLE = 12
PR_SET_THP_DISABLE = 41
PATIENCE = 60.0
COUNTED = 200
STREAMS, PROTOCOL, SINK = 80, 81, 9
REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BULK = REQUEST.replace(b"/ ", b"/bulk ", 1)
MEGABYTE = 1 << 20
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
PLAIN = ("csum", "gso", "guest_csum", "guest_tso4", "guest_tso6", "guest_ecn", "guest_ufo")

Figures = dict[str, float]


def qemu(words: Sequence[str], memory: int = MEMORY, offloads: bool = True) -> list[str]:
    accelerator = "tcg" if no_kvm() else "kvm"
    plain = "" if offloads else "".join(f",{name}=off" for name in (*PLAIN, "host_tso4", "host_tso6"))
    return [
        *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-machine", f"q35,accel={accelerator}", "-cpu", "max", "-m", str(memory), "-serial", "stdio"),
        *("-netdev", f"tap,id=n,ifname={TAP},script=no,downscript=no"),
        *("-device", f"virtio-net-pci,netdev=n,mac=02:00:00:00:00:02{plain}", "-device", "virtio-rng-pci"),
        *words,
    ]


class Ended(Exception):
    """A machine ended by itself: what it said last."""


@contextmanager
def running(command: Sequence[str]) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """The machine, once it serves, and how many seconds that took.

    Raises Ended when it ended by itself, at any time, or took more than PATIENCE to serve. Whoever waits for
    an answer is interrupted then: nobody tells that a peer behind a TAP interface has gone.
    """
    started = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        hangs = threading.Timer(PATIENCE, process.kill)
        hangs.start()
        assert process.stdout is not None
        said = [b""]
        wanted, ended = threading.Event(), threading.Event()
        watching = threading.Thread(target=watch, args=(process.stdout, said, wanted, ended))
        try:
            while b"serving" not in said[-1]:
                said.append(process.stdout.readline())
                if not said[-1]:
                    raise Ended(last_words(said))
            hangs.cancel()
            watching.start()
            yield process, time.monotonic() - started
        except KeyboardInterrupt:
            if not ended.is_set():
                raise
            raise Ended(last_words(said)) from None
        finally:
            hangs.cancel()
            wanted.set()
            process.kill()
            if watching.ident is not None:
                watching.join()


def watch(output: IO[bytes], said: list[bytes], wanted: threading.Event, ended: threading.Event) -> None:
    """Interrupts the main thread when the machine ends and nobody wanted that."""
    said.extend(output)
    if not wanted.is_set():
        ended.set()
        os.kill(os.getpid(), signal.SIGINT)


def last_words(said: Sequence[bytes]) -> str:
    return b"".join(said[-20:]).decode(errors="replace")


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


# -- requests --


async def connect(port: int = STREAMS) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.wait_for(asyncio.open_connection(ADDRESS, port), 2)
        except (OSError, TimeoutError):
            await asyncio.sleep(0.02)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(REQUEST)
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(12)


def wrk(port: int, connections: int) -> tuple[float, float]:
    """Requests a second, and the 99th percentile of their times in milliseconds."""
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{SECONDS:.0f}s",
        "--latency",
        f"http://{ADDRESS}:{port}/",
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate, late = re.search(r"Requests/sec:\s+([\d.]+)", text), re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    if rate is None or late is None or "Socket errors" in text:
        raise ValueError(text)
    return float(rate[1]), float(late[1]) * UNITS[late[2]]


async def out() -> float:
    """MB a second from the machine."""
    reader, writer = await connect()
    start, octets = time.monotonic(), 0
    while time.monotonic() < start + SECONDS:
        writer.write(BULK)
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(MEGABYTE)
        octets += MEGABYTE
    writer.close()
    return octets / (time.monotonic() - start) / 1e6


async def into() -> float:
    """MB a second into the machine, which says at the end how much it had."""
    reader, writer = await connect(SINK)
    start, piece = time.monotonic(), bytes(MEGABYTE)
    while time.monotonic() < start + SECONDS:
        writer.write(piece)
        await writer.drain()
    writer.write_eof()
    octets = int(await reader.readline())
    writer.close()
    return octets / (time.monotonic() - start) / 1e6


def processor_time(pid: int) -> float:
    """Microseconds that QEMU had, in all of its threads (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6


def ping() -> float:
    """Milliseconds, the median of a hundred."""
    command = ["ping", "-n", "-c", "100", "-i", "0.01", ADDRESS]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return statistics.median(map(float, re.findall(r"time=([\d.]+) ms", text)))


# -- measurements, each of a machine of its own --


def speed(words: Sequence[str]) -> Figures:
    found: Figures = {}
    with running(qemu(words)) as (process, found["boot, s"]):
        found["boot, processor s"] = processor_time(process.pid) / 1e6
        for name, port in (("streams", STREAMS), ("protocol", PROTOCOL)):
            for connections in (1, 30):
                what = f"{name}, {connections}"
                asyncio.run(warm(port))
                before = processor_time(process.pid)
                found[f"{what}: requests/s"], found[f"{what}: p99, ms"] = wrk(port, connections)
                spent = processor_time(process.pid) - before
                found[f"{what}: processor, us a request"] = spent / found[f"{what}: requests/s"] / SECONDS
        found["bulk out, MB/s"], found["bulk in, MB/s"] = asyncio.run(out()), asyncio.run(into())
        found["ping, ms"] = ping()
    return found


async def warm(port: int) -> None:
    """What the emulator has not translated yet, it does now."""
    stream = await connect(port)
    for _ in range(COUNTED):
        await ask(*stream)
    stream[1].close()


def plain(words: Sequence[str]) -> Figures:
    with running(qemu(words, offloads=False)):
        return {
            "without offloads: bulk out, MB/s": asyncio.run(out()),
            "without offloads: bulk in, MB/s": asyncio.run(into()),
        }


async def counted(counter: Counter, connections: int) -> Figures:
    streams = [await connect() for _ in range(connections)]

    async def client(stream: tuple[asyncio.StreamReader, asyncio.StreamWriter], requests: int) -> None:
        for _ in range(requests):
            await ask(*stream)

    async def each(requests: int) -> None:
        await asyncio.gather(*(client(stream, requests) for stream in streams))

    await each(20)
    before, requests = counter.read(), COUNTED // min(connections, 10)
    await each(requests)
    counts = counter.read().since(before, requests * connections)
    for _, writer in streams:
        writer.close()
    return {f"{name} a request, {connections}": value for name, value in vars(counts).items()}


def counts(words: Sequence[str]) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        counter = Counter(Path(name))
        with running([*qemu(words), *counter.options()]):
            return asyncio.run(counted(counter, 1)) | asyncio.run(counted(counter, 30))


def serves(words: Sequence[str], memory: int) -> bool:
    """In so little memory. A kernel that has too little may hang."""
    try:
        with running(qemu(words, memory)):
            asyncio.run(asyncio.wait_for(warm(STREAMS), PATIENCE))
            return True
    except (Ended, TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        return False


@contextmanager
def small_pages() -> Iterator[None]:
    """For the machines started meanwhile: huge pages count what nobody touched (prctl(2))."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0)


def memory(words: Sequence[str]) -> Figures:
    found: Figures = {}
    with small_pages(), running(qemu(words)) as (process, _):
        found["memory held after boot, MiB"] = memory_of(process.pid)
        asyncio.run(warm(STREAMS))
        asyncio.run(out())
        found["memory held after load, MiB"] = memory_of(process.pid)
    low, high = TOO_LITTLE, MEMORY
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if serves(words, middle) else (middle, high)
    return found | {"least memory, MB": high}


# -- both machines --

PARTS: dict[str, tuple[Callable[[Sequence[str]], Figures], int]] = {
    "speed": (speed, RUNS),
    "plain": (plain, RUNS),
    "counts": (counts, 1),
    "memory": (memory, 1),
}


def medians(runs: Sequence[Figures]) -> Figures:
    return {name: statistics.median(one[name] for one in runs) for name in runs[0]}


def text(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def row(name: str, ours: float, theirs: float) -> list[str]:
    more_is_better = name.endswith("/s") or "/s," in name
    better, worse = (ours, theirs) if more_is_better else (theirs, ours)
    return [name, text(ours), text(theirs), f"{better / worse:.2f}" if worse else "-"]


def boot_of(words: Sequence[str]) -> float:
    with running(qemu(words)) as (_, seconds):
        return seconds


def main(image: str, cold: str, kernel: str, initial: str) -> None:
    if shutil.which("wrk") is None:
        print("skipped: wrk is not installed (Debian: apt-get install wrk)")
        return
    make_tap(1500)
    arguments = ("-append", f"--ipv4={ADDRESS}/24")
    machines = (
        ("-kernel", image, *arguments),
        ("-kernel", kernel, "-initrd", initial, "-append", COMMAND_LINE),
    )
    wanted = os.environ.get("BENCH_PARTS", ",".join(PARTS)).split(",")
    rows = []
    for measure, runs in (PARTS[name] for name in wanted):
        each: tuple[list[Figures], ...] = ([], [])
        for _ in range(runs):
            for words, found in zip(machines, each, strict=True):
                found.append(measure(words))
        ours, theirs = map(medians, each)
        rows += [row(name, ours[name], theirs[name]) for name in ours]
    print(render(["", "pymirage", "Linux", "times better"], rows))
    boot = statistics.median(boot_of(("-kernel", cold, *arguments)) for _ in range(RUNS))
    print(f"\nboot of a cold image: {boot:.2f} s")
    loads = " ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"medians of {RUNS}; load {loads}; {no_kvm() or 'under KVM'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
