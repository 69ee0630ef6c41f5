"""The device Stack over a network interface: our own TCP/IP, configured by keys of the boot command line."""

from __future__ import annotations

import logging

from pymirage.device.stack import Stack
from pymirage.error import ArgumentError, UsageError
from pymirage.sched.addresses import check_host, gateway_address, host_address, route_of, text_of
from pymirage.sched.counts import counts
from pymirage.sched.dhcp import Dhcp
from pymirage.sched.direct_udp import DirectUdp
from pymirage.sched.memory import memory_use
from pymirage.sched.names import numeric
from pymirage.sched.network import Network
from pymirage.sched.networked import Networked
from pymirage.sched.resolving import Resolving
from pymirage.sched.sizing import settings_for
from pymirage.sched.stack import NetStack
from pymirage.sched.stream_tcp import StreamTcp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
    from typing import NoReturn

    from pymirage.device import Count, Net
    from pymirage.device.tcp import Tcp
    from pymirage.device.udp import Udp
    from pymirage.sched.stack import Port

DEFAULT_IPV4 = "10.0.0.2/24"

log = logging.getLogger(__name__)


class DirectStack(Stack):
    """One interface, IPv4 and IPv6."""

    def __init__(self, stack: NetStack, resolving: Resolving) -> None:
        self.core = stack
        self.network = Network(stack, resolving)
        self._resolving = resolving
        self._tcp = StreamTcp(self.network)
        self._udp = DirectUdp(stack)

    @classmethod
    async def connect(
        cls,
        net: Net,
        *,
        group: str = "",
        ipv4: IPv4Interface | None = None,
        ipv4_gateway: IPv4Address | None = None,
        ipv6: Sequence[IPv6Interface] = (),
        ipv6_gateway: IPv6Address | None = None,
        accept_router_advertisements: bool = True,
        dhcp: bool = False,
        dns: Sequence[IPv4Address | IPv6Address] = (),
        mac: bytes | None = None,
        route: Sequence[str] = (),
    ) -> DirectStack:
        """Give the interface its addresses, and wait for a DHCP server's where that is asked for.

        group: what the names of the keys begin with, for messages. Raises ArgumentError for keys that do
        not fit each other.
        """
        keys = Keys(group)
        gateways = keys.gateways(ipv4, ipv4_gateway, ipv6, ipv6_gateway, dhcp)
        routes = keys.routes(route, [str(ipv4 or DEFAULT_IPV4), *map(str, ipv6)], dhcp)
        address = "" if ipv4 is None else str(ipv4)
        if ipv4 is None and not ipv6 and not dhcp:
            address = DEFAULT_IPV4
        core = NetStack(settings=settings_for(memory_use()))
        port = core.attach(net, group or "service", mac or b"")
        core.configure(
            port,
            ipv4=address,
            ipv4_gateway=gateways[0],
            ipv6=[str(each) for each in ipv6],
            ipv6_gateway=gateways[1],
            autoconfigure=accept_router_advertisements,
        )
        for prefix, length, router in routes:
            core.add_route(port, prefix, length, router)
        resolving = Resolving(core)
        resolving.core.servers.set("--" + keys.name("dns"), tuple(each.packed for each in dns))
        made = cls(core, resolving)
        made._install()
        if dhcp:
            await made._lease(port)
        log.info("%s: %s", group or "service", ", ".join(core.addresses()))
        return made

    @property
    def tcp(self) -> Tcp:
        return self._tcp

    @property
    def udp(self) -> Udp:
        return self._udp

    def addresses(self) -> list[str]:
        return self.core.addresses()

    async def resolve(self, name: str) -> list[str]:
        if numeric(name) is not None:
            return [name]
        return [text_of(address) for address in await self._resolving.addresses(name, 0)]

    def counts(self) -> list[Count]:
        return counts(self.core)

    async def close(self) -> None:
        loop = self.core.loop
        if isinstance(loop, Networked) and loop.network is not None:
            loop.network.remove(self.core)
        await self.core.close()

    def _install(self) -> None:
        """asyncio's functions use all stacks together."""
        loop = self.core.loop
        if isinstance(loop, Networked) and loop.network is not None:
            loop.network.sides.add(self.core, self._resolving)
        else:
            Network(self.core, self._resolving).install()

    async def _lease(self, port: Port) -> None:
        client = Dhcp(port, self._resolving)
        client.start()
        await client.configured.wait()


class Keys:
    """The keys of one stack, as whoever boots the image knows them."""

    def __init__(self, group: str) -> None:
        self._prefix = f"{group}-" if group else ""

    def name(self, key: str) -> str:
        return self._prefix + key

    def gateways(
        self,
        ipv4: IPv4Interface | None,
        ipv4_gateway: IPv4Address | None,
        ipv6: Sequence[IPv6Interface],
        ipv6_gateway: IPv6Address | None,
        dhcp: bool,
    ) -> tuple[str, str]:
        """Both gateways as text, empty without, when they fit the addresses and those each other."""
        if dhcp and ipv4 is not None:
            self._refuse("ipv4", f"{ipv4}: give it or --{self.name('dhcp')}, not both")
        if ipv4 is not None:
            self._check_address("ipv4", str(ipv4))
        for each in ipv6:
            self._check_address("ipv6", str(each))
        if ipv4_gateway is not None:
            if dhcp:
                self._refuse("ipv4-gateway", f"{ipv4_gateway}: with --{self.name('dhcp')} the server says it")
            self._check("ipv4-gateway", str(ipv4_gateway), str(ipv4 or DEFAULT_IPV4))
        if ipv6_gateway is not None:
            self._check("ipv6-gateway", str(ipv6_gateway), *(str(each) for each in ipv6))
        return str(ipv4_gateway or ""), str(ipv6_gateway or "")

    def routes(
        self, texts: Sequence[str], interfaces: Sequence[str], dhcp: bool
    ) -> list[tuple[bytes, int, bytes]]:
        """Prefix, bits and router of each; with DHCP only the server knows what is on the link."""
        found = []
        for text in texts:
            try:
                prefix, length, router = route_of(text)
                found.append(
                    (prefix, length, host_address(router) if dhcp else self._router(router, interfaces))
                )
            except UsageError as error:
                self._refuse("route", str(error))
        return found

    def _router(self, router: str, interfaces: Sequence[str]) -> bytes:
        version = "." in router
        return gateway_address(
            router, *([each for each in interfaces if ("." in each) == version] or interfaces)
        )

    def _check_address(self, key: str, interface: str) -> None:
        """It can be a station's."""
        try:
            check_host(interface)
        except UsageError as error:
            self._refuse(key, str(error))

    def _check(self, key: str, gateway: str, *interfaces: str) -> None:
        """It is on the link of one of the addresses."""
        try:
            gateway_address(gateway, *(interfaces or ("fe80::1/64",)))
        except UsageError as error:
            self._refuse(key, str(error))

    def _refuse(self, key: str, reason: str) -> NoReturn:
        raise ArgumentError(f"bad value for --{self.name(key)}: {reason}")
