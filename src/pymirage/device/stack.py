"""A network stack: TCP, UDP, names and addresses, whatever carries them."""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.count import Count
    from pymirage.device.tcp import Tcp
    from pymirage.device.udp import Udp


class Stack(ABC):
    """One host's network, IPv4 and IPv6 alike."""

    @property
    @abstractmethod
    def tcp(self) -> Tcp:
        """Connections."""

    @property
    @abstractmethod
    def udp(self) -> Udp:
        """Datagrams."""

    @abstractmethod
    def addresses(self) -> list[str]:
        """Our own addresses that are in use now."""

    @abstractmethod
    async def resolve(self, name: str) -> list[str]:
        """The addresses of a name, best first; an address is its own. Empty when there are none."""

    def counts(self) -> list[Count]:
        """What went through it and what was dropped, for monitoring; none where another system counts."""
        return []

    @abstractmethod
    async def close(self) -> None:
        """Ends what uses it. Closing twice is harmless."""
