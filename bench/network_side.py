"""Linux's end of a measurement: `python -m bench.network_side COMMAND …` in a network namespace of its own.

Starts the peer (bench/apps/network) on the interface `tap0`, or on the far end of a pair of virtual Ethernet
devices when COMMAND begins with `veth`, measures it with plain sockets, and prints the figures as JSON.
"""

import json
import re
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

OURS, LINUX = "10.0.0.2", "10.0.0.1"
BLOCK = bytes(range(256)) * 256
SECONDS = 3.0
IDLE = 10_000
BLOCKS = 16384
CORE = "1"


def run(command: str) -> str:
    return subprocess.run(command.split(), check=True, capture_output=True, text=True).stdout


def start(command: list[str]) -> subprocess.Popen[bytes]:
    """The peer, on a core of its own, ready."""
    run("ip link set lo up")
    if command[0] == "veth":
        run("ip link add tap0 type veth peer name far0")
        peer = [
            "unshare",
            "--net",
            "sh",
            "-c",
            'read go; ip address add 10.0.0.2/24 dev far0; ip link set far0 up; exec "$@"',
            "sh",
            *command[1:],
        ]
    else:
        run("ip tuntap add dev tap0 mode tap")
        run("ip link set tap0 up")
        peer = command
    process = subprocess.Popen(["taskset", "-c", CORE, *peer], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    if command[0] == "veth":
        settle(process.pid)
        run(f"ip link set far0 netns {process.pid}")
        process.stdin.write(b"go\n")
        process.stdin.flush()
    run("ip address add 10.0.0.1/24 dev tap0")
    run("ip link set tap0 up")
    while b"ready" not in (line := process.stdout.readline()):
        if not line:
            raise SystemExit("the peer ended before it was ready")
    return process


def settle(pid: int) -> None:
    """Until the process has left our namespace: only then may the device follow it."""
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{pid}/ns/net").readlink() == own:
        time.sleep(0.01)


def connect(port: int) -> socket.socket:
    return socket.create_connection((OURS, port), timeout=20)


def received_by_peer() -> float:
    """Gbit/s into the peer, until it says that it has everything."""
    with connect(9) as stream:
        began = time.perf_counter()
        size = 0
        while time.perf_counter() - began < SECONDS:
            size += stream.send(BLOCK)
        stream.shutdown(socket.SHUT_WR)
        stream.recv(100)
        return size * 8 / (time.perf_counter() - began) / 1e9


def sent_by_peer() -> float:
    with connect(19) as stream:
        stream.sendall(b"%d\n" % BLOCKS)
        began = time.perf_counter()
        size = 0
        while time.perf_counter() - began < SECONDS and (data := stream.recv(1 << 20)):
            size += len(data)
        return size * 8 / (time.perf_counter() - began) / 1e9


def cycles() -> float:
    """Connect, request, answer, close; per second, by four clients at once."""
    ends = time.perf_counter() + SECONDS
    counts = [0] * 4

    def client(number: int) -> None:
        while time.perf_counter() < ends:
            with connect(80) as stream:
                stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
                while stream.recv(4096):
                    pass
            counts[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began)


def ping(options: str = "-c 50 -i 0.02") -> float:
    """The median round trip in milliseconds: between two, peer and machine fall asleep."""
    text = run(f"ping {options} {OURS}")
    return statistics.median(float(found) for found in re.findall(r"time=([\d.]+)", text))


def quick_ping() -> float:
    """Each follows the answer to the one before."""
    return ping("-c 2000 -A")


def in_use() -> int:
    with connect(13) as stream:
        return int(stream.makefile().readline().split()[1])


def idle_connection() -> float:
    """Octets in the peer for one connection that does nothing."""
    before = in_use()
    held = [connect(7) for _ in range(IDLE)]
    after = in_use()
    for stream in held:
        stream.close()
    return (after - before) / IDLE


def processor_time(pid: int) -> float:
    """Seconds that all threads of a process have run."""
    each = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in each) / 1e9


def idle(pid: int) -> float:
    """Thousandths of a core that the peer takes while nobody speaks to it."""
    time.sleep(1)
    before = processor_time(pid)
    time.sleep(SECONDS)
    return (processor_time(pid) - before) / SECONDS * 1000


def main() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * IDLE, 2 * IDLE))
    process = start(sys.argv[1:])
    figures: dict[str, float | str] = {}
    measures: dict[str, Callable[[], float]] = {
        "idle": partial(idle, process.pid),
        "ping": ping,
        "quick_ping": quick_ping,
        "received_by_peer": received_by_peer,
        "sent_by_peer": sent_by_peer,
        # Before there are connections in TIME-WAIT, which would give way to these.
        "idle_connection": idle_connection,
        "cycles": cycles,
    }
    try:
        for name, measure in measures.items():
            began, before = time.perf_counter(), processor_time(process.pid)
            try:
                figures[name] = rate = measure()
                spent = processor_time(process.pid) - before
                if spent > 0.01:
                    figures[f"{name}_per_core"] = rate * (time.perf_counter() - began) / spent
            except (OSError, ValueError, subprocess.CalledProcessError) as error:
                figures[name] = f"{error}"
    finally:
        process.kill()
        process.wait()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
