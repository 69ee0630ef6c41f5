"""The `Stack` device over the host's own sockets (`--net=socket`)."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections import deque

from pymirage.device import Datagram, Datagrams, Flow, Listener, Peer, Stack
from pymirage.device.error import Closed, ConnectionLost
from pymirage.error import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymirage.device.stack import Serve

READ_LIMIT = 256 * 1024
MAXIMUM_WAITING = 256
LARGEST_DATAGRAM = 65_507
LOST = "the connection was lost"

log = logging.getLogger(__name__)


class SocketStack(Stack):
    """Needs nothing and is everywhere; addresses and routes are the host's."""

    def __init__(self) -> None:
        self._flows: set[StreamFlow] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def addresses(self) -> list[str]:
        """The host does not tell."""
        return []

    async def resolve(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except socket.gaierror:
            return []
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    async def open(self, host: str, port: int) -> Flow:
        try:
            reader, writer = await asyncio.open_connection(host, port, happy_eyeballs_delay=0.25)
        except OSError as error:
            raise ConnectionLost(f"{host} port {port}: {error.strerror or error}") from error
        flow = StreamFlow(reader, writer)
        self._flows.add(flow)
        return flow

    async def listen(self, port: int, serve: Serve, *, address: str = "") -> Listener:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._run(StreamFlow(reader, writer), peer_of(writer.get_extra_info("peername")), serve)

        try:
            server = await asyncio.start_server(handle, address or None, port or _free_port(address))
        except OSError as error:
            raise UsageError(f"TCP port {port}: {error.strerror}") from error
        return SocketListener(server)

    async def datagrams(self, port: int = 0, *, address: str = "") -> Datagrams:
        made = SocketDatagrams()
        loop = asyncio.get_running_loop()
        for place in [address] if address else ["0.0.0.0", "::"]:
            try:
                bound = _bound(place, port)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    await made.close()
                    raise UsageError(f"UDP port {port} is in use") from error
                # A host without IPv6.
                continue
            await loop.create_datagram_endpoint(lambda: Inbox(made), sock=bound)
            port = made.port()
        if not made.transports:
            raise UsageError(f"{address!r} is no address of this host")
        return made

    async def close(self) -> None:
        for flow in list(self._flows):
            flow.abort()
        self._flows.clear()

    async def _run(self, flow: StreamFlow, peer: Peer, serve: Serve) -> None:
        self._flows.add(flow)
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


def peer_of(name: tuple[Any, ...]) -> Peer:
    """As `socket.getpeername` gives it; IPv4 addresses in IPv6's clothes are undressed."""
    return Peer(str(name[0]).removeprefix("::ffff:"), int(name[1]))


def _free_port(address: str) -> int:
    """One port for both IP versions: a server on port 0 would get one for each."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def _bound(address: str, port: int) -> socket.socket:
    """A socket for datagrams of one IP version only: each version has its own."""
    six = ":" in address
    made = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if six:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setblocking(False)
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    return made


class StreamFlow(Flow):
    """Over asyncio's streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._open = True
        self._deaf = False
        self._write_ended = False

    async def read(self) -> bytes:
        self._check_open()
        if self._deaf:
            return b""
        try:
            return await self._reader.read(READ_LIMIT)
        except OSError as error:
            raise ConnectionLost(error.strerror or LOST) from error

    async def write(self, data: bytes) -> None:
        self._check_open()
        if self._write_ended:
            raise Closed("the sending side of this flow was shut down")
        if self._writer.transport.is_closing():
            raise ConnectionLost(LOST)
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise ConnectionLost(error.strerror or LOST) from error

    async def shutdown(self, *, read: bool = False, write: bool = False) -> None:
        self._check_open()
        if read:
            self._deaf = True
        if write and not self._write_ended:
            self._write_ended = True
            if not self._writer.transport.is_closing():
                self._writer.write_eof()

    async def close(self) -> None:
        if self._open:
            self._open = False
            self._writer.close()

    def abort(self) -> None:
        self._open = False
        self._writer.transport.abort()

    def _check_open(self) -> None:
        if not self._open:
            raise Closed("this flow was closed")


class SocketListener(Listener):
    """Over asyncio's server."""

    def __init__(self, server: asyncio.Server) -> None:
        self._server = server
        self._port = int(server.sockets[0].getsockname()[1])

    def port(self) -> int:
        return self._port

    async def close(self) -> None:
        self._server.close()


class Inbox(asyncio.DatagramProtocol):
    """One socket of a port."""

    def __init__(self, datagrams: SocketDatagrams) -> None:
        self._datagrams = datagrams

    def connection_made(self, transport: Any) -> None:
        self._datagrams.transports.append(transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._datagrams.arrived(Datagram(data, peer_of(addr)))


class SocketDatagrams(Datagrams):
    """Over one socket for each IP version."""

    def __init__(self) -> None:
        self.transports: list[asyncio.DatagramTransport] = []
        self.lost = 0
        self._waiting: deque[Datagram] = deque()
        self._receiver: asyncio.Future[None] | None = None
        self._open = True

    def arrived(self, datagram: Datagram) -> None:
        if len(self._waiting) >= MAXIMUM_WAITING:
            self.lost += 1
            return
        self._waiting.append(datagram)
        self._wake()

    def port(self) -> int:
        return int(self.transports[0].get_extra_info("sockname")[1])

    async def receive(self) -> Datagram:
        while not self._waiting:
            if not self._open:
                raise Closed("this port was closed")
            self._receiver = asyncio.get_running_loop().create_future()
            await self._receiver
        return self._waiting.popleft()

    def send(self, data: bytes, address: str, port: int) -> None:
        if not self._open:
            raise Closed("this port was closed")
        if len(data) > LARGEST_DATAGRAM:
            raise UsageError(f"{len(data)} bytes are too long for a datagram: at most {LARGEST_DATAGRAM}")
        six = ":" in address
        for transport in self.transports:
            if (len(transport.get_extra_info("sockname")) == 4) == six:
                transport.sendto(data, (address, port))
                return
        raise UsageError(f"this host cannot send to {address!r}")

    async def close(self) -> None:
        self._open = False
        for transport in self.transports:
            transport.close()
        self._wake()

    def _wake(self) -> None:
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_result(None)
