"""asyncio's transport for streams over one of our connections.

Data that the connection does not take is kept here, and counted against the protocol's water marks.
"""

from __future__ import annotations

import asyncio
import errno

from pymirage.net.tcp.failure import Failure
from pymirage.sched.sockets import socket_name, stream_socket
from pymirage.sched.stream_options import StreamOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pymirage.net.tcp.connection import Connection
    from pymirage.sched.stack import NetStack

NANOSECONDS = 1_000_000_000
READ_LIMIT = 256 * 1024
HIGH_WATER = 64 * 1024


def error_of(failure: Failure) -> OSError:
    """The exception that a socket would raise."""
    match failure:
        case Failure.REFUSED:
            return ConnectionRefusedError(errno.ECONNREFUSED, failure.value)
        case Failure.RESET:
            return ConnectionResetError(errno.ECONNRESET, failure.value)
        case Failure.TIMED_OUT:
            return TimeoutError(errno.ETIMEDOUT, failure.value)
        case Failure.ABORTED:
            return ConnectionAbortedError(errno.ECONNABORTED, failure.value)
        case Failure.IN_USE | Failure.NO_PORT:
            return OSError(errno.EADDRINUSE, failure.value)
        case Failure.NO_MEMORY:
            return OSError(errno.ENOBUFS, failure.value)
        case Failure.NO_ROUTE | Failure.UNREACHABLE:
            return OSError(errno.EHOSTUNREACH, failure.value)


