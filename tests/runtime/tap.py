"""A TAP interface in a network namespace of its own, spoken to with raw frames.

Runs as a program inside the namespace: `unshare --net python -m tests.runtime.tap SCENARIO COMMAND…`. It
makes the interface `tap0`, starts the command, and prints what happened as one JSON object. Everything
disappears with the namespace.
"""

import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

IFF_TAP, IFF_NO_PI, IFF_UP = 0x2, 0x1000, 0x1
TUNSETIFF, TUNSETPERSIST = 0x400454CA, 0x400454CB
SIOCSIFFLAGS, SIOCSIFMTU = 0x8914, 0x8922
EXPERIMENTAL = 0x88B5  # IEEE 802 local experimental EtherType
OUR_ADDRESS = bytes.fromhex("02000000aa01")
TIMEOUT, RETRANSMIT = 20.0, 0.5


def reason_not_to_run() -> str | None:
    """Why this machine cannot make a TAP interface in a namespace, if it cannot."""
    probe = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", "open('/dev/net/tun', 'r+b', 0)"],
        capture_output=True,
        text=True,
    )
    return probe.stderr.strip().splitlines()[-1] if probe.returncode else None


def inside(scenario: str, *command: str) -> dict[str, object]:
    """Runs the scenario in a fresh namespace and returns what it printed."""
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-m", "tests.runtime.tap", scenario, *command],
        capture_output=True,
        text=True,
        timeout=2 * TIMEOUT,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, object] = json.loads(done.stdout)
    return result


def attach(name: str) -> int:
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def make_tap(name: str, mtu: int = 1500, up: bool = True) -> None:
    fd = attach(name)
    fcntl.ioctl(fd, TUNSETPERSIST, 1)
    os.close(fd)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFMTU, struct.pack("16si20x", name.encode(), mtu))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), IFF_UP if up else 0))


def packet_socket(name: str) -> socket.socket:
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENTAL))
    link.bind((name, EXPERIMENTAL))
    link.settimeout(RETRANSMIT)
    return link


def frame_to(address: bytes, payload: bytes) -> bytes:
    return address + OUR_ADDRESS + struct.pack("!H", EXPERIMENTAL) + payload


def read_line(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def exchange(link: socket.socket, address: bytes, payload: bytes) -> bool:
    """Sends the payload until it comes back: the host drops frames until it has seen the carrier."""
    wanted = OUR_ADDRESS + address + struct.pack("!H", EXPERIMENTAL) + payload
    for _ in range(int(TIMEOUT / RETRANSMIT)):
        with contextlib.suppress(TimeoutError, OSError):
            link.send(frame_to(address, payload))
            while not link.recv(65536).startswith(wanted):
                pass
            return True
    return False


def echo(command: list[str], mtu: int = 1500) -> dict[str, object]:
    make_tap("tap0", mtu)
    return exchange_frames(command, mtu)


def exchange_frames(command: list[str], mtu: int) -> dict[str, object]:
    with (
        packet_socket("tap0") as link,
        subprocess.Popen(command, stdout=subprocess.PIPE, close_fds=False) as process,
    ):
        words = read_line(process).split()
        address = bytes.fromhex(words[1])
        sizes = (46, 47, 100, 1000, mtu)
        echoed = [exchange(link, address, bytes(i & 0x7F or 1 for i in range(size))) for size in sizes]
        echoed += [exchange(link, address, bytes([1 + i % 100]) * 64) for i in range(200)]
        stopped = exchange(link, address, b"q" * 60)
        if not stopped:
            process.kill()
        rest = process.communicate(timeout=TIMEOUT)[0].decode()
    return {
        "address": words[1],
        "mtu": int(words[3]),
        "echoed": all(echoed),
        "rest": rest,
        "status": process.returncode,
    }


def echo_jumbo(command: list[str]) -> dict[str, object]:
    return echo(command, mtu=9000)


def end(command: list[str]) -> dict[str, object]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    return {"status": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


def inherited(command: list[str]) -> dict[str, object]:
    """The guest gets a descriptor that is already attached."""
    make_tap("tap0")
    fd = attach("tap0")
    os.set_inheritable(fd, True)
    return exchange_frames([part.replace("@fd", f"@{fd}") for part in command], 1500)


def absent(command: list[str]) -> dict[str, object]:
    return end(command)


def down(command: list[str]) -> dict[str, object]:
    make_tap("tap0", up=False)
    return end(command)


def busy(command: list[str]) -> dict[str, object]:
    make_tap("tap0")
    fd = attach("tap0")
    try:
        return end(command)
    finally:
        os.close(fd)


SCENARIOS: dict[str, Callable[[list[str]], dict[str, object]]] = {
    "echo": echo,
    "echo_jumbo": echo_jumbo,
    "inherited": inherited,
    "absent": absent,
    "down": down,
    "busy": busy,
}


if __name__ == "__main__":
    print(json.dumps(SCENARIOS[sys.argv[1]](sys.argv[2:])))
