"""Flows over asyncio's transports: the host's sockets, or our own stack's connections."""

from __future__ import annotations

import asyncio
from collections import deque

from pymirage.device.endpoint import Endpoint
from pymirage.device.error import Closed, ConnectionLost
from pymirage.device.tcp import DEFAULT, TcpFlow
from pymirage.sched import socket_options as option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pymirage.device.tcp_options import TcpOptions

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
# Unread bytes from which on the peer is held back; TCP's own window then fills as well.
HIGH_WATER = 256 * 1024
LOW_WATER = HIGH_WATER // 4
# Pieces below SMALL are joined up to JOINED: what counts as few octets must not be many objects.
SMALL = 512
JOINED = 4096
# A transport copies what is left of a long write again and again.
PIECE = 64 * 1024
# A long write gives way after so many octets, to others and to the news that the connection is gone.
TURN = 1024 * 1024


class StreamFlow(TcpFlow, asyncio.Protocol):
    """One connection. `made` is called once it is there, with its options set."""

    def __init__(
        self, made: Callable[[StreamFlow], object] | None = None, options: TcpOptions = DEFAULT
    ) -> None:
        self._made = made
        self._options = options
        self._transport: Any = None
        self._pieces: deque[bytes] = deque()
        self._unread = 0
        self._held_back = False
        self._reading: asyncio.Future[None] | None = None
        self._writing: asyncio.Future[None] | None = None
        self._full = False
        # The peer has shut down; we have refused the rest; we have shut down; the connection is gone.
        self._ended = False
        self._refused = False
        self._shut = False
        self._lost = False
        self._error: BaseException | None = None
        self._closed = False

    # -- TcpFlow --

    def local(self) -> Endpoint:
        return endpoint(self._transport.get_extra_info("sockname"))

    def remote(self) -> Endpoint:
        return endpoint(self._transport.get_extra_info("peername"))

    async def read(self) -> bytes:
        self._check_open()
        while not self._pieces:
            if self._ended or self._refused:
                return b""
            if self._lost:
                raise self._gone()
            self._reading = asyncio.get_running_loop().create_future()
            try:
                await self._reading
            finally:
                self._reading = None
            self._check_open()
        data = self._pieces.popleft()
        self._unread -= len(data)
        if self._held_back and self._unread <= LOW_WATER:
            self._held_back = False
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        if len(data) <= PIECE:
            await self._write(data)
            return
        for at in range(0, len(data), PIECE):
            await self._write(data[at : at + PIECE])
            if (at + PIECE) % TURN == 0:
                await asyncio.sleep(0)

    async def shutdown(self, *, read: bool = False, write: bool = False) -> None:
        self._check_open()
        if read:
            self._refused = True
            self._pieces.clear()
            self._unread = 0
            if self._held_back:
                self._held_back = False
                self._transport.resume_reading()
            _wake(self._reading)
        if write and not self._shut:
            self._shut = True
            if not self._lost:
                self._transport.write_eof()

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._pieces.clear()
            self._transport.close()
            _wake(self._reading)

    def abort(self) -> None:
        """Close without a word but a reset."""
        self._closed = True
        self._transport.abort()

    # -- asyncio.Protocol --

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        if self._options is not DEFAULT:
            set_options(transport.get_extra_info("socket"), self._options)
        if self._made is not None:
            self._made(self)

    def data_received(self, data: bytes) -> None:
        if self._refused or self._closed:
            return
        pieces = self._pieces
        if pieces and len(data) < SMALL and len(pieces[-1]) + len(data) <= JOINED:
            pieces[-1] += data
        else:
            pieces.append(data)
        self._unread += len(data)
        if self._unread > HIGH_WATER and not self._held_back:
            self._held_back = True
            self._transport.pause_reading()
        _wake(self._reading)

    def eof_received(self) -> bool:
        """Our side stays open."""
        self._ended = True
        _wake(self._reading)
        return True

    def connection_lost(self, exc: BaseException | None) -> None:
        self._lost = True
        self._error = exc
        _wake(self._reading)
        _wake(self._writing)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        _wake(self._writing)

    # -- steps --

    async def _write(self, data: bytes) -> None:
        self._check_open()
        if self._shut:
            raise Closed("the sending side of this flow was shut down")
        if self._lost:
            raise self._gone()
        self._transport.write(data)
        while self._full and not self._lost:
            self._writing = asyncio.get_running_loop().create_future()
            try:
                await self._writing
            finally:
                self._writing = None
        if self._lost:
            raise self._gone()

    def _gone(self) -> ConnectionLost:
        reason = "" if self._error is None else f": {getattr(self._error, 'strerror', None) or self._error}"
        return ConnectionLost(f"the connection is gone{reason}")

    def _check_open(self) -> None:
        if self._closed:
            raise Closed("this flow was closed")


def endpoint(name: tuple[Any, ...]) -> Endpoint:
    """Of a socket address; the scope of a link-local one is left out."""
    return Endpoint(str(name[0]).partition("%")[0], name[1])


def set_options(socket: Any, options: TcpOptions) -> None:
    """As the host's sockets and ours understand them, in seconds and milliseconds (tcp(7))."""
    for level, name, value in (
        (option.IPPROTO_TCP, option.TCP_NODELAY, int(options.no_delay)),
        (option.IPPROTO_TCP, option.TCP_USER_TIMEOUT, units(options.user_time_out, MILLISECOND)),
        (option.SOL_SOCKET, option.SO_KEEPALIVE, int(options.keepalive > 0)),
    ):
        socket.setsockopt(level, name, value)
    if options.keepalive > 0:
        for name, value in (
            (option.TCP_KEEPIDLE, units(options.keepalive, SECOND)),
            (option.TCP_KEEPINTVL, units(options.keepalive_interval, SECOND)),
            (option.TCP_KEEPCNT, options.keepalive_probes),
        ):
            socket.setsockopt(option.IPPROTO_TCP, name, value)


def units(time: int, unit: int) -> int:
    """A time in whole units, rounded up."""
    return -(-time // unit)


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
