"""asyncio's networking over our stacks: what `Networked` loops delegate to.

Streams, servers, datagrams, TLS and names work as asyncio documents them, so that libraries written for it
run unchanged; there are no sockets underneath. With several stacks an address of ours says which one is
meant, "any address" means all of them, and the best route decides where a connection leaves (`sides.py`).
"""

from __future__ import annotations

import asyncio
import errno
import sys

from pymirage.error import UsageError
from pymirage.sched.connecting import Connecting
from pymirage.sched.lookup import Lookup, family_of
from pymirage.sched.names import AF_UNSPEC, numeric, service_port
from pymirage.sched.networked import Networked
from pymirage.sched.places import datagram_place, free_port, places
from pymirage.sched.sides import Sides
from pymirage.sched.stream_options import StreamOptions
from pymirage.sched.tcp_server import StackServer
from pymirage.sched.udp_transport import Datagrams, UdpTransport, bind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pymirage.sched.resolving import Resolving
    from pymirage.sched.stack import NetStack


class Network:
    """Stacks and their resolvers, in the words of asyncio."""

    def __init__(self, stack: NetStack, resolving: Resolving) -> None:
        self.sides = Sides(stack, resolving)
        self.lookup = Lookup(self.sides)
        self._loop = stack.loop

    def install(self) -> None:
        """Put it under the running loop, which must be one that takes it (`sched.networked`)."""
        loop = self._loop
        if not isinstance(loop, Networked):
            raise UsageError("this event loop takes no network stack: start with sched.host_loop.run_on_host")
        loop.network = self

    def remove(self, stack: NetStack) -> None:
        """A stack was closed; without the last one the loop has no network."""
        if not self.sides.remove(stack) and isinstance(self._loop, Networked):
            self._loop.network = None

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        return await self.lookup.getaddrinfo(host, port, **options)

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> Any:
        return await self.lookup.getnameinfo(sockaddr, flags)

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
        del interleave, proto
        if host is None or port is None:
            raise ValueError("host and port was not specified and no sock specified")
        if server_hostname is not None and not ssl:
            raise ValueError("server_hostname is only meaningful with ssl")
        number, local = service_port(port), local_end(local_addr)
        make = asyncio.Protocol if ssl else protocol_factory
        connecting = Connecting(self.sides, self.lookup, number, make, local, happy_eyeballs_delay)
        try:
            transport = await connecting.to(host, family, flags)
        except OSError:
            if all_errors and connecting.race.errors:
                raise ExceptionGroup("create_connection failed", connecting.race.errors) from None
            raise
        if not ssl:
            return transport, transport.get_protocol()
        return await self._start_client_tls(
            transport, protocol_factory, ssl, server_hostname or host,
            ssl_handshake_timeout, ssl_shutdown_timeout,
        )  # fmt: skip

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
        del reuse_address, reuse_port, flags
        hosts = [host] if host is None or isinstance(host, str) else list(host)
        number = service_port(port) or free_port(self.sides)
        options = StreamOptions()
        options.keepalive = bool(keep_alive)
        make = protocol_factory
        if ssl is not None:
            make = self._tls_server(protocol_factory, ssl, ssl_handshake_timeout, ssl_shutdown_timeout)
        where = await places(self.sides, self.lookup, hosts, number, family)
        server = StackServer(where, make, backlog, options)
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
        remote: tuple[bytes, int] | None = None
        if remote_addr is not None:
            found = await self.lookup.addresses(remote_addr[0], family, flags)
            remote = found[0], service_port(remote_addr[1])
            family = family or family_of(found[0])
        port = 0 if local_addr is None else service_port(local_addr[1])
        place = await datagram_place(self.sides, self.lookup, local_addr, port, family)
        if remote is not None:
            place.stacks = [self.sides.towards(remote[0], place.address)]
        events = Datagrams()
        transport = UdpTransport(self.sides, events, bind(place, events, bool(reuse_port)), place, remote)
        protocol = protocol_factory()
        transport.begin(protocol)
        await asyncio.sleep(0)
        return transport, protocol

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


def local_end(local_addr: Any) -> tuple[bytes, int] | None:
    """Where a connection shall come from; an empty address leaves the choice to the route."""
    if local_addr is None:
        return None
    address = numeric(local_addr[0]) if local_addr[0] else b""
    if address is None:
        raise OSError(errno.EADDRNOTAVAIL, f"{local_addr[0]!r} is not one of our addresses")
    return address if any(address) else b"", service_port(local_addr[1])


def default_context() -> Any:
    """What `ssl=True` means, to a program that has imported ssl itself.

    An import here would put OpenSSL into every image with a network.
    """
    ssl = sys.modules.get("ssl")
    if ssl is None:
        raise UsageError("ssl=True without TLS in this program: write `import ssl`, or leave `ssl` out")
    return ssl.create_default_context()
