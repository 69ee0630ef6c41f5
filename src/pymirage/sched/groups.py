"""The groups that one user of a stack is in: joined and left together with its port."""

from __future__ import annotations

import errno

from pymirage.sched.addresses import is_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.sched.stack import NetStack, Port


class Groups:
    """Multicast groups (RFC 1112, RFC 3493 §5.2), each on one interface."""

    def __init__(self) -> None:
        self._joined: list[tuple[Port, bytes]] = []

    def join(self, port: Port, group: bytes) -> None:
        """Receive what is sent to a group. Raises OSError: no group, in it already, or no room."""
        if not is_group(group):
            raise OSError(errno.EINVAL, "Invalid argument: not the address of a group")
        if (port, group) in self._joined:
            raise OSError(errno.EADDRINUSE, "this group was joined already")
        if not port.attachment.membership.join(group, port.stack.now()):
            raise OSError(errno.ENOBUFS, "no room for another group")
        self._joined.append((port, group))
        port.stack.kick()

    def leave(self, port: Port, group: bytes) -> None:
        """Raises OSError when it was not joined."""
        if (port, group) not in self._joined:
            raise OSError(errno.EADDRNOTAVAIL, "this group was not joined")
        self._joined.remove((port, group))
        port.attachment.membership.leave(group, port.stack.now())
        port.stack.kick()

    def has(self, port: Port, group: bytes) -> bool:
        return (port, group) in self._joined

    def leave_everywhere(self, group: bytes) -> None:
        """On whichever interface it was joined."""
        for port, joined in list(self._joined):
            if joined == group:
                self.leave(port, group)

    def leave_all(self) -> None:
        for port, group in list(self._joined):
            self.leave(port, group)


def group_port(stack: NetStack, group: bytes, local: bytes = b"") -> Port:
    """The interface with the address `local`, else the one that the group is sent by. Raises OSError."""
    interface = stack.host.routing.group_interface(group, local)
    if local and stack.host.addresses.owner(local) is None:
        interface = None
    for port in stack.ports:
        if port.attachment.interface is interface:
            return port
    raise OSError(errno.ENODEV, "no such interface")
