"""TLS as a transport between a transport and a protocol of asyncio's kind.

A server with many connections takes it instead of a flow: no task stands between a record and its answer.

asyncio's own (asyncio.sslproto) does the same for programs that use `ssl=`; this one knows of Truncated ends,
counts handshakes, and asks which protocol to make once ALPN has decided.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pymirage.sched.tls.flow import Broken, Truncated
from pymirage.security.tls.error import HandshakeFailed, HandshakeTimedOut, TlsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymirage.security.tls.engine import Engine


class TlsProtocol(asyncio.Protocol):
    """Beneath: the protocol of the TCP transport.

    make: the protocol above, after the handshake. told: how that ended, once. refused: it is not begun.
    """

    def __init__(
        self,
        engine: Engine,
        make: Callable[[Engine], Any],
        told: Callable[[Engine, HandshakeFailed | None], object],
        timeout: float,
        *,
        refused: bool = False,
    ) -> None:
        self._refused = refused
        self.engine = engine
        self._make = make
        self._told = told
        self._timeout = timeout
        self._timer: asyncio.TimerHandle | None = None
        self._above: TlsTransport | None = None
        self._below: Any = None
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = transport
        if self._refused:
            self._fail(HandshakeFailed("too many at once"))
            return
        self._timer = asyncio.get_running_loop().call_later(self._timeout, self._late)

    def data_received(self, data: bytes) -> None:
        self.engine.receive(data)
        if self._above is not None:
            self._above.pump()
        elif not self._over:
            self._handshake()

    def eof_received(self) -> bool:
        if self._above is not None:
            return self._above.below_ended()
        self._fail(HandshakeFailed("the peer went away"))
        return False

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._above is not None:
            self._above.below_lost(exc)
        else:
            self._fail(HandshakeFailed("the peer went away"))

    def pause_writing(self) -> None:
        if self._above is not None:
            self._above.protocol.pause_writing()

    def resume_writing(self) -> None:
        if self._above is not None:
            self._above.protocol.resume_writing()

    def _handshake(self) -> None:
        try:
            done = self.engine.handshake()
        except HandshakeFailed as error:
            self._fail(error)
            return
        if flight := self.engine.to_send():
            self._below.write(flight)
        if not done:
            return
        self._settle(None)
        self._above = TlsTransport(self._below, self.engine, self._make(self.engine))
        self._above.protocol.connection_made(self._above)
        self._above.pump()

    def _late(self) -> None:
        self._fail(HandshakeTimedOut("no handshake in time", f"{self._timeout:g} s"))

    def _fail(self, error: HandshakeFailed) -> None:
        if not self._over:
            self._settle(error)
            if alert := self.engine.to_send():
                self._below.write(alert)
            self._below.close()

    def _settle(self, error: HandshakeFailed | None) -> None:
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        self._told(self.engine, error)


class TlsTransport(asyncio.Transport):
    """Above: what the protocol sees."""

    def __init__(self, below: Any, engine: Engine, protocol: Any) -> None:
        super().__init__()
        self.protocol = protocol
        self._below = below
        self._engine = engine
        self._half_close = engine.version() == "TLSv1.3"
        self._reading = True
        self._closing = False
        self._ended = False
        self._lost = False
        self._error: BaseException | None = None

    # -- what comes from below --

    def pump(self) -> None:
        """Hand up what can be decrypted, until the protocol says stop."""
        engine = self._engine
        while self._reading and not self._closing and not self._ended:
            try:
                data = engine.read()
            except TlsError as error:
                self._break(Broken(str(error)))
                return
            if data is None:
                break
            if data:
                self.protocol.data_received(data)
            else:
                self._end()
        self._flush()

    def below_ended(self) -> bool:
        """The connection's end, which has to come after the peer's."""
        if not self._ended and not self._closing:
            self._break(Truncated("the connection was cut: the peer did not say that this is the end"))
        return self._half_close and not self._closing

    def below_lost(self, error: BaseException | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            self.protocol.connection_lost(self._error or error)

    # -- asyncio.Transport --

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "engine":
            return self._engine
        return self._below.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        found: asyncio.BaseProtocol = self.protocol
        return found

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._below.pause_reading()

    def resume_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._below.resume_reading()
            # Not from here: protocols resume inside of what data caused.
            asyncio.get_running_loop().call_soon(self.pump)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or not data:
            return
        if self._engine.shut:
            raise RuntimeError("cannot write after write_eof()")
        try:
            self._engine.write(bytes(data))
        except TlsError as error:
            self._break(Broken(str(error)))
            return
        self._below.write(self._engine.to_send())

    def can_write_eof(self) -> bool:
        return self._half_close

    def write_eof(self) -> None:
        if not self._engine.shut and not self._closing:
            self._engine.shutdown()
            self._flush()
            self._below.write_eof()

    def get_write_buffer_size(self) -> int:
        size: int = self._below.get_write_buffer_size()
        return size

    def get_write_buffer_limits(self) -> tuple[int, int]:
        limits: tuple[int, int] = self._below.get_write_buffer_limits()
        return limits

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._engine.shutdown()
            self._flush()
            self._below.close()

    def abort(self) -> None:
        self._closing = True
        self._below.abort()

    # -- steps --

    def _flush(self) -> None:
        if self._engine.pending() and not self._lost:
            self._below.write(self._engine.to_send())

    def _end(self) -> None:
        """The peer's close_notify; TLS 1.2 has no half of a connection."""
        self._ended = True
        if not self.protocol.eof_received() or not self._half_close:
            self.close()

    def _break(self, error: BaseException) -> None:
        """The peer hears why, in an alert."""
        self._error = self._error or error
        self._closing = True
        self._flush()
        self._below.close()
