"""Every parser of wire/: whatever comes, a header or a `Drop`, never an exception.

python -m fuzz.parsers [seconds] [seed]
"""

from __future__ import annotations

from fuzz import target
from fuzz.target import Targets
from pymirage.wire import ethernet, icmpv4, icmpv6, ipv4, ipv6, tcp, udp


def seeds() -> Targets:
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
    """So many mutations for each; how many were accepted."""
    return target.run(seeds(), rounds, seed, {"udp": 40, "icmpv6": 40})


if __name__ == "__main__":
    target.main("parsers", run, 2000)
