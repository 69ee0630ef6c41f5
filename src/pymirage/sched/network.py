"""asyncio's networking over our stack: what `Networked` loops delegate to.

Streams, servers, datagrams, TLS and names work as asyncio documents them, so that libraries written for it
run unchanged; there are no sockets underneath.
"""

from __future__ import annotations

import asyncio
import errno

from pymirage.error import UsageError
from pymirage.net.path import Path
from pymirage.net.selection import order_destinations
from pymirage.sched.connecting import Race
from pymirage.sched.names import (
    AF_INET,
    AF_INET6,
    AF_UNSPEC,
    SOCK_STREAM,
    numeric,
    octets_of_name,
    service_port,
)
from pymirage.sched.networked import Networked
from pymirage.sched.tcp_server import StackServer
from pymirage.sched.tcp_transport import Events, TcpTransport, socket_name
from pymirage.sched.udp_transport import Datagrams, UdpTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pymirage.net.tcp.connection import Connection
    from pymirage.sched.resolving import Resolving
    from pymirage.sched.stack import NetStack


class Network:
    """A stack and its resolver, in the words of asyncio."""

    def __init__(self, stack: NetStack, resolving: Resolving) -> None:
        self._stack = stack
        self._loop = stack.loop
        self._resolving = resolving

    def install(self) -> None:
        """Put it under the running loop, which must be one that takes it (`sched.networked`)."""
        loop = self._loop
        if not isinstance(loop, Networked):
            raise UsageError("this event loop takes no network stack: start with sched.host_loop.run_on_host")
        loop.network = self

    async def getaddrinfo(
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        addresses = await self._addresses(host, family, flags)
        number = service_port(port)
        kinds = [(1, 6), (2, 17)] if type == 0 else [(type, proto or (6 if type == SOCK_STREAM else 17))]
        return [
            (AF_INET if len(address) == 4 else AF_INET6, kind, protocol, "", socket_name(address, number))
            for address in addresses
            for kind, protocol in kinds
        ]

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> Any:
        address = octets_of_name(sockaddr[0])
        name = "" if flags & 1 or address is None else await self._resolving.name_of(address)
        return name or sockaddr[0], str(sockaddr[1])

    async def create_connection(
        self,
        protocol_factory: Callable[[], Any],
        host: Any = None,
        port: Any = None,
        *,
        ssl: Any = None,
        family: int = 0,
        proto: int = 0,
        flags: int = 0,
        local_addr: Any = None,
        server_hostname: str | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        happy_eyeballs_delay: float | None = None,
        interleave: int | None = None,
        all_errors: bool = False,
    ) -> Any:
        # A race over both families is what happens anyway, and there is one protocol for streams.
        del all_errors, happy_eyeballs_delay, interleave, proto
        if host is None or port is None:
            raise ValueError("host and port was not specified and no sock specified")
        if server_hostname is not None and not ssl:
            raise ValueError("server_hostname is only meaningful with ssl")
        addresses = await self._addresses(host, family, flags)
        local = None if local_addr is None else (numeric(local_addr[0]) or b"", local_addr[1])
        number = service_port(port)
        if not ssl:
            transport = await self._connect(addresses, number, protocol_factory, local)
            return transport, transport.get_protocol()
        plain = await self._connect(addresses, number, asyncio.Protocol, local)
        return await self._start_client_tls(
            plain, protocol_factory, ssl, server_hostname or host, ssl_handshake_timeout, ssl_shutdown_timeout
        )

    async def create_server(
        self,
        protocol_factory: Callable[[], Any],
        host: Any = None,
        port: Any = None,
        *,
        family: int = AF_UNSPEC,
        flags: int = 1,
        backlog: int = 100,
        ssl: Any = None,
        reuse_address: Any = None,
        reuse_port: Any = None,
        keep_alive: Any = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        start_serving: bool = True,
    ) -> Any:
        del reuse_address, reuse_port, keep_alive
        hosts = [host] if host is None or isinstance(host, str) else list(host)
        number = service_port(port) or self.free_port()
        places: list[tuple[bytes, int]] = []
        for one in hosts:
            if one in (None, "", "0.0.0.0", "::"):
                places.append((b"", number))
            else:
                places += [(address, number) for address in await self._addresses(one, family, flags)]
        make = protocol_factory
        if ssl is not None:
            make = self._tls_server(protocol_factory, ssl, ssl_handshake_timeout, ssl_shutdown_timeout)
        server = StackServer(self._stack, list(dict.fromkeys(places)), make, backlog)
        if start_serving:
            server.begin()
            await asyncio.sleep(0)
        return server

    async def create_datagram_endpoint(
        self,
        protocol_factory: Callable[[], Any],
        local_addr: Any = None,
        remote_addr: Any = None,
        *,
        family: int = 0,
        proto: int = 0,
        flags: int = 0,
        reuse_port: Any = None,
        allow_broadcast: Any = None,
    ) -> Any:
        del proto, allow_broadcast
        local, port = await self._local_place(local_addr, family)
        remote: tuple[bytes, int] | None = None
        if remote_addr is not None:
            found = await self._addresses(remote_addr[0], family, flags)
            remote = found[0], service_port(remote_addr[1])
        events = Datagrams()
        version = udp_version(local_addr, family)
        socket = self._stack.host.udp.bind(events, port, local, bool(reuse_port), version)
        if socket is None:
            raise OSError(errno.EADDRINUSE, f"UDP port {port} is in use")
        if remote is not None:
            socket.connect(*remote)
        protocol = protocol_factory()
        four = family == AF_INET or (remote is not None and len(remote[0]) == 4)
        any_local = bytes(4) if four else bytes(16)
        transport = UdpTransport(self._stack, socket, protocol, local or any_local, remote)
        events.transport = transport
        await asyncio.sleep(0)
        return transport, protocol

    async def _connect(
        self,
        addresses: list[bytes],
        port: int,
        make_protocol: Callable[[], asyncio.BaseProtocol],
        local: tuple[bytes, int] | None,
    ) -> TcpTransport:
        """A transport whose protocol has been told."""
        begun: asyncio.Future[TcpTransport] = self._loop.create_future()

        def take_over(connection: Connection) -> None:
            transport = TcpTransport(self._stack, make_protocol(), made=tell)
            connection.handler = Events(transport)
            transport.connected(connection)

        def tell(transport: TcpTransport, error: OSError | None) -> None:
            if begun.done():
                return
            if error is None:
                begun.set_result(transport)
            else:
                begun.set_exception(error)

        await Race(self._stack, port, take_over, local).run(addresses)
        return await begun

    # -- names --

    async def _addresses(self, host: Any, family: int, flags: int) -> list[bytes]:
        """The addresses of a host, best first. Raises gaierror's like when there is none."""
        del flags
        text = host.decode("ascii") if isinstance(host, bytes) else host
        if text in (None, ""):
            return [bytes(4)] if family == AF_INET else [bytes(16), bytes(4)]
        found = numeric(text)
        if found is not None:
            return [found]
        addresses = await self._resolving.addresses(text, family)
        if not addresses:
            raise _unknown(text)
        return order_destinations([(address, self._source(address)) for address in addresses])

    def _source(self, destination: bytes) -> bytes:
        """The address that we would speak from; empty when there is no way."""
        path = self._stack.host.routing.path(destination, b"", self._stack.now())
        return path.source if isinstance(path, Path) else b""

    async def _local_place(self, local_addr: Any, family: int) -> tuple[bytes, int]:
        if local_addr is None:
            return b"", 0
        host, port = local_addr[0], service_port(local_addr[1])
        if host in (None, "", "0.0.0.0", "::"):
            return b"", port
        return (await self._addresses(host, family, 0))[0], port

    def free_port(self) -> int:
        """A port that nobody listens on."""
        while True:
            port = 49152 + self._stack.random(0x10000 - 49152)
            if port not in self._stack.host.tcp.listeners:
                return port

    # -- TLS: asyncio's own, which only needs a transport --

    async def _start_client_tls(
        self,
        plain: Any,
        protocol_factory: Callable[[], Any],
        ssl: Any,
        server_hostname: str,
        handshake: float | None,
        shutdown: float | None,
    ) -> Any:
        context = default_context() if ssl is True else ssl
        protocol = protocol_factory()
        plain.pause_reading()
        transport = await self._loop.start_tls(
            plain, protocol, context, server_hostname=server_hostname,
            ssl_handshake_timeout=handshake, ssl_shutdown_timeout=shutdown,
        )  # fmt: skip
        protocol.connection_made(transport)
        return transport, protocol

    def _tls_server(
        self,
        protocol_factory: Callable[[], Any],
        context: Any,
        handshake: float | None,
        shutdown: float | None,
    ) -> Callable[[], Any]:
        from asyncio.sslproto import SSLProtocol

        timeouts: Any = {"ssl_handshake_timeout": handshake, "ssl_shutdown_timeout": shutdown}
        nobody_waits: Any = None

        def make() -> Any:
            return SSLProtocol(
                self._loop, protocol_factory(), context, nobody_waits, server_side=True, **timeouts
            )

        return make


def udp_version(local_addr: Any, family: int) -> int:
    """The IP version of an endpoint bound to no address of its own: 0, both, which "::" means too."""
    if family == AF_INET or (local_addr is not None and local_addr[0] == "0.0.0.0"):
        return 4
    return 6 if family == AF_INET6 and local_addr is None else 0


def default_context() -> Any:
    """What `ssl=True` means; images have TLS only when their graph asks for it."""
    try:
        from ssl import create_default_context
    except ImportError:
        raise UsageError("this image has no TLS of OpenSSL's: pass a context, or leave `ssl` out") from None
    return create_default_context()


def _unknown(host: str) -> OSError:
    """What socket.gaierror is: images have no socket module to take it from."""
    try:
        from socket import EAI_NONAME, gaierror
    except ImportError:
        return OSError(-2, f"the name {host!r} is not known")
    return gaierror(EAI_NONAME, f"the name {host!r} is not known")
