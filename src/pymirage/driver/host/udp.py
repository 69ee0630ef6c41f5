"""The device Udp over the host's sockets."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import struct

from pymirage.device.endpoint import Endpoint
from pymirage.device.error import AddressInUse, Closed
from pymirage.device.udp import LARGEST, Udp, UdpPort
from pymirage.error import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymirage.device.udp import Receive

# Linux's ip(7), which Python's socket module names only from 3.14 on; RFC 3542 §6.
_IP_PKTINFO = 8
_BATCH = 64
_MAPPED = "::ffff:"

log = logging.getLogger(__name__)


class HostUdpPort(UdpPort):
    """One socket for both versions of IP: IPv4 addresses travel as IPv6 ones (RFC 4291 §2.5.5.2)."""

    def __init__(self, receive: Receive, bound: socket.socket) -> None:
        self._receive = receive
        self._socket: socket.socket | None = bound
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bound, self._read_ready)

    def port(self) -> int:
        return int(self._open().getsockname()[1])

    def send(self, data: bytes, destination: Endpoint) -> None:
        if len(data) > LARGEST:
            raise UsageError(f"{len(data)} bytes: a datagram holds {LARGEST}")
        bound = self._open()
        try:
            bound.sendto(data, (_inward(destination.address, bound), destination.port))
        except OSError as error:
            log.debug("to %s: %s", destination, error.strerror)

    async def close(self) -> None:
        if self._socket is not None:
            self._loop.remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _read_ready(self) -> None:
        for _ in range(_BATCH):
            if self._socket is None:
                return
            try:
                data, about, _flags, source = self._socket.recvmsg(LARGEST + 1, socket.CMSG_SPACE(20))
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about something that was sent before: lost is lost
            destination = Endpoint(_destination(about), self.port())
            try:
                self._receive(self, data, Endpoint(_outward(source[0]), source[1]), destination)
            except Exception:
                log.exception("a datagram from %s was not handled", source[0])

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise Closed("this UDP port was closed")
        return self._socket


class HostUdp(Udp):
    async def listen(self, port: int, receive: Receive, *, address: str = "") -> UdpPort:
        try:
            return HostUdpPort(receive, _bound(port, address))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise AddressInUse(f"UDP port {port} is in use") from error


def _bound(port: int, address: str) -> socket.socket:
    six = socket.has_dualstack_ipv6()
    made = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if six:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        made.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        made.bind((_inward(address, made) if address else "", port))
    except OSError:
        made.close()
        raise
    return made


def _inward(address: str, made: socket.socket) -> str:
    return _MAPPED + address if made.family == socket.AF_INET6 and ":" not in address else address


def _outward(address: str) -> str:
    plain = address.partition("%")[0]
    return plain.removeprefix(_MAPPED) if "." in plain else plain


def _destination(about: list[tuple[int, int, Any]]) -> str:
    """Where a datagram was sent to, as the kernel says beside it; a mapped address comes in either form."""
    for level, kind, data in about:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
            # struct in_pktinfo: interface, the local address, the header's destination.
            return socket.inet_ntop(socket.AF_INET, struct.unpack_from("=i4s4s", data)[2])
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return _outward(socket.inet_ntop(socket.AF_INET6, data[:16]))
    return ""