class TcpTransport(asyncio.Transport):
    """`made` is called once the protocol heard of the connection, or with the error that came instead."""

    # The base class has slots; what is beside them, in a dictionary, the adaptive interpreter would look up
    # anew each time.
    __slots__ = (
        *("__weakref__", "_stack", "_loop", "_protocol", "_buffered", "_made", "_forget", "_connection"),
        *("_begun", "_options", "_facts", "_waiting", "_waiting_size", "_high", "_low", "_protocol_paused"),
        *("_reading", "_eof_received", "_eof_wanted", "_closing", "_lost"),
    )

    _start_tls_compatible = True

    def __init__(
        self,
        stack: NetStack,
        protocol: asyncio.BaseProtocol,
        made: Callable[[TcpTransport, OSError | None], object] | None = None,
        forget: Callable[[TcpTransport], object] | None = None,
        options: StreamOptions | None = None,
    ) -> None:
        super().__init__()
        self._stack = stack
        self._loop = stack.loop
        self.set_protocol(protocol)
        self._made = made
        self._forget = forget
        self._connection: Connection | None = None
        self._begun = False
        self._options = options or StreamOptions()
        self._facts: dict[str, Any] = {}
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._high = HIGH_WATER
        self._low = HIGH_WATER // 4
        self._protocol_paused = False
        self._reading = True
        self._eof_received = False
        self._eof_wanted = False
        self._closing = False
        self._lost = False

    # -- what the connection says --

    def connected(self, connection: Connection) -> None:
        """The protocol of a client is told in a turn of its own, as asyncio does: somebody awaits it."""
        self._connection = connection
        self._options.apply(connection, self._stack.now())
        if self._made is None:
            self._begin()
        else:
            self._loop.call_soon(self._begin)

    def read(self) -> None:
        """Hand up what there is, until the protocol says stop."""
        connection = self._connection
        if connection is None or not self._begun:
            return
        stack = self._stack
        while self._reading and not self._closing:
            data = connection.read(READ_LIMIT, stack.now())
            if not data:
                break
            if not stack.polling:
                stack.kick()
            try:
                if self._buffered:
                    _fill(self._protocol, data)
                else:
                    self._protocol.data_received(data)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                self._failed(error)
            if not connection.readable():
                break
        if connection.at_end() and self._reading and not self._eof_received and not self._closing:
            self._eof_received = True
            self._end_of_stream()

    def writable(self) -> None:
        if not self._lost:
            self._flush()

    def lost(self, error: OSError | None) -> None:
        """The connection is gone."""
        if self._lost:
            return
        if self._begun:
            self._lose(error)
            return
        # The protocol never heard of it.
        self._lost = self._closing = True
        if self._made is not None:
            self._made(self, error or ConnectionAbortedError(errno.ECONNABORTED, "closed"))
        if self._forget is not None:
            self._forget(self)

    def failed(self, failure: Failure) -> None:
        self.lost(error_of(failure))

    # -- asyncio.BaseTransport --

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name not in self._facts and self._connection is not None:
            # Made when somebody asks: most servers never do.
            self._find_out(name, self._connection)
        return self._facts.get(name, default)

    def _find_out(self, name: str, connection: Connection) -> None:
        facts = self._facts
        match name:
            case "peername":
                facts[name] = socket_name(connection.remote_address(), int(connection.remote_port))
            case "sockname":
                facts[name] = socket_name(connection.local_address(), int(connection.local_port))
            case "socket":
                ours, peer = self.get_extra_info("sockname"), self.get_extra_info("peername")
                # A server's options are those of all its connections.
                self._options = self._options.copy()
                facts[name] = stream_socket(ours, self._options, peer, self._changed)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """What was written is sent; nothing more is read. A peer that takes nothing for long is cut off."""
        if self._closing:
            return
        self._closing = True
        if not self._waiting:
            self._finish()
        else:
            self._be_patient(-1)

    def abort(self) -> None:
        """Everything is dropped, the peer gets a reset."""
        self._abort(None)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol: Any = protocol
        self._buffered = isinstance(protocol, asyncio.BufferedProtocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    # -- asyncio.ReadTransport --

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        if self._reading:
            return
        self._reading = True
        # Not from here: protocols resume inside of what data caused.
        self._loop.call_soon(self.read)

    # -- asyncio.WriteTransport --

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._eof_wanted:
            raise RuntimeError("cannot write after write_eof()")
        if self._closing or not data:
            return
        octets = data if type(data) is bytes else bytes(data)
        if not self._waiting:
            connection = self._connection or self._live()
            taken = connection.write(octets)
            if not self._stack.polling:
                self._stack.kick()
            if taken == len(octets):
                return
            octets = octets[taken:]
        self._waiting.append(octets)
        self._waiting_size += len(octets)
        self._consider_pausing()

    def write_eof(self) -> None:
        if self._eof_wanted or self._closing:
            return
        self._eof_wanted = True
        if not self._waiting:
            self._live().shutdown()
            self._stack.kick()

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return self._waiting_size

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        if low is None:
            low = high // 4
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self._high, self._low = high, low
        self._consider_pausing()

    # -- steps --

    def _changed(self) -> None:
        """Options of the socket were set."""
        if self._connection is not None and not self._lost:
            self._options.apply(self._connection, self._stack.now())
            self._stack.kick()

    def _live(self) -> Connection:
        connection = self._connection
        if connection is None:
            raise RuntimeError("the connection is not made yet")
        return connection

    def _begin(self) -> None:
        if self._lost:
            return
        self._begun = True
        self._call(self._protocol.connection_made, self)
        if self._made is not None:
            self._made(self, None)
        # What came in the meantime.
        self.read()

    def _end_of_stream(self) -> None:
        """The protocol decides whether its own side stays open."""
        keep_open = self._call(self._protocol.eof_received)
        if not keep_open:
            self.close()

    def _flush(self) -> None:
        """There is room again."""
        connection = self._live()
        while self._waiting:
            data = self._waiting[0]
            taken = int(connection.write(data))
            self._waiting_size -= taken
            if taken < len(data):
                self._waiting[0] = data[taken:]
                break
            del self._waiting[0]
        self._stack.kick()
        self._consider_resuming()
        if self._waiting:
            return
        if self._closing:
            self._finish()
        elif self._eof_wanted:
            connection.shutdown()

    def _be_patient(self, before: int) -> None:
        """As TCP is with what it has taken: after `close` nobody else would lose patience (RFC 6429)."""
        if self._lost or not self._waiting:
            return
        if self._waiting_size == before:
            self._abort(error_of(Failure.TIMED_OUT))
            return
        stall = self._stack.host.tcp.settings.orphan_patience / NANOSECONDS
        self._loop.call_later(stall, self._be_patient, self._waiting_size)

    def _finish(self) -> None:
        """All was handed over: TCP does the rest alone."""
        if self._lost:
            return
        if self._connection is not None:
            connection = self._connection
            connection.handler = None
            connection.close(self._stack.now())
            self._stack.kick()
        self._lose(None)

    def _abort(self, error: BaseException | None) -> None:
        if self._lost:
            return
        if self._connection is not None:
            self._connection.abort(self._stack.now())
            self._stack.kick()
        self._lose(error)

    def _lose(self, error: BaseException | None) -> None:
        self._lost = True
        self._closing = True
        self._waiting.clear()
        self._waiting_size = 0
        self._loop.call_soon(self._tell_lost, error)

    def _tell_lost(self, error: BaseException | None) -> None:
        try:
            self._protocol.connection_lost(error)
        finally:
            if self._forget is not None:
                self._forget(self)

    def _call(self, callback: Callable[..., Any], *args: Any) -> Any:
        """A protocol that fails loses its connection, not the stack's other ones."""
        try:
            return callback(*args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._failed(error)
            return None

    def _failed(self, error: BaseException) -> None:
        context = {
            "message": "Fatal error: a protocol's method failed.",
            "exception": error,
            "transport": self,
            "protocol": self._protocol,
        }
        self._loop.call_exception_handler(context)
        self._abort(error)

    def _consider_pausing(self) -> None:
        """Beyond the high-water mark; at once when all connections together hold much."""
        high = 0 if self._stack.host.tcp.memory.tight() else self._high
        if self._waiting_size > high and not self._protocol_paused:
            self._protocol_paused = True
            self._call(self._protocol.pause_writing)

    def _consider_resuming(self) -> None:
        if self._protocol_paused and self._waiting_size <= self._low:
            self._protocol_paused = False
            self._call(self._protocol.resume_writing)


def _fill(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """A protocol with buffers of its own."""
    view = memoryview(data)
    while view:
        buffer = memoryview(protocol.get_buffer(len(view)))
        if not buffer:
            raise RuntimeError("get_buffer() returned an empty buffer")
        size = min(len(buffer), len(view))
        buffer[:size] = view[:size]
        protocol.buffer_updated(size)
        view = view[size:]
