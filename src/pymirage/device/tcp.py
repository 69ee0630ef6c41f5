"""Connections over TCP."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pymirage.device.flow import Flow
from pymirage.device.tcp_options import TcpOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from pymirage.device.endpoint import Endpoint

    Serve: TypeAlias = Callable[["TcpFlow"], Awaitable[object]]


DEFAULT = TcpOptions()


class TcpFlow(Flow):
    """A flow that knows both of its ends."""

    @abstractmethod
    def local(self) -> Endpoint:
        """Our end."""

    @abstractmethod
    def remote(self) -> Endpoint:
        """The peer's end."""


class TcpListener(ABC):
    """A port on which connections are taken."""

    @abstractmethod
    def port(self) -> int:
        """Its number, also when it was not chosen by the caller."""

    @abstractmethod
    async def close(self) -> None:
        """Takes no more connections; those that exist live on. Closing twice is harmless."""


class Tcp(ABC):
    """Opens and takes connections, over IPv4 and IPv6 alike."""

    @abstractmethod
    async def connect(self, host: str, port: int, *, options: TcpOptions = DEFAULT) -> TcpFlow:
        """A connection to a host given by name or address, as soon as it is there.

        Of several addresses the first that answers is used (RFC 8305). Raises NoConnection when none does,
        with the reason, UsageError for what is no port.
        """

    @abstractmethod
    async def listen(
        self,
        port: int,
        serve: Serve,
        *,
        address: str = "",
        backlog: int = 128,
        options: TcpOptions = DEFAULT,
    ) -> TcpListener:
        """Runs `serve` for every connection, each in a task of its own, and closes its flow at the end.

        port: 0 for any that is free. address: one of ours; all of them without ("0.0.0.0" and "::": all of
        one IP version). backlog: how many connections may be half-made at once. What `serve` raises
        is logged and ends only its own connection. Raises AddressInUse, and UsageError for what is no port.
        """
