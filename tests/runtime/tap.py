"""A TAP interface in a network namespace of its own, spoken to with raw frames.

Runs as a program inside the namespace: `unshare --net python -m tests.runtime.tap SCENARIO COMMAND…`. It
makes the interface `tap0`, starts the command, and prints what happened as one JSON object. Everything
disappears with the namespace.
"""

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

IFF_TAP, IFF_NO_PI, IFF_UP = 0x2, 0x1000, 0x1
TUNSETIFF, TUNSETPERSIST = 0x400454CA, 0x400454CB
SIOCSIFFLAGS, SIOCSIFMTU = 0x8914, 0x8922
EXPERIMENTAL = 0x88B5  # IEEE 802 local experimental EtherType
IPV4 = 0x0800
SOL_PACKET, PACKET_VNET_HDR = 263, 15
NEEDS_CHECKSUM, TCP_V4 = 1, 1
HEADERS = 10 + 14 + 20 + 20  # virtio, Ethernet, IPv4, TCP
OUR_ADDRESS = bytes.fromhex("02000000aa01")
TIMEOUT, RETRANSMIT = 100.0, 0.5
SEQUENCE = 10 + 14 + 20 + 4  # where the number of a segment's first octet is


def reason_not_to_run() -> str | None:
    """Why this machine cannot make a TAP interface in a namespace, if it cannot."""
    if shutil.which("unshare") is None:
        return "unshare is not installed (apt-get install util-linux)"
    probe = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", "open('/dev/net/tun', 'r+b', 0)"],
        capture_output=True,
        text=True,
    )
    return (probe.stderr.strip().splitlines() or ["unshare failed"])[-1] if probe.returncode else None


def inside(scenario: str, *command: str) -> dict[str, object]:
    """Runs the scenario in a fresh namespace and returns what it printed."""
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-m", "tests.runtime.tap", scenario, *command],
        capture_output=True,
        text=True,
        timeout=5 * TIMEOUT,
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


def sendings(source: socket.socket, frames: Iterator[bytes]) -> Iterator[None]:
    """Sends a frame after the other, as long as there is time. Whoever asks for the next one has waited for
    an answer: the host drops frames, or refuses to take them, until it has seen the carrier.
    """
    late = time.monotonic() + TIMEOUT
    while time.monotonic() < late:
        with contextlib.suppress(OSError):
            source.send(next(frames))
        yield


def exchange(link: socket.socket, address: bytes, payload: bytes) -> bool:
    """Sends the payload until it comes back."""
    wanted = OUR_ADDRESS + address + struct.pack("!H", EXPERIMENTAL) + payload
    for _ in sendings(link, itertools.repeat(frame_to(address, payload))):
        with contextlib.suppress(OSError):
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
        payloads = [bytes(i & 0x7F or 1 for i in range(size)) for size in sizes]
        payloads += [bytes([1 + i % 100]) * 64 for i in range(200)]
        echoed = all(exchange(link, address, payload) for payload in payloads)
        stopped = echoed and exchange(link, address, b"q" * 60)
        if not stopped:
            process.kill()
        rest = process.communicate(timeout=TIMEOUT)[0].decode()
    return {
        "address": words[1],
        "mtu": int(words[3]),
        "echoed": echoed,
        "rest": rest,
        "status": process.returncode,
    }


def echo_jumbo(command: list[str]) -> dict[str, object]:
    return echo(command, mtu=9000)


def offload_socket(name: str) -> socket.socket:
    """Each frame has a virtio header before it (packet(7), PACKET_VNET_HDR)."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(IPV4))
    link.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    link.bind((name, IPV4))
    link.settimeout(RETRANSMIT)
    return link


def tcp_frame(address: bytes, payload: bytes, sequence: int = 0) -> bytes:
    """A TCP segment of any length, its checksum left to whoever cuts it."""
    size = 40 + len(payload)
    ends = bytes((10, 0, 0, 1, 10, 0, 0, 2))
    ip = struct.pack("!BBHHHBBH", 0x45, 0, size, 0, 0x4000, 64, 6, 0) + ends
    ip = ip[:10] + struct.pack("!H", 0xFFFF ^ folded(ip)) + ip[12:]
    pseudo = folded(ends + struct.pack("!HH", 6, size - 20))
    tcp = struct.pack("!HHIIBBHHH", 1, 2, sequence, 0, 0x50, 0x10, 65535, pseudo, 0)
    return address + OUR_ADDRESS + struct.pack("!H", IPV4) + ip + tcp + payload


def folded(data: bytes) -> int:
    """RFC 1071, of an even number of octets, not inverted."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def virtio_header(segment_size: int) -> bytes:
    return struct.pack("=BBHHHH", NEEDS_CHECKSUM, TCP_V4 if segment_size else 0, 54, segment_size, 34, 16)


