"""Linux's end of `bench.exchange`: `python -m bench.exchange_side COMMAND …` in a namespace of its own.

Persistent connections, one request outstanding on each; the peer is the one of `bench.network_side`.
"""

import json
import os
import select
import socket
import statistics
import sys
import time
from pathlib import Path

from bench.network_side import connect, start

PORT = 11
QUESTION, ANSWER = bytes(100), 1024
SECONDS = 3.0
CONNECTIONS = (1, 30, 256)
Figures = dict[str, float]


def spent(pid: int) -> list[float]:
    """Seconds of processor time that a process took so far: in its own code, and in the kernel."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in words[11:13]]


class Client:
    """`connections` streams, driven by one loop without a framework: the peer is to be the slow one."""

    def __init__(self, connections: int) -> None:
        self.streams = {stream.fileno(): stream for stream in (connect(PORT) for _ in range(connections))}
        self.missing = dict.fromkeys(self.streams, ANSWER)
        self.asked = dict.fromkeys(self.streams, 0.0)
        self.times: list[float] = []

    def run(self, seconds: float) -> Figures:
        ready = select.epoll()
        ends = (began := time.perf_counter()) + seconds
        for number, stream in self.streams.items():
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.register(number, select.EPOLLIN)
            self.ask(number)
        while time.perf_counter() < ends:
            for number, _ in ready.poll(1.0):
                self.take(number)
        elapsed = time.perf_counter() - began
        for stream in self.streams.values():
            stream.close()
        self.times.sort()
        return {
            "count": len(self.times),
            "rate": len(self.times) / elapsed,
            "median": statistics.median(self.times) * 1e6,
            "99th": self.times[len(self.times) * 99 // 100] * 1e6,
        }

    def ask(self, number: int) -> None:
        self.asked[number] = time.perf_counter()
        self.streams[number].send(QUESTION)

    def take(self, number: int) -> None:
        data = self.streams[number].recv(65536)
        if not data:
            raise SystemExit("the peer closed a connection")
        self.missing[number] -= len(data)
        if self.missing[number] <= 0:
            self.missing[number] += ANSWER
            self.times.append(time.perf_counter() - self.asked[number])
            self.ask(number)


def main() -> None:
    process = start(sys.argv[1:])
    figures: dict[str, Figures] = {}
    try:
        for connections in CONNECTIONS:
            before = spent(process.pid)
            found = Client(connections).run(SECONDS)
            after = spent(process.pid)
            found["user"], found["system"] = (
                (later - sooner) * 1e6 / found["count"] for sooner, later in zip(before, after, strict=True)
            )
            figures[str(connections)] = found
    finally:
        process.kill()
        process.wait()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
