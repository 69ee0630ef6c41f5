"""The device Udp over the host's sockets."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import struct
from ipaddress import ip_address

from pymirage.device.endpoint import Endpoint, check_port
from pymirage.device.error import AddressInUse, Closed
from pymirage.device.udp import LARGEST, Udp, UdpPort
from pymirage.error import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pymirage.device.udp import Failed, Receive

# Linux's ip(7), which Python's socket module names only from 3.14 on; RFC 3542 §6.
_IP_PKTINFO = 8
_IP_RECVERR = 11
_IPV6_RECVERR = 25
# struct sock_extended_err of linux/errqueue.h: number, origin, type, code, and what is of no use here.
_EXTENDED_ERROR = struct.Struct("=IBBBxII")
_ROOM_FOR_ERRORS = socket.CMSG_SPACE(_EXTENDED_ERROR.size + 28) + socket.CMSG_SPACE(20)
_ANY_IPV4, _ANY_IPV6 = "0.0.0.0", "::"
_BATCH = 64
_MAPPED = "::ffff:"

log = logging.getLogger(__name__)


class HostUdpPort(UdpPort):
    """One socket for both versions of IP: IPv4 addresses travel as IPv6 ones (RFC 4291 §2.5.5.2)."""

    def __init__(self, receive: Receive, bound: socket.socket, failed: Failed | None) -> None:
        self._receive = receive
        self._failed = failed
        self._socket: socket.socket | None = bound
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bound, self._read_ready)

    def port(self) -> int:
        return int(self._open().getsockname()[1])

    def send(self, data: bytes, destination: Endpoint) -> None:
        if len(data) > LARGEST:
            raise UsageError(f"{len(data)} bytes: a datagram holds {LARGEST}")
        check_port(destination.port)
        bound = self._open()
        try:
            bound.sendto(data, (_inward(destination.address, bound), destination.port))
        except OSError as error:
            log.debug("to %s: %s", destination, error.strerror)

    def join(self, group: str) -> None:
        self._membership(group, socket.IP_ADD_MEMBERSHIP, socket.IPV6_JOIN_GROUP, errno.EADDRINUSE)

    def leave(self, group: str) -> None:
        self._membership(group, socket.IP_DROP_MEMBERSHIP, socket.IPV6_LEAVE_GROUP, errno.EADDRNOTAVAIL)

    def _membership(self, group: str, ipv4: int, ipv6: int, harmless: int) -> None:
        """On the interface that the host's routes choose."""
        try:
            address = ip_address(group)
        except ValueError as error:
            raise UsageError(f"{group!r} is no address") from error
        if not address.is_multicast:
            raise UsageError(f"{group} is no group's address: those begin with 224 to 239, or ff")
        level, option = (socket.IPPROTO_IP, ipv4) if address.version == 4 else (socket.IPPROTO_IPV6, ipv6)
        try:
            self._open().setsockopt(level, option, address.packed + bytes(4))
        except OSError as error:
            if error.errno != harmless:
                raise

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
                # An ICMP error about something that was sent before.
                self._read_errors()
                continue
            destination = Endpoint(_destination(about), self.port())
            try:
                self._receive(self, data, Endpoint(_outward(source[0]), source[1]), destination)
            except Exception:
                log.exception("a datagram from %s was not handled", source[0])

    def _read_errors(self) -> None:
        """What routers and peers said, kept by the host for those who asked for it (ip(7), IP_RECVERR)."""
        while self._failed is not None and self._socket is not None:
            try:
                _, about, _, sent_to = self._socket.recvmsg(0, _ROOM_FOR_ERRORS, socket.MSG_ERRQUEUE)
            except OSError:
                return
            reason = _reason(about)
            if reason is None:
                continue
            destination = Endpoint(_outward(sent_to[0]), sent_to[1])
            try:
                self._failed(self, destination, reason)
            except Exception:
                log.exception("that %s was not reached was not handled", destination)

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise Closed("this UDP port was closed")
        return self._socket


class HostUdp(Udp):
    async def listen(
        self, port: int, receive: Receive, *, address: str = "", failed: Failed | None = None
    ) -> UdpPort:
        check_port(port)
        try:
            return HostUdpPort(receive, _bound(port, address, failed is not None), failed)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise AddressInUse(f"UDP port {port} is in use") from error


def _bound(port: int, address: str, errors: bool) -> socket.socket:
    six = socket.has_dualstack_ipv6() and address != _ANY_IPV4
    made = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        if six:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address == _ANY_IPV6))
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            made.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, int(errors))
        made.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        made.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, int(errors))
        made.bind((_inward(address, made) if address else "", port))
    except OSError:
        made.close()
        raise
    return made


def _reason(about: list[tuple[int, int, Any]]) -> OSError | None:
    """The error beside what is taken from the queue of errors; a smaller path MTU needs no telling."""
    for level, kind, data in about:
        if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
            number = _EXTENDED_ERROR.unpack_from(data)[0]
            return None if number == errno.EMSGSIZE else OSError(number, os.strerror(number))
    return None


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
