"""The device Stack over the host's sockets (`--net=socket`)."""

from __future__ import annotations

import asyncio
import socket

from pymirage.device.stack import Stack
from pymirage.driver.host.udp import HostUdp
from pymirage.sched.stream_tcp import StreamTcp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.tcp import Tcp
    from pymirage.device.udp import Udp


class HostStack(Stack):
    """The host's own network, as it is configured there. asyncio's functions are the host's anyway."""

    def __init__(self, tcp: Tcp, udp: Udp) -> None:
        self._tcp = tcp
        self._udp = udp

    @classmethod
    async def connect(cls) -> HostStack:
        return cls(StreamTcp(asyncio.get_running_loop()), HostUdp())

    @property
    def tcp(self) -> Tcp:
        return self._tcp

    @property
    def udp(self) -> Udp:
        return self._udp

    def addresses(self) -> list[str]:
        """Those by which the host itself would be known to others; loopback's where there are no others."""
        found = [_source(socket.AF_INET, "192.0.2.1"), _source(socket.AF_INET6, "2001:db8::1")]
        return [address for address in found if address] or ["127.0.0.1", "::1"]

    async def resolve(self, name: str) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except socket.gaierror:
            return []
        return list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))

    async def close(self) -> None:
        """Ports and flows are closed each by itself; the host keeps its network."""


def _source(family: int, towards: str) -> str:
    """The address that the host would send from. (A UDP socket that connects sends nothing.)"""
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((towards, 9))
        except OSError:
            return ""
        return str(asking.getsockname()[0])
