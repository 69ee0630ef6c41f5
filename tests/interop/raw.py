"""Packets that no kernel would send: an attacker's, out of a raw socket of the namespace."""

from __future__ import annotations

import socket
from random import Random

from pymirage.octets import sum16
from tests.interop.laboratory import OURS4

TCP, ICMP = 6, 1


class Attacker:
    """Sends IPv4 packets with any source to our address; the kernel fills in IPv4's length and checksum."""

    def __init__(self, seed: int = 1) -> None:
        self.random = Random(seed)
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def __enter__(self) -> Attacker:
        return self

    def __exit__(self, *unused: object) -> None:
        self._raw.close()

    def stranger(self) -> bytes:
        """An address of the range for benchmarks (RFC 2544 appendix C), behind the gateway."""
        return bytes((198, 18, self.random.randrange(256), self.random.randrange(1, 255)))

    def send(self, protocol: int, source: bytes, payload: bytes) -> None:
        destination = socket.inet_aton(OURS4)
        packet = ip_header(protocol, source, destination, len(payload)) + payload
        self._raw.sendto(packet, (OURS4, 0))

    def segment(self, source: bytes, ports: tuple[int, int], numbers: tuple[int, int], flags: int) -> None:
        """A TCP segment without data."""
        self.send(TCP, source, tcp_segment(source, socket.inet_aton(OURS4), ports, numbers, flags))

    def error(self, source: bytes, kind: tuple[int, int], rest: int, quoted: bytes) -> None:
        """An ICMP error about `quoted`; `rest` is the second word, which holds the MTU of a "too big"."""
        message = bytes(kind) + bytes(2) + rest.to_bytes(4, "big") + quoted
        self.send(ICMP, source, message[:2] + checksum(message) + message[4:])


def checksum(data: bytes) -> bytes:
    return int(~sum16(data, 0, len(data)) & 0xFFFF).to_bytes(2, "big")


def ip_header(protocol: int, source: bytes, destination: bytes, length: int) -> bytes:
    """RFC 791 §3.1."""
    begin = b"\x45\0" + (20 + length).to_bytes(2, "big") + bytes(4) + bytes((64, protocol))
    header = begin + bytes(2) + source + destination
    return header[:10] + checksum(header) + header[12:]


def tcp_segment(
    source: bytes, destination: bytes, ports: tuple[int, int], numbers: tuple[int, int], flags: int
) -> bytes:
    """RFC 9293 §3.1, without options and data."""
    words = b"".join(port.to_bytes(2, "big") for port in ports)
    words += b"".join((number & 0xFFFF_FFFF).to_bytes(4, "big") for number in numbers)
    words += bytes((5 << 4, flags)) + b"\xff\xff" + bytes(4)
    pseudo = source + destination + bytes((0, TCP)) + len(words).to_bytes(2, "big")
    return words[:16] + checksum(pseudo + words) + words[18:]
