"""The `Stack` device over our own Ethernet-to-TCP stack, and its configuration from boot keys."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from pymirage.device import Datagram, Datagrams, Flow, Listener, Net, Peer, Random, Stack
from pymirage.device.error import Closed, ConnectionLost
from pymirage.error import UsageError
from pymirage.net.tcp.handler import ListenHandler
from pymirage.net.tcp.listener import Listener as TcpListener
from pymirage.net.udp import UdpHandler
from pymirage.sched.addresses import host_address, text_of
from pymirage.sched.connecting import Race
from pymirage.sched.dhcp import Dhcp
from pymirage.sched.names import numeric
from pymirage.sched.network import Network
from pymirage.sched.networked import Networked
from pymirage.sched.resolving import Resolving
from pymirage.sched.stack import NetStack
from pymirage.sched.tcp_flow import FlowEvents, TcpFlow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymirage.device.stack import Serve
    from pymirage.net.tcp.connection import Connection
    from pymirage.net.tcp.handler import ConnectionHandler
    from pymirage.net.udp import UdpSocket

BACKLOG = 128
MAXIMUM_WAITING = 256
"""Datagrams that wait for a slow receiver; more are lost."""
LARGEST_DATAGRAM = 65_507

log = logging.getLogger(__name__)


class DirectStack(Stack):
    """Made by `connect`. `network` offers the same stack in asyncio's words."""

    def __init__(self, stack: NetStack) -> None:
        self.stack = stack
        self.resolving = Resolving(stack)
        self.network = Network(stack, self.resolving)
        self._flows: set[TcpFlow] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def connect(
        cls,
        net: Net,
        random: Random,
        *,
        name: str = "service",
        ipv4: str | None = None,
        ipv4_gateway: str | None = None,
        ipv6: str | None = None,
        ipv6_gateway: str | None = None,
        dhcp: bool = False,
        accept_router_advertisements: bool = True,
        dns: Sequence[str] = (),
    ) -> DirectStack:
        """Over one interface; asyncio's functions use it too, when the loop takes a network.

        ipv4, ipv6: ADDRESS/PREFIX. Without a static IPv4 address, or with `dhcp`, one is asked for; that
        goes on in the background. Raises UsageError that names a mistake.
        """
        made = cls(NetStack(random.bytes))
        port = made.stack.attach(net, name)
        made.stack.configure(
            port,
            ipv4=ipv4 or "",
            ipv4_gateway=ipv4_gateway or "",
            ipv6=[ipv6] if ipv6 else [],
            ipv6_gateway=ipv6_gateway or "",
            autoconfigure=accept_router_advertisements,
        )
        made.resolving.core.servers.set("configuration", tuple(host_address(server) for server in dns))
        if dhcp or not (ipv4 or ipv6):
            Dhcp(port, made.resolving).start()
        if isinstance(made.stack.loop, Networked):
            made.network.install()
        return made

    def addresses(self) -> list[str]:
        return self.stack.addresses()

    async def resolve(self, host: str) -> list[str]:
        found = numeric(host)
        if found is not None:
            return [text_of(found)]
        return [text_of(address) for address in await self.resolving.addresses(host, 0)]

    async def open(self, host: str, port: int) -> Flow:
        addresses = [host_address(text) for text in await self.resolve(host)]
        if not addresses:
            raise ConnectionLost(f"the name {host!r} is not known")
        flow = TcpFlow(self.stack)

        def take_over(connection: Connection) -> None:
            connection.handler = FlowEvents(flow)
            flow.connected(connection)

        try:
            await Race(self.stack, port, take_over).run(addresses)
        except OSError as error:
            raise ConnectionLost(error.strerror or str(error)) from error
        self._flows.add(flow)
        return flow

    async def listen(self, port: int, serve: Serve, *, address: str = "") -> Listener:
        local = host_address(address) if address else b""
        number = port or self.network.free_port()
        listener = self.stack.host.tcp.listen(number, Accept(self, serve), local, BACKLOG)
        if not isinstance(listener, TcpListener):
            raise UsageError(f"TCP port {number}: {listener.value}")
        return DirectListener(listener)

    async def datagrams(self, port: int = 0, *, address: str = "") -> Datagrams:
        made = DirectDatagrams(self.stack)
        local = host_address(address) if address else b""
        socket = self.stack.host.udp.bind(Inbox(made), port, local)
        if socket is None:
            raise UsageError(f"UDP port {port} is in use")
        made.socket = socket
        return made

    async def close(self) -> None:
        for flow in list(self._flows):
            flow.abort()
        self._flows.clear()
        for task in self._tasks:
            task.cancel()
        self.stack.host.poll(self.stack.now())
        await self.stack.close()

    # -- connections that come in --

    def serve(self, flow: TcpFlow, peer: Peer, serve: Serve) -> None:
        """A task for one connection."""
        self._flows.add(flow)
        task = self.stack.loop.create_task(self._run(flow, peer, serve))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, flow: TcpFlow, peer: Peer, serve: Serve) -> None:
        try:
            await serve(flow, peer)
        except ConnectionLost as error:
            log.debug("%s port %d: %s", peer.address, peer.port, error)
        except Exception:
            log.exception("serving %s port %d failed", peer.address, peer.port)
            flow.abort()
        finally:
            self._flows.discard(flow)
            await flow.close()


