"""asyncio's create_connection over our stacks: from a host's name to a transport whose protocol was told."""

from __future__ import annotations

import asyncio

from pymirage.sched.lookup import families_of, no_addresses, text_of_host
from pymirage.sched.names import AF_INET6
from pymirage.sched.race import NoAddress, Race
from pymirage.sched.tcp_events import Events
from pymirage.sched.tcp_transport import TcpTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pymirage.net.resolver.answer import Answer
    from pymirage.net.tcp.connection import Connection
    from pymirage.sched.lookup import Lookup
    from pymirage.sched.sides import Sides
    from pymirage.sched.stack import NetStack


class Connecting:
    """One attempt to reach a host, by whichever of its addresses answers first (RFC 8305)."""

    def __init__(
        self,
        sides: Sides,
        lookup: Lookup,
        port: int,
        make_protocol: Callable[[], asyncio.BaseProtocol],
        local: tuple[bytes, int] | None,
        delay: float | None,
    ) -> None:
        self._lookup = lookup
        self._make_protocol = make_protocol
        self._answers: list[Answer] = []
        self._transport: TcpTransport | None = None
        self._begun: asyncio.Future[TcpTransport] = asyncio.get_running_loop().create_future()
        self.race = Race(sides, port, self._take_over, local, delay)

    async def to(self, host: Any, family: int, flags: int) -> TcpTransport:
        """Connect. Raises OSError."""
        known = self._lookup.without_asking(host, family, flags)
        if known is not None:
            self.race.begin(known)
            await self.race.run()
        else:
            await self._to_name(text_of_host(host), families_of(family))
        try:
            return await self._begun
        except asyncio.CancelledError:
            if self._transport is not None:
                self._transport.abort()
            raise

    async def _to_name(self, name: str, families: list[int]) -> None:
        """Every question is asked at once, and the race starts with the first useful answer (§3)."""
        self.race.expect(6 if one == AF_INET6 else 4 for one in families)
        questions = [asyncio.ensure_future(self._ask(name, family)) for family in families]
        try:
            await self.race.run()
        except NoAddress:
            raise no_addresses(name, self._answers) from None
        finally:
            for question in questions:
                question.cancel()

    async def _ask(self, name: str, family: int) -> None:
        answer = await self._lookup.ask(name, family)
        self._answers.append(answer)
        self.race.resolved(6 if family == AF_INET6 else 4, list(answer.data))

    def _take_over(self, stack: NetStack, connection: Connection) -> None:
        self._transport = transport = TcpTransport(stack, self._make_protocol(), made=self._made)
        connection.handler = Events(transport)
        transport.connected(connection)

    def _made(self, transport: TcpTransport, error: OSError | None) -> None:
        if self._begun.done():
            return
        if error is None:
            self._begun.set_result(transport)
        else:
            self._begun.set_exception(error)
