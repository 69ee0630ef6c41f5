"""A network stack: connections and datagrams by host and port, over IPv4 and IPv6 alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from pymirage.device.flow import Flow

    Serve: TypeAlias = Callable[["Flow", "Peer"], Awaitable[None]]


@dataclass(frozen=True)
class Peer:
    """Who is at the other end: an address as text, and a port."""

    address: str
    port: int


@dataclass(frozen=True)
class Datagram:
    """One datagram that came, and who sent it."""

    data: bytes
    sender: Peer


class Listener(ABC):
    """A port that takes connections."""

    @abstractmethod
    def port(self) -> int:
        """The port, also when any was asked for."""

    @abstractmethod
    async def close(self) -> None:
        """Takes no further connections; those that are open go on. Twice is harmless."""


class Datagrams(ABC):
    """A port that sends and receives datagrams. At most one task receives at a time."""

    @abstractmethod
    def port(self) -> int:
        """The port, also when any was asked for."""

    @abstractmethod
    async def receive(self) -> Datagram:
        """The next datagram. What comes while too many wait is lost, as on the way. Closed after `close`."""

    @abstractmethod
    def send(self, data: bytes, address: str, port: int) -> None:
        """Sends one datagram, without waiting and without word of its fate; `address` in numbers.

        Raises UsageError when the address is none or the data too long for a datagram, Closed after `close`.
        """

    @abstractmethod
    async def close(self) -> None:
        """Gives the port back. Twice is harmless."""


class Stack(ABC):
    """What applications speak TCP and UDP with."""

    @abstractmethod
    def addresses(self) -> list[str]:
        """Our own addresses that are in use now; empty when the platform does not tell."""

    @abstractmethod
    async def resolve(self, host: str) -> list[str]:
        """The addresses of a name, those to try first in front; empty when it has none."""

    @abstractmethod
    async def open(self, host: str, port: int) -> Flow:
        """Connects to a port of a host, given by name or address.

        Of several addresses those that answer sooner win (RFC 8305). Raises ConnectionLost when none takes
        the connection; cancelling gives it up.
        """

    @abstractmethod
    async def listen(self, port: int, serve: Serve, *, address: str = "") -> Listener:
        """Runs `serve(flow, peer)` in a task for each connection to `port` (0: any free one).

        address: one of ours, in numbers; empty for all. The flow is closed when `serve` returns; what it
        raises is logged and ends only that flow. Raises UsageError when the port is taken.
        """

    @abstractmethod
    async def datagrams(self, port: int = 0, *, address: str = "") -> Datagrams:
        """A port for datagrams (0: any free one). Raises UsageError when it is taken."""

    @abstractmethod
    async def close(self) -> None:
        """Ends every flow and port. Twice is harmless."""