class Accept(ListenHandler):
    """Makes a flow for each connection."""

    def __init__(self, stack: DirectStack, serve: Serve) -> None:
        self.stack = stack
        self.serve = serve

    def on_accept(self, connection: Connection) -> ConnectionHandler:
        flow = TcpFlow(self.stack.stack)
        flow.connected(connection)
        peer = Peer(text_of(connection.remote_address()), int(connection.remote_port))
        self.stack.serve(flow, peer, self.serve)
        return FlowEvents(flow)


class DirectListener(Listener):
    """Over one of the stack's listeners."""

    def __init__(self, listener: TcpListener) -> None:
        self._listener = listener

    def port(self) -> int:
        return int(self._listener.port)

    async def close(self) -> None:
        self._listener.close()


class Inbox(UdpHandler):
    """Hands a socket's datagrams on."""

    def __init__(self, datagrams: DirectDatagrams) -> None:
        self.datagrams = datagrams

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
        del socket, destination, destination_port, now
        self.datagrams.arrived(Datagram(data, Peer(text_of(source), source_port)))

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        """Datagrams are sent without word of their fate."""


class DirectDatagrams(Datagrams):
    """Over one of the stack's sockets."""

    socket: UdpSocket

    def __init__(self, stack: NetStack) -> None:
        self._stack = stack
        self._waiting: deque[Datagram] = deque()
        self._receiver: asyncio.Future[None] | None = None
        self._open = True
        self.lost = 0

    def arrived(self, datagram: Datagram) -> None:
        if len(self._waiting) >= MAXIMUM_WAITING:
            self.lost += 1
            return
        self._waiting.append(datagram)
        self._wake()

    def port(self) -> int:
        return int(self.socket.port)

    async def receive(self) -> Datagram:
        while not self._waiting:
            if not self._open:
                raise Closed("this port was closed")
            self._receiver = self._stack.loop.create_future()
            await self._receiver
        return self._waiting.popleft()

    def send(self, data: bytes, address: str, port: int) -> None:
        if not self._open:
            raise Closed("this port was closed")
        if len(data) > LARGEST_DATAGRAM:
            raise UsageError(f"{len(data)} bytes are too long for a datagram: at most {LARGEST_DATAGRAM}")
        self.socket.send(data, host_address(address), port, self._stack.now())
        self._stack.kick()

    async def close(self) -> None:
        if self._open:
            self._open = False
            self.socket.close()
            self._wake()

    def _wake(self) -> None:
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_result(None)
