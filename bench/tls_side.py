"""Linux's end of the measurements of TLS: `python -m bench.tls_side COMMAND …` in a network namespace.

OpenSSL's s_time counts handshakes, Python's ssl takes the bulk, h2load asks for pages. Figures as JSON.
"""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.network_side import OURS, connect, start

SECONDS = 4
HANDSHAKES, BULK, HTTP, HTTPS = 4433, 4434, 8080, 8443
REQUESTS = 40_000


class Figure:
    """A count and its seconds. On a busy machine the peer's processor time says more (see `main`)."""

    def __init__(self, count: float, seconds: float) -> None:
        self.count = count
        self.seconds = seconds


def handshakes() -> Figure:
    """TLS 1.3 with P-256, each on a connection of its own, one after the other."""
    command = [
        "openssl",
        "s_time",
        "-connect",
        f"{OURS}:{HANDSHAKES}",
        "-new",
        "-time",
        str(SECONDS),
        "-tls1_3",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"(\d+) connections in (\d+) real seconds", done.stdout)
    if found is None:
        raise SystemExit(f"s_time: {done.stdout}{done.stderr}")
    return Figure(int(found[1]), int(found[2]))


def bulk() -> Figure:
    """Gbit of plain text out of the peer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with context.wrap_socket(connect(BULK)) as stream:
        stream.settimeout(20)
        stream.sendall(b"GET /bulk HTTP/1.0\r\n\r\n")
        began = time.perf_counter()
        size = 0
        while time.perf_counter() - began < SECONDS and (data := stream.recv(1 << 18)):
            size += len(data)
        return Figure(size * 8 / 1e9, time.perf_counter() - began)


def pages(scheme: str, port: int) -> Figure:
    """Requests on eight persistent connections."""
    url = f"{scheme}://{OURS}:{port}/page"
    command = ["h2load", "--h1", "-n", str(REQUESTS), "-c", "8", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"finished in [\d.]+m?s, ([\d.]+) req/s", done.stdout)
    good = re.search(r"(\d+) succeeded", done.stdout)
    if found is None or good is None or int(good[1]) != REQUESTS:
        raise SystemExit(f"h2load: {done.stdout[-500:]}{done.stderr}")
    return Figure(REQUESTS, REQUESTS / float(found[1]))


def processor_time(pid: int) -> float:
    """Seconds, of all threads and of a guest in them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(command: list[str]) -> None:
    process = start(command)
    measurements: dict[str, Callable[[], Figure]] = {
        "handshakes": handshakes,
        "bulk": bulk,
        "http": lambda: pages("http", HTTP),
        "https": lambda: pages("https", HTTPS),
    }
    figures: dict[str, float] = {}
    try:
        for name, measure in measurements.items():
            before = processor_time(process.pid)
            found = measure()
            figures[name] = found.count / found.seconds
            figures[f"{name} by processor"] = found.count / (processor_time(process.pid) - before)
    finally:
        process.kill()
    print(json.dumps(figures))


if __name__ == "__main__":
    socket.setdefaulttimeout(30)
    main(sys.argv[1:])