def send_until_whole(
    source: socket.socket, sink: socket.socket, address: bytes, payload: bytes
) -> list[bytes]:
    """Sends one long segment until it arrives for us, in one piece or cut; the pieces, headers before them.

    Each sending has sequence numbers of its own: the first one may arrive after the second was sent.
    """
    arrived: defaultdict[int, list[bytes]] = defaultdict(list)
    frames = (virtio_header(1000) + tcp_frame(address, payload, number << 20) for number in itertools.count())
    for _ in sendings(source, frames):
        with contextlib.suppress(OSError):
            while True:
                piece = sink.recv(70000)
                if piece[10:16] == OUR_ADDRESS:
                    pieces = arrived[struct.unpack_from("!I", piece, SEQUENCE)[0] >> 20]
                    pieces.append(piece)
                    if sum(len(each) - HEADERS for each in pieces) >= len(payload):
                        return pieces
    return []


def offload(command: list[str], payload: int = 40000) -> dict[str, object]:
    """What becomes of a long segment that the guest sends back."""
    make_tap("tap0")
    return long_segment(command, payload)


def long_segment(command: list[str], payload: int) -> dict[str, object]:
    with (
        offload_socket("tap0") as link,
        subprocess.Popen(command, stdout=subprocess.PIPE, close_fds=False) as process,
    ):
        words = read_line(process).split()
        address = bytes.fromhex(words[1])
        sent = bytes(i % 100 for i in range(payload))
        pieces = send_until_whole(link, link, address, sent)
        back = send_until_whole(link, link, address, b"q" * 1000)
        if not back:
            process.kill()
        rest = process.communicate(timeout=TIMEOUT)[0].decode()
    return {
        "told": words[2:],
        "pieces": [len(piece) - HEADERS for piece in pieces],
        "segment_sizes": sorted({struct.unpack_from("=H", piece, 4)[0] for piece in pieces}),
        "intact": b"".join(piece[HEADERS:] for piece in pieces) == sent,
        "rest": rest,
        "status": process.returncode,
    }


def plain_descriptor(command: list[str]) -> dict[str, object]:
    """The guest gets a descriptor that was attached without a header."""
    make_tap("tap0")
    fd = attach("tap0")
    os.set_inheritable(fd, True)
    return long_segment([part.replace("@fd", f"@{fd}") for part in command], 40000)


def pair(command: list[str]) -> dict[str, object]:
    """Frames pass through the guest from one interface to the other, both ways."""
    make_tap("tap0")
    make_tap("tap1")
    with (
        packet_socket("tap0") as one,
        packet_socket("tap1") as other,
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
    ):
        read_line(process)
        passed = all(
            pass_through(*ends, bytes([1 + i % 100]) * size)
            for i in range(100)
            for ends, size in (((one, other), 60 + i), ((other, one), 1500 - i))
        )
        # Linux announces its addresses, which it draws: one that ends in 'q' stops nothing.
        passed = passed and pass_through(one, other, bytes(59) + b"q")
        stopped = passed and pass_through(one, other, b"q" * 60)
        if not stopped:
            process.kill()
        rest = process.communicate(timeout=TIMEOUT)[0].decode()
    return {"passed": passed, "stopped": stopped, "rest": rest, "status": process.returncode}


def offload_to_plain(command: list[str]) -> dict[str, object]:
    """A long segment that goes through a guest which takes plain frames only."""
    make_tap("tap0")
    make_tap("tap1")
    sent = bytes(i % 100 for i in range(40000))
    with (
        offload_socket("tap0") as one,
        offload_socket("tap1") as other,
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
    ):
        read_line(process)
        pieces = send_until_whole(one, other, OUR_ADDRESS, sent)
        process.kill()
    return {
        "pieces": [len(piece) - HEADERS for piece in pieces],
        "intact": b"".join(piece[HEADERS:] for piece in pieces) == sent,
    }


def pass_through(source: socket.socket, sink: socket.socket, payload: bytes) -> bool:
    wanted = frame_to(OUR_ADDRESS, payload)
    for _ in sendings(source, itertools.repeat(wanted)):
        with contextlib.suppress(OSError):
            while sink.recv(65536) != wanted:
                pass
            return True
    return False


def present(command: list[str]) -> dict[str, object]:
    make_tap("tap0")
    return end(command)


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
    "offload": offload,
    "plain_descriptor": plain_descriptor,
    "offload_to_plain": offload_to_plain,
    "pair": pair,
    "present": present,
    "absent": absent,
    "down": down,
    "busy": busy,
}


if __name__ == "__main__":
    print(json.dumps(SCENARIOS[sys.argv[1]](sys.argv[2:])))
