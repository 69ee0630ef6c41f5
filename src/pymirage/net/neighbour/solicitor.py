# pymirage: hot
"""What a neighbour cache asks of ARP, of Neighbour Discovery and of routing."""

from abc import ABC, abstractmethod

from mypy_extensions import i64, mypyc_attr

from pymirage.net.next_hop import NextHop


@mypyc_attr(allow_interpreted_subclasses=True)
class Solicitor(ABC):
    """Puts the question "who has this address?" on the link, in the words of one protocol."""

    @abstractmethod
    def solicit(self, address: bytes, mac: i64) -> None:
        """Ask once: everybody when `mac` is UNRESOLVED, else only that station, whether it is there."""


@mypyc_attr(allow_interpreted_subclasses=True)
class NeighbourWatcher(ABC):
    """Hears what becomes of neighbours."""

    @abstractmethod
    def neighbour_answers(self, hop: NextHop, now: i64) -> None:
        """The neighbour was found, or is there again."""

    @abstractmethod
    def neighbour_failed(self, hop: NextHop, held: list[bytes], now: i64) -> None:
        """Nobody answered; for `held`, the frames that waited, their senders are owed an error (§7.2.2)."""
