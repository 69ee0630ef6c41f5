"""Frames between a C guest and a TAP interface, without a stack: what crossing costs, plain and long.

Runs in a network namespace of its own. The source's frames are dropped by the host as soon as it has them.
The sink's come from a packet socket in Python: with plain frames that is the limit, not the guest.
"""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from bench.table import render
from tests.runtime import tap, toolchain

RUNS = int(os.environ.get("BENCH_RUNS", "3"))
SECONDS = 1.0
PLAIN = bytes(1460)
LONG = bytes(1448 * 45)
STOP = b"q" * 60
HYPERCALLS = "hvt without rings"
Figures = tuple[int, int, int, int]  # frames, octets, nanoseconds, lost


def command_for(target: str, argument: str) -> list[str]:
    if target != HYPERCALLS:
        return toolchain.command("net_flood", target, "--net:service=tap0", arguments=argument.split())
    image = toolchain.guest_without_capabilities("net_flood", "hvt")
    return [str(toolchain.tender("hvt")), "--net:service=tap0", str(image), *argument.split()]


def measure(target: str, argument: str) -> Figures:
    """One run of the guest, in a fresh namespace."""
    command = command_for(target, argument)
    inside = ["unshare", "--net", sys.executable, "-m", "bench.frames", argument, *command]
    done = subprocess.run(inside, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    frames, octets, nanoseconds, lost = json.loads(done.stdout)
    return frames, octets, nanoseconds, lost


def in_namespace(argument: str, command: list[str]) -> Figures:
    tap.make_tap("tap0")
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as guest,
        tap.offload_socket("tap0") as link,
    ):
        assert guest.stdout is not None
        assert guest.stdout.readline() == "ready\n"
        if argument.startswith("sink"):
            flood(link, argument == "sink long", guest)
        frames, octets, nanoseconds, lost = map(int, guest.stdout.readline().split())
    return frames, octets, nanoseconds, lost


def flood(link: socket.socket, long: bool, guest: "subprocess.Popen[str]") -> None:
    address = bytes((2, 0, 0, 0, 0, 9))
    data = (
        tap.virtio_header(1448) + tap.tcp_frame(address, LONG)
        if long
        else bytes(10) + tap.tcp_frame(address, PLAIN)
    )
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for _ in range(64):
            send(link, data)
    while guest.poll() is None:
        send(link, bytes(10) + tap.tcp_frame(address, STOP))
        time.sleep(0.01)


def send(link: socket.socket, data: bytes) -> None:
    try:
        link.send(data)
    except OSError:  # the queue is full, or the guest has ended
        time.sleep(0)


def row(target: str, argument: str) -> list[str]:
    frames, octets, nanoseconds, lost = max(
        (measure(target, argument) for _ in range(RUNS)), key=lambda f: f[1] / max(f[2], 1)
    )
    return [
        f"{target} {argument}",
        f"{frames / max(nanoseconds, 1) * 1e6:.0f}",
        f"{octets * 8 / max(nanoseconds, 1):.2f}",
        f"{nanoseconds / max(frames, 1):.0f}",
        str(lost),
    ]


def main() -> None:
    reason = tap.reason_not_to_run()
    if reason:
        print(f"skipped: {reason}")
        return
    targets = [
        name for name in toolchain.TARGETS if name != "hvt" or os.access("/dev/kvm", os.R_OK | os.W_OK)
    ]
    plain, long = ("source", "sink"), ("source long", "sink long")
    rows = [row(target, argument) for target in targets for argument in (*plain, *long)]
    if "hvt" in targets:
        rows += [row(HYPERCALLS, argument) for argument in plain]
    print(render(["", "1000 frames/s", "Gbit/s", "ns/frame", "lost"], rows))
    print(f"\nbest of {RUNS} runs of {SECONDS:.0f} s; plain: MTU 1500; long: 45 segments of 1448 octets")


if __name__ == "__main__":
    print(json.dumps(in_namespace(sys.argv[1], sys.argv[2:])))
