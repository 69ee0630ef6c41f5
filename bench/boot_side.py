"""Linux's end of the web site's wires: `python -m bench.boot_side RUNS INSTANCES COMMANDS`, in a namespace
of its own.

Linux knows each instance's hardware address beforehand: nobody waits for ARP. Connections are begun from
when the tender has opened its interface; what is sent before the image listens waits in the interface.
"""

import fcntl
import json
import select
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PORT = 8080
AGAIN, AGAIN_TOGETHER = 0.002, 0.1
# <linux/sockios.h>, <linux/if.h>
SIOCGIFFLAGS, IFF_RUNNING = 0x8913, 0x40
PATIENCE = 20
REQUEST = b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"


def run(command: str) -> None:
    subprocess.run(command.split(), check=True)


class Wire:
    """An interface, and the addresses of the instance behind it."""

    def __init__(self, number: int) -> None:
        self.name = f"tap{number}"
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.address = f"10.77.{number}.2"
        run(f"ip tuntap add dev {self.name} mode tap")
        run(f"ip link set dev {self.name} up")
        run(f"ip address add 10.77.{number}.1/24 dev {self.name}")
        run(f"ip neighbour replace {self.address} lladdr {self.mac} dev {self.name} nud permanent")

    def command(self, words: Sequence[str]) -> list[str]:
        image = words.index("--") if "--" in words else len(words) - 1
        options = [word.replace("=TAP", f"={self.name}") for word in words[:image]]
        return [*options, f"--net-mac:service={self.mac}", *words[image:], f"--ipv4={self.address}/24"]

    def start(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(words), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def is_running(self) -> bool:
        """Whether the tender has opened it. (/sys shows the interfaces of another namespace.)"""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            answer = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sH22x", self.name.encode(), 0))
        flags: int = struct.unpack("16sH22x", answer)[1]
        return bool(flags & IFF_RUNNING)

    def connected(self, again: float) -> socket.socket:
        """A connection. Linux sends a SYN that it lost again after a second only: so there are more of
        them.
        """
        trying: dict[int, socket.socket] = {}
        waiting = select.poll()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            attempt = socket.socket()
            attempt.setblocking(False)
            attempt.connect_ex((self.address, PORT))
            trying[attempt.fileno()] = attempt
            waiting.register(attempt, select.POLLOUT)
            for descriptor, _ in waiting.poll(1000 * again):
                waiting.unregister(descriptor)
                done = trying.pop(descriptor)
                if done.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    for other in trying.values():
                        other.close()
                    done.settimeout(PATIENCE)
                    return done
                done.close()
        raise AssertionError(f"{self.name}: nobody answers")

    def first_byte(self, started: float, again: float = AGAIN) -> float:
        """Seconds from `started` until the instance's first octet of an answer."""
        while not self.is_running():
            time.sleep(0)
        with self.connected(again) as connection:
            connection.sendall(REQUEST)
            answer = connection.recv(1)
            now = time.perf_counter()
            while octets := connection.recv(65536):
                answer += octets
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:100]
        return now - started


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def alone(wire: Wire, words: Sequence[str], runs: int) -> list[float]:
    taken = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        process = wire.start(words)
        try:
            taken.append(1000 * wire.first_byte(started))
        finally:
            end(process)
    return taken[1:]


def together(wires: Sequence[Wire], words: Sequence[str]) -> tuple[float, float]:
    """MiB of proportional set size each, and seconds from the first start to the last first octet."""
    with ThreadPoolExecutor(len(wires)) as pool:
        started = time.perf_counter()
        processes = [wire.start(words) for wire in wires]
        try:
            last = max(pool.map(lambda wire: wire.first_byte(started, AGAIN_TOGETHER), wires))
            sizes = [proportional(process.pid) for process in processes]
        finally:
            for process in processes:
                end(process)
    return sum(sizes) / len(sizes) / 1024, last


def proportional(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError(pid)


def main(runs: int, instances: int, commands: dict[str, list[str]]) -> None:
    wires = [Wire(number) for number in range(1, instances + 1)]
    figures = {}
    for kind, words in commands.items():
        taken = alone(wires[0], words, runs)
        size, last = together(wires, words)
        spread = f"{min(taken):.1f} – {max(taken):.1f}"
        figures[kind] = [f"{statistics.median(taken):.1f}", spread, f"{size:.2f}", f"{last:.2f}"]
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))
