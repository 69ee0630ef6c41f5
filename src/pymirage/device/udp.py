"""Datagrams over UDP."""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from pymirage.device.endpoint import Endpoint

    Receive: TypeAlias = Callable[["UdpPort", bytes, Endpoint, Endpoint], object]
    Failed: TypeAlias = Callable[["UdpPort", Endpoint, OSError], object]


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
    def join(self, group: str) -> None:
        """Receive what is sent to a multicast group, too, on the interface that leads to it.

        Raises UsageError when it is no group's address, OSError when there is no way to it or no room.
        """

    @abstractmethod
    def leave(self, group: str) -> None:
        """Receive no more of it. Does nothing when it was not joined."""

    @abstractmethod
    async def close(self) -> None:
        """Receives nothing more. Closing twice is harmless."""


class Udp(ABC):
    """Sends and receives datagrams, over IPv4 and IPv6 alike."""

    @abstractmethod
    async def listen(
        self, port: int, receive: Receive, *, address: str = "", failed: Failed | None = None
    ) -> UdpPort:
        """Calls `receive(port, data, source, destination)` for every datagram to this port of ours.

        failed: `failed(port, destination, error)` is called when the network says that a datagram did not
        arrive (ICMP: nobody listens, no way, too many hops); it may stay silent about any. Both are called
        from the event loop: must not block; what they raise is logged. port: 0 for any that is free.
        address: one of ours; all of them without. Raises AddressInUse.
        """
