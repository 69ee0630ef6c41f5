"""Every parser of wire/: whatever comes, a header or a `Drop`, never an exception.

python -m fuzz.parsers [seconds] [seed]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from typing import Any

from fuzz.mutate import mutate
from pymirage.wire import ethernet, icmpv4, icmpv6, ipv4, ipv6, tcp, udp
from pymirage.wire.drop import Drop


def seeds() -> dict[str, tuple[Callable[[bytes], Any], list[bytes]]]:
    """Each parser with good input to begin from."""
    segment = bytearray(60)
    end = tcp.put_timestamps(segment, 20, 1, 2)
    end = tcp.put_sack_header(segment, end, 3) + 24
    tcp.put(segment, 0, 80, 50_000, 1, 2, end, 16, 3)
    syn = bytearray(44)
    end = tcp.put_maximum_size(syn, 20, 1460)
    end = tcp.put_sack_permitted(syn, end)
    end = tcp.put_timestamps(syn, end, 1, 0)
    end = tcp.put_window_scale(syn, end, 7)
    tcp.put(syn, 0, 80, 50_000, 1, 2, end, 2, 3)
    extended = (
        bytes([60, 0, 1, 4, 0, 0, 0, 0, 43, 1, 5, 2, 0, 0, 1, 8])
        + bytes(16)
        + bytes([6, 0, 0, 1, 0, 0, 0, 9])
    )
    datagram = bytearray(40)
    udp.put(datagram, 20, 1, 2, 20, 0)
    return {
        "ipv4": (lambda data: ipv4.parse(data, 0), [ipv4.emit(0, 0, 0, 0, 64, 6, 1, 2) + b"x"]),
        "ipv6": (lambda data: ipv6.parse(data, 0), [ipv6.emit(0, 0, 0, 6, 64, 1, 2, 3, 4)]),
        "ipv6 extensions": (lambda data: ipv6.extensions(data, 0, 0, 0, len(data), False), [extended]),
        "tcp": (lambda data: tcp.parse(data, 0, len(data)), [bytes(segment), bytes(syn) + b"data"]),
        "udp": (lambda data: udp.parse(data, 4, 0, min(20, len(data)), len(data), False), [bytes(datagram)]),
        "icmpv4": (lambda data: icmpv4.parse(data, 0, len(data)), [icmpv4.emit(8, 0, 1, b"ping")]),
        "icmpv6": (
            lambda data: icmpv6.parse(data, 0, min(40, len(data)), len(data)),
            [bytes(40) + icmpv6.emit(128, 0, 1, b"ping", bytes(16), bytes(16))],
        ),
        "ethernet": (
            lambda data: ethernet.ethertype(data) if len(data) >= ethernet.SIZE else None,
            [bytes(20)],
        ),
    }


def run(rounds: int, seed: int) -> int:
    """So many mutations for each parser; how many were accepted."""
    chance = random.Random(seed)
    accepted = 0
    for name, (parse, corpus) in seeds().items():
        for number in range(rounds):
            data = chance.choice(corpus)
            for _ in range(chance.randint(1, 3)):
                data = mutate(data, chance)
            if name in ("udp", "icmpv6") and len(data) < 40:
                continue
            try:
                if not isinstance(parse(data), Drop):
                    accepted += 1
            except Exception as error:
                raise AssertionError(f"{name}, seed {seed}, round {number}: {data.hex()}") from error
    return accepted


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run(2000, seed)
        seed += 1
    print(f"parsers: next seed {seed}")


if __name__ == "__main__":
    main()
