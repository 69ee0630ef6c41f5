"""Datagrams over UDP."""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from pymirage.device.endpoint import Endpoint

    Receive: TypeAlias = Callable[["UdpPort", bytes, Endpoint, Endpoint], object]


LARGEST = 65_507
"""Bytes that fit into one datagram over IPv4 (RFC 768, RFC 791); IPv6 has room for 20 more."""


class UdpPort(ABC):
    """A port of ours that sends and receives."""

    @abstractmethod
    def port(self) -> int:
        """Its number, also when it was not chosen by the caller."""

    @abstractmethod
    def send(self, data: bytes, destination: Endpoint) -> None:
        """Sends one datagram, and never waits: what cannot leave is lost, as on any network.

        Raises UsageError for more than the 65507 bytes that a datagram holds, Closed after `close`.
        """

    @abstractmethod
    async def close(self) -> None:
        """Receives nothing more. Closing twice is harmless."""


class Udp(ABC):
    """Sends and receives datagrams, over IPv4 and IPv6 alike."""

    @abstractmethod
    async def listen(self, port: int, receive: Receive, *, address: str = "") -> UdpPort:
        """Calls `receive(port, data, source, destination)` for every datagram to this port of ours.

        Called from the event loop: must not block; what it raises is logged. port: 0 for any that is free.
        address: one of ours; all of them without. Raises AddressInUse.
        """
