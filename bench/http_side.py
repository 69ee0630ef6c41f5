"""The client's end of bench/http: `python -m bench.http_side COMMAND …` in a network namespace of its own."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.network_side import OURS, connect, start

PORT, ASGI, BULK = 8080, 8081, 8019
SIZE = 100 << 20
TIMES = 9
"""The first download takes up to twice as long as others: nobody has touched its memory, ours and Linux's."""
CONNECTIONS = (1, 30, 256)
SECONDS = os.environ.get("BENCH_SECONDS", "5")
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def wrk(connections: int, port: int = PORT) -> tuple[float, float]:
    """Requests a second, and the 99th percentile of their times in milliseconds."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", f"http://{OURS}:{port}/"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    wrong = re.search(r"Socket errors:.*|Non-2xx.*", text)
    if wrong is not None:
        raise ValueError(wrong[0])
    rate, late = re.search(r"Requests/sec:\s+([\d.]+)", text), re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    assert rate is not None and late is not None, text
    return float(rate[1]), float(late[1]) * UNITS[late[2]]


def received(port: int, request: bytes) -> float:
    """Gbit/s of a stream that the server ends, or of 100 MiB."""
    with connect(port) as stream:
        began = time.perf_counter()
        stream.sendall(request)
        size = 0
        while size < SIZE and (data := stream.recv(1 << 20)):
            size += len(data)
        seconds = time.perf_counter() - began
    if size < SIZE:
        raise ValueError(f"{size} octets of {SIZE}")
    return size * 8 / seconds / 1e9


def memory(pid: int) -> float:
    """MiB resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) / 256


def ready() -> None:
    """nginx does not say when it listens."""
    while True:
        try:
            connect(PORT).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)


def main() -> None:
    process = start(sys.argv[1:])
    figures: dict[str, float | str] = {}
    try:
        ready()
        for connections in CONNECTIONS:
            figures[f"{connections}"], figures[f"{connections} p99"] = wrk(connections)
        words = " ".join(sys.argv[1:])
        if "http_uvicorn" in words:
            figures["asgi"] = figures["30"]
        elif "http_raw" not in words and "nginx" not in words:
            figures["asgi"] = wrk(30, ASGI)[0]
        get = f"GET /download HTTP/1.1\r\nHost: {OURS}\r\nConnection: close\r\n\r\n".encode()
        if "http_" not in words:
            figures["download"] = statistics.median(received(PORT, get) for _ in range(TIMES))
        if "nginx" not in words and "download" in figures:
            figures["bulk"] = statistics.median(received(BULK, b"") for _ in range(TIMES))
        figures["memory"] = memory(process.pid)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        figures["failed"] = f"{error}"
    finally:
        process.kill()
        process.wait()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
