"""The DNS stub resolver on an event loop: its datagrams, connections and time."""

from __future__ import annotations

import asyncio
import logging

from pymirage.net import handler
from pymirage.net.deadline import FOREVER
from pymirage.net.resolver.answer import Answer, Outcome
from pymirage.net.resolver.events import AskTcp, ClosePort, CloseTcp, Event, Resolved, SendUdp
from pymirage.net.resolver.resolver import Resolver
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.handler import ConnectionHandler
from pymirage.net.udp import UdpHandler
from pymirage.sched.alarm import Alarm
from pymirage.wire import dns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.net.interface import Interface
    from pymirage.net.tcp.failure import Failure
    from pymirage.net.udp import UdpSocket
    from pymirage.sched.stack import NetStack
    from pymirage.wire.dns import Name

NANOSECONDS = 1_000_000_000

log = logging.getLogger(__name__)


class Datagrams(UdpHandler):
    """One local port of the resolver."""

    def __init__(self, resolving: Resolving, port: int) -> None:
        self.resolving = resolving
        self.port = port

    def on_datagram(
        self,
        socket: UdpSocket,
        data: bytes,
        source: bytes,
        source_port: int,
        destination: bytes,
        destination_port: int,
        now: int,
    ) -> None:
        del socket, destination, destination_port
        if source_port == dns.PORT:
            self.resolving.carry_out(self.resolving.core.receive_udp(self.port, source, data, now))

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        del socket, remote, remote_port
        if kind != handler.TOO_BIG:
            self.resolving.carry_out(self.resolving.core.unreachable(self.port, now))


class Stream(ConnectionHandler):
    """One connection of the resolver."""

    def __init__(self, resolving: Resolving, attempt: int, payload: bytes) -> None:
        self.resolving = resolving
        self.attempt = attempt
        self.payload = payload

    def on_connected(self, connection: Connection) -> None:
        connection.write(self.payload)

    def on_readable(self, connection: Connection) -> None:
        now = self.resolving.now()
        data = connection.read(65536, now)
        if data:
            self.resolving.carry_out(self.resolving.core.receive_tcp(self.attempt, data, now))
        elif connection.at_end():
            self._failed()

    def on_writable(self, connection: Connection) -> None:
        """A question always fits."""

    def on_closed(self, connection: Connection) -> None:  # noqa: ARG002
        self._failed()

    def on_error(self, connection: Connection, failure: Failure) -> None:  # noqa: ARG002
        self._failed()

    def _failed(self) -> None:
        self.resolving.carry_out(self.resolving.core.tcp_failed(self.attempt, self.resolving.now()))


class Resolving:
    """A stack's resolver."""

    def __init__(self, stack: NetStack) -> None:
        self._stack = stack
        self.core = Resolver(stack.random)
        self._sockets: dict[int, UdpSocket] = {}
        self._connections: dict[int, Connection] = {}
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._alarm = Alarm(self._ring)
        self._advertised: dict[str, asyncio.TimerHandle] = {}
        stack.watcher.on_name_servers.append(self._router_said)

    def now(self) -> int:
        return self._stack.now()

    async def ask(self, name: Name, kind: int) -> Answer:
        """One question to its end; cancelling gives up its port."""
        token, events = self.core.resolve(name, kind, self.now())
        future: asyncio.Future[Answer] = self._stack.loop.create_future()
        self._waiting[token] = future
        self.carry_out(events)
        try:
            return await future
        finally:
            if self._waiting.pop(token, None) is not None:
                self.carry_out(self.core.cancel(token))

    def carry_out(self, events: list[Event]) -> None:
        """Do what the core asks for."""
        for event in events:
            if isinstance(event, SendUdp):
                self._send(event)
            elif isinstance(event, AskTcp):
                self._connect(event)
            elif isinstance(event, ClosePort):
                self._close(event.port)
            elif isinstance(event, CloseTcp):
                connection = self._connections.pop(event.attempt, None)
                if connection is not None:
                    connection.handler = None
                    connection.close(self.now())
            elif isinstance(event, Resolved):
                self._tell(event)
        self._stack.kick()
        self._alarm.set(self.core.deadline())

    def _send(self, event: SendUdp) -> None:
        socket = self._stack.host.udp.bind(Datagrams(self, event.port), event.port)
        if socket is not None:
            self._sockets[event.port] = socket
            if socket.send(event.payload, event.server, dns.PORT, self.now()) is None:
                return
        # No route, or somebody else's port: the next attempt draws another server and port.
        self._stack.loop.call_soon(self._unreachable, event.port)

    def _close(self, port: int) -> None:
        socket = self._sockets.pop(port, None)
        if socket is not None:
            socket.close()

    def _unreachable(self, port: int) -> None:
        self.carry_out(self.core.unreachable(port, self.now()))

    def _connect(self, event: AskTcp) -> None:
        stream = Stream(self, event.attempt, event.payload)
        connection = self._stack.host.tcp.connect(event.server, dns.PORT, stream, self.now())
        if isinstance(connection, Connection):
            self._connections[event.attempt] = connection
        else:
            self._stack.loop.call_soon(stream._failed)

    def _tell(self, event: Resolved) -> None:
        future = self._waiting.pop(event.token, None)
        if future is not None and not future.done():
            future.set_result(event.answer)

    def _ring(self, now: int) -> None:
        self.carry_out(self.core.expire(now))

    def _router_said(self, interface: Interface, servers: tuple[bytes, ...], until: int) -> None:
        """Servers of router advertisements, for as long as they may be used (RFC 8106 §5.3.1)."""
        source = f"router on {interface.name}"
        old = self._advertised.pop(source, None)
        if old is not None:
            old.cancel()
        alive = servers if until > self.now() else ()
        self.core.servers.set(source, alive)
        if alive and until != FOREVER:
            withdraw = self._stack.loop.call_at(until / NANOSECONDS, self.core.servers.set, source, ())
            self._advertised[source] = withdraw

    # -- names --

    async def addresses(self, host: str, family: int) -> list[bytes]:
        """The addresses of a name: of AF_INET (2), AF_INET6 (10), or of both (0), asked for at once."""
        name = dns.name_of(host)
        if not isinstance(name, tuple):
            return []
        kinds = [kind for kind, number in ((dns.AAAA, 10), (dns.A, 2)) if family in (0, number)]
        answers = await asyncio.gather(*[self.ask(name, kind) for kind in kinds])
        return [address for answer in answers for address in answer.data]

    async def name_of(self, address: bytes) -> str:
        """The name of an address; empty when there is none."""
        answer = await self.ask(dns.reverse_name(address), dns.PTR)
        if answer.outcome is not Outcome.FOUND or not answer.names:
            return ""
        return dns.text_of(answer.names[0])
