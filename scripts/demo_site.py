"""The end of `make demo`: a web site as a unikernel, fetched from a booted image.

It runs where it can: on our own stack over a TAP interface in a network namespace of its own (as root, or
in a user namespace), under KVM or seccomp; else as a process on loopback.

    demo_site.py NETWORK PORT COMMAND …      inside: starts the site, fetches, measures, prints facts as JSON
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TAP, LINUX, GUEST, PORT = "tap0", "10.0.0.1", "10.0.0.2", 8080
LOOPBACK = "127.0.0.1"
CONNECTIONS, SECONDS = 16, 2.0
PATIENCE = 30
REQUEST = b"GET / HTTP/1.1\r\nHost: demo\r\n\r\n"


@dataclass(frozen=True)
class Site:
    """What was seen of the running site. boot: milliseconds until it served."""

    url: str
    status: str
    title: str
    boot: float
    rate: float


def why_no_network() -> str | None:
    """Why no namespace with a TAP interface can be made here, or None."""
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    try:
        done = _unshared(["ip", "tuntap", "add", "dev", TAP, "mode", "tap"])
    except FileNotFoundError as error:
        return f"{error.filename} is not installed (apt-get install util-linux iproute2)"
    reason = done.stderr.strip().splitlines()
    return (reason[-1] if reason else "it is refused") if done.returncode else None


def free_port() -> int:
    """One that nobody uses on loopback."""
    with socket.socket() as trying:
        trying.bind((LOOPBACK, 0))
        return int(trying.getsockname()[1])


def show(command: list[str], directory: Path, *, network: bool, port: int = PORT) -> Site:
    """Start the site with `command`, in a namespace with TAP or on loopback, and look at it."""
    kind = "tap" if network else "loopback"
    inside = [sys.executable, str(Path(__file__).resolve()), kind, str(port), *command]
    done = _unshared(inside, directory) if network else _run(inside, directory)
    if done.returncode:
        sys.exit(f"demo: the site did not run\n{done.stdout}{done.stderr}")
    return Site(**json.loads(done.stdout.splitlines()[-1]))


def _unshared(command: list[str], directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return _run(["unshare", "--net", *user, *command], directory)


def _run(command: list[str], directory: Path | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


# -- inside --


def main() -> None:
    network, number, *command = sys.argv[1:]
    if network == "tap":
        for words in (
            f"tuntap add dev {TAP} mode tap",
            f"address add {LINUX}/24 dev {TAP}",
            f"link set {TAP} up",
        ):
            subprocess.run(["ip", *words.split()], check=True)
    at = (GUEST if network == "tap" else LOOPBACK, int(number))
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        boot = (time.perf_counter() - started) * 1000
        if "serving" not in line:
            sys.exit(line + process.stdout.read())
        status, title, size = fetch(at)
        facts = {"status": status, "title": title, "boot": boot, "rate": rate(at, size)}
        print(json.dumps({"url": f"http://{at[0]}:{at[1]}/", **facts}))
    finally:
        process.terminate()
        process.wait()


def fetch(at: tuple[str, int]) -> tuple[str, str, int]:
    """The status line, the page's title, and the size of the whole response."""
    with socket.create_connection(at, PATIENCE) as connection:
        connection.sendall(REQUEST)
        data = b""
        while b"</main>" not in data:
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionError(f"only {data!r} came")
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    title = body.partition(b"<title>")[2].partition(b"</title>")[0].decode()
    return head.split(b"\r\n")[0].decode(), title, len(head) + 4 + length


def rate(at: tuple[str, int], size: int) -> float:
    """Requests a second, each connection asking again when it has its answer of `size` octets."""
    connections: dict[int, socket.socket] = {}
    unread: dict[int, int] = {}  # octets of the answer that is under way
    poll = select.epoll()
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(at, PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(REQUEST)
        connections[connection.fileno()] = connection
        unread[connection.fileno()] = size
        poll.register(connection.fileno(), select.EPOLLIN)
    answers, started = 0, time.perf_counter()
    # On a host that is too busy for one answer in that time, until there is one.
    while (now := time.perf_counter()) < started + (SECONDS if answers else PATIENCE):
        for number, _ in poll.poll(1):
            got = len(connections[number].recv(65536))
            if not got:
                raise ConnectionError("the site closed a connection")
            unread[number] -= got
            if unread[number] <= 0:
                unread[number] += size
                answers += 1
                connections[number].send(REQUEST)
    for connection in connections.values():
        connection.close()
    return answers / (now - started)


if __name__ == "__main__":
    main()
