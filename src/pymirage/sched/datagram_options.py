"""The socket options of a datagram endpoint: hop limits, traffic class, groups."""

from __future__ import annotations

import errno
import struct

from pymirage.sched import socket_options as option
from pymirage.sched.groups import Groups, group_port
from pymirage.sched.socket_options import no_option, number_of, ranged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.net.udp import UdpSocket
    from pymirage.sched.sides import Sides
    from pymirage.sched.stack import NetStack, Port

HOPS = {
    (option.IPPROTO_IP, option.IP_TTL): "hop_limit",
    (option.IPPROTO_IPV6, option.IPV6_UNICAST_HOPS): "hop_limit",
    (option.IPPROTO_IP, option.IP_MULTICAST_TTL): "group_hop_limit",
    (option.IPPROTO_IPV6, option.IPV6_MULTICAST_HOPS): "group_hop_limit",
    (option.IPPROTO_IP, option.IP_TOS): "traffic_class",
    (option.IPPROTO_IPV6, option.IPV6_TCLASS): "traffic_class",
}
LOOPS = ((option.IPPROTO_IP, option.IP_MULTICAST_LOOP), (option.IPPROTO_IPV6, option.IPV6_MULTICAST_LOOP))


class DatagramOptions:
    """`sockets`: one for each stack that the endpoint is on."""

    def __init__(self, sides: Sides, sockets: dict[NetStack, UdpSocket]) -> None:
        self._sides = sides
        self._sockets = sockets
        self.groups = Groups()

    def set(self, level: int, name: int, value: int | bytes) -> None:
        """Raises OSError for an option that there is not, or a value that it cannot have."""
        key = (level, name)
        if key in HOPS:
            number = ranged(number_of(value), 0, 255)
            for socket in self._sockets.values():
                setattr(socket, HOPS[key], number)
        elif key == (option.IPPROTO_IP, option.IP_ADD_MEMBERSHIP):
            self.groups.join(*self._ipv4(value))
        elif key == (option.IPPROTO_IP, option.IP_DROP_MEMBERSHIP):
            self.groups.leave(*self._ipv4(value))
        elif key == (option.IPPROTO_IPV6, option.IPV6_JOIN_GROUP):
            self.groups.join(*self._ipv6(value))
        elif key == (option.IPPROTO_IPV6, option.IPV6_LEAVE_GROUP):
            self.groups.leave(*self._ipv6(value))
        elif key not in LOOPS and (level != option.SOL_SOCKET or name not in option.HINTS):
            # What is sent to a group never comes back to ourselves.
            raise no_option(level, name)

    def get(self, level: int, name: int) -> int:
        """Raises OSError for an option that there is not."""
        if (level, name) in LOOPS:
            return 0
        if (level, name) not in HOPS:
            raise no_option(level, name)
        first = next(iter(self._sockets.values()))
        return int(getattr(first, HOPS[level, name]))

    def _ipv4(self, value: int | bytes) -> tuple[Port, bytes]:
        """struct ip_mreq: the group, and an address of the interface, or ip_mreqn with its index behind."""
        if isinstance(value, int) or len(value) not in (8, 12):
            raise OSError(errno.EINVAL, "Invalid argument: not a struct ip_mreq")
        group, local = value[:4], value[4:8]
        index = struct.unpack_from("=i", value, 8)[0] if len(value) == 12 else 0
        return self._port(group, local if any(local) else b"", index), group

    def _ipv6(self, value: int | bytes) -> tuple[Port, bytes]:
        """struct ipv6_mreq: the group, and the interface's index."""
        if isinstance(value, int) or len(value) != 20:
            raise OSError(errno.EINVAL, "Invalid argument: not a struct ipv6_mreq")
        group, index = struct.unpack("=16si", value)
        return self._port(group, b"", index), group

    def _port(self, group: bytes, local: bytes, index: int) -> Port:
        """Interfaces count from 1, over all stacks."""
        ports = [port for stack in self._sockets for port in stack.ports]
        if index > 0:
            if index > len(ports):
                raise OSError(errno.ENODEV, f"no interface has the number {index}")
            return ports[index - 1]
        stack = self._sides.owner(local) if local else self._sides.towards(group)
        if stack is None or stack not in self._sockets:
            raise OSError(errno.ENODEV, "no interface of this endpoint has this address")
        return group_port(stack, group, local)
