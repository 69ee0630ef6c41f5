"""One end of a conversation: an address and a port."""

from __future__ import annotations

from pymirage.error import UsageError


class Endpoint:
    """`address` is an IPv4 or IPv6 address as text. Equal endpoints are the same place; never changed."""

    __slots__ = ("address", "port")

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self.port = port

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Endpoint) and (self.address, self.port) == (other.address, other.port)

    def __hash__(self) -> int:
        return hash((self.address, self.port))

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r}, {self.port})"

    def __str__(self) -> str:
        """As URLs write it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def check_port(port: int) -> None:
    """What has more than 16 bits is no port. (Some hosts take their lower ones, and serve somewhere else.)"""
    if not 0 <= port <= 0xFFFF:
        raise UsageError(f"port {port}: a port is a number from 0 to 65535")
