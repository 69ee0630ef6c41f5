"""What `transport.get_extra_info("socket")` and `server.sockets` give: sockets' questions and options.

Programs ask it where it is bound and set options; data goes through the transport alone, as asyncio's own
`TransportSocket` has it. There is no file descriptor.
"""

from __future__ import annotations

import errno

from pymirage.sched import socket_options as option
from pymirage.sched.addresses import text_of
from pymirage.sched.names import AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from pymirage.sched.datagram_options import DatagramOptions
    from pymirage.sched.stream_options import StreamOptions

    Options: TypeAlias = StreamOptions | DatagramOptions


class Socket:
    """`name`: of our end; `peer`: of the other, if there is one; `changed`: called when an option was set."""

    def __init__(
        self,
        kind: int,
        name: tuple[Any, ...],
        options: Options,
        peer: tuple[Any, ...] | None = None,
        changed: Callable[[], object] | None = None,
    ) -> None:
        self._name = name
        self._peer = peer
        self._options = options
        self._changed = changed
        self.type = kind
        self.proto = 6 if kind == SOCK_STREAM else 17
        self.family = AF_INET if len(name) == 2 else AF_INET6

    def __repr__(self) -> str:
        peer = "" if self._peer is None else f", raddr={self._peer}"
        return f"<pymirage socket, type={self.type}, laddr={self._name}{peer}>"

    def getsockname(self) -> tuple[Any, ...]:
        return self._name

    def getpeername(self) -> tuple[Any, ...]:
        if self._peer is None:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return self._peer

    def setsockopt(self, level: int, name: int, value: Any, length: int | None = None) -> None:
        """Raises OSError (ENOPROTOOPT) for options that the stack has not."""
        del length
        self._options.set(level, name, value)
        if self._changed is not None:
            self._changed()

    def getsockopt(self, level: int, name: int, size: int = 0) -> Any:
        """The number, or its octets when a size is given."""
        found = self._fact(name) if level == option.SOL_SOCKET else None
        if found is None:
            found = self._options.get(level, name)
        return found.to_bytes(4, "little", signed=True)[:size] if size else found

    def _fact(self, name: int) -> int | None:
        facts = {
            option.SO_TYPE: self.type,
            option.SO_ERROR: 0,
            option.SO_PROTOCOL: self.proto,
            option.SO_DOMAIN: self.family,
            option.SO_ACCEPTCONN: int(self.type == SOCK_STREAM and self._peer is None),
        }
        return facts.get(name)

    def fileno(self) -> int:
        """There is no file descriptor."""
        return -1

    def settimeout(self, value: float | None) -> None:
        """Like any socket of asyncio's it never blocks."""
        if value != 0:
            raise ValueError("settimeout(): only 0 timeout is allowed on transport sockets")

    def gettimeout(self) -> int:
        return 0

    def setblocking(self, flag: bool) -> None:
        if flag:
            raise ValueError("setblocking(): transport sockets cannot be blocking")

    def get_inheritable(self) -> bool:
        return False


def socket_name(address: bytes, port: int) -> tuple[Any, ...]:
    """As `socket.getsockname` gives it."""
    text = text_of(address)
    return (text, port) if len(address) == 4 else (text, port, 0, 0)


def stream_socket(
    name: tuple[Any, ...],
    options: StreamOptions,
    peer: tuple[Any, ...] | None = None,
    changed: Callable[[], object] | None = None,
) -> Socket:
    """Of a connection, or without `peer` of a server."""
    return Socket(SOCK_STREAM, name, options, peer, changed)


def datagram_socket(
    name: tuple[Any, ...], options: DatagramOptions, peer: tuple[Any, ...] | None = None
) -> Socket:
    return Socket(SOCK_DGRAM, name, options, peer)
