"""Lets an event loop's networking be put under it: mixed in before a loop class.

Until a network is installed everything is the loop's own. The network is not imported from here, so that an
image without one does not carry it.
"""

from __future__ import annotations

from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pymirage.sched.network import Network


class Networked:
    """asyncio's functions that need a network; `sock=` always means the loop's own."""

    network: Network | None = None
    nanoseconds: Callable[[], int]
    """The loop's time; the stack asks for it several times a segment."""

    def turn_end(self, callback: Callable[[], object]) -> Callable[[], object]:
        """What to call to have `callback` called once all that this turn of the loop does is done."""
        return partial(self.call_soon, callback)  # type: ignore[attr-defined]  # the loop's

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        if self.network is None:
            return await super().getaddrinfo(host, port, **options)  # type: ignore[misc]
        return await self.network.getaddrinfo(host, port, **options)

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> Any:
        if self.network is None:
            return await super().getnameinfo(sockaddr, flags)  # type: ignore[misc]
        return await self.network.getnameinfo(sockaddr, flags)

    async def create_connection(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        if self.network is None or options.get("sock") is not None:
            return await super().create_connection(protocol_factory, host, port, **options)  # type: ignore[misc]
        return await self.network.create_connection(protocol_factory, host, port, **options)

    async def create_server(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        if self.network is None or options.get("sock") is not None:
            return await super().create_server(protocol_factory, host, port, **options)  # type: ignore[misc]
        return await self.network.create_server(protocol_factory, host, port, **options)

    async def create_datagram_endpoint(
        self, protocol_factory: Any, local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> Any:
        if self.network is None or options.get("sock") is not None:
            return await super().create_datagram_endpoint(  # type: ignore[misc]
                protocol_factory, local_addr, remote_addr, **options
            )
        return await self.network.create_datagram_endpoint(
            protocol_factory, local_addr, remote_addr, **options
        )
