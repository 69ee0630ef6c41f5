# pymirage: hot
"""The way to one destination (RFC 4861 §5.1: destination cache), and the signature of routing."""

from abc import ABC, abstractmethod
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.address import high_of, low_of
from pymirage.net.next_hop import NextHop
from pymirage.wire import pseudo_header
from pymirage.wire.drop import Drop


@final
class Path:
    """Made by routing and held by connections.

    Routing changes `hop` and `mtu` in place and clears `valid` when it gives the path up.
    """

    def __init__(self, source: bytes, destination: bytes, hop: NextHop, mtu: i64) -> None:
        self.version: Final[i64] = 4 if len(destination) == 4 else 6
        self.source: Final = source
        self.destination: Final = destination
        self.source_high: Final[i64] = high_of(source)
        self.source_low: Final[i64] = low_of(source)
        self.destination_high: Final[i64] = high_of(destination)
        self.destination_low: Final[i64] = low_of(destination)
        self.address_sum: Final[i64] = pseudo_header.addresses_sum(
            self.version, self.source_high, self.source_low, self.destination_high, self.destination_low
        )
        """The addresses' share of a transport checksum."""
        self.hop: NextHop = hop
        self.mtu: i64 = mtu
        """Largest IP packet for this path in octets: the link's MTU or what path MTU discovery found."""
        self.valid: bool = True
        """False: ask routing for a new path before sending again."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Routes(ABC):
    """Chooses paths: route table, source address selection, path MTUs."""

    @abstractmethod
    def path(self, destination: bytes, source: bytes, now: i64) -> "Path | Drop":
        """Path to `destination` (4 or 16 octets) from `source`, or from our best one when that is empty."""

    @abstractmethod
    def too_big(self, path: Path, mtu: i64, now: i64) -> None:
        """A transport found that packets over `mtu` octets do not get through (black hole, RFC 4821)."""
