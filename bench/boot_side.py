"""Linux's end of the web site's wires, in its own namespace: `python -m bench.boot_side RUNS COUNT COMMANDS`.

Linux knows each instance's hardware address beforehand: nobody waits for ARP. A connection is begun when
the tender has opened its interface; what is sent before the image listens waits in the interface, and a
SYN is not sent twice.
"""

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PORT = 8080
PATIENCE = 60
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
        return subprocess.Popen(self.command(words), stdout=subprocess.DEVNULL)

    def first_byte(self, started: float) -> float:
        """Seconds from `started` until the instance's first octet of an answer."""
        carrier = Path(f"/sys/class/net/{self.name}/carrier")
        while carrier.read_text() != "1\n":
            time.sleep(0)
        with socket.create_connection((self.address, PORT), PATIENCE) as connection:
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
        taken.append(1000 * wire.first_byte(started))
        end(process)
    return taken[1:]


def together(wires: Sequence[Wire], words: Sequence[str]) -> tuple[float, float]:
    """MiB of proportional set size each, and seconds from the first start to the last first octet."""
    with ThreadPoolExecutor(len(wires)) as pool:
        started = time.perf_counter()
        processes = [wire.start(words) for wire in wires]
        last = max(pool.map(lambda wire: wire.first_byte(started), wires))
    sizes = [proportional(process.pid) for process in processes]
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
