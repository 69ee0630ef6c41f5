# pymirage: hot
"""A neighbour as senders see it, and the signature of the caches that resolve neighbours (ARP, NDP)."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, mypyc_attr

if TYPE_CHECKING:
    from pymirage.net.interface import Interface
    from pymirage.wire.drop import Drop

UNRESOLVED: Final = -1


@mypyc_attr(allow_interpreted_subclasses=True)
class Neighbours(ABC):
    """Resolves the neighbours of one interface; bounded."""

    @abstractmethod
    def next_hop(self, address: bytes, now: i64) -> "NextHop | Drop":
        """The neighbour with this address, new or known; asks nothing yet."""

    @abstractmethod
    def usable(self, hop: "NextHop", now: i64) -> bool:
        """Whether `hop.mac` may be used; asked before sending once `now` reached `hop.fresh_until`.

        May start a probe or set a new `fresh_until`.
        """

    @abstractmethod
    def hold(
        self,
        hop: "NextHop",
        frame: bytes,
        checksum_start: i64,
        checksum_offset: i64,
        segment_size: i64,
        now: i64,
    ) -> "Drop | None":
        """Keep a frame until `hop` is resolved, then fill in its first six octets and send it; bounded."""

    @abstractmethod
    def confirm(self, hop: "NextHop", now: i64) -> None:
        """A higher layer made progress through `hop`: it is reachable (RFC 4861 §7.3.1)."""


@final
class NextHop:
    """Changed only by the cache that made it; held by paths, so that sending looks nothing up."""

    def __init__(self, interface: "Interface", neighbours: Neighbours, address: bytes) -> None:
        self.interface: Final = interface
        self.neighbours: Final = neighbours
        self.address: Final = address
        self.mac: i64 = UNRESOLVED
        """48-bit MAC address, or UNRESOLVED."""
        self.fresh_until: i64 = 0
        """Until then senders use `mac` without asking the cache."""
