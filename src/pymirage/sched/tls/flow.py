"""A flow inside of another one: TLS 1.3 (RFC 8446) or 1.2 (RFC 5246).

The end that the peer announced (close_notify) reads as b""; a connection that ends without it is Truncated,
because anybody in between could have cut it. Our own end can come first where TLS 1.3 allows it (§6.1); TLS
1.2 has no half-closed connections (RFC 5246 §7.2.1): there the peer's end is ours, too.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from pymirage.device.error import Closed, ConnectionLost
from pymirage.device.tcp import TcpFlow
from pymirage.error import UsageError
from pymirage.security.tls.error import HandshakeFailed, HandshakeTimedOut, TlsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymirage.device.endpoint import Endpoint
    from pymirage.device.flow import Flow
    from pymirage.security.tls.engine import Engine

PIECE = 65536
"""Plain text that is encrypted at a time: the flow below takes it before there is more."""
MOST_PENDING = 65536
"""Answers that a reader may leave to whoever writes."""


class Truncated(ConnectionLost):
    """The connection ended without the peer's word that it does: what was read may not be all."""


class Broken(ConnectionLost):
    """A record was not the peer's, or the peer sent an alert; the message says which."""


class TlsFlow(TcpFlow):
    """Made by `handshake`; its ends are those of the flow below, where that has some."""

    def __init__(self, below: Flow, engine: Engine) -> None:
        self._below = below
        self._engine = engine
        self._half_close = engine.version() == "TLSv1.3"
        self._sending = asyncio.Lock()
        self._closed = False
        self._shut = False
        self._refused = False
        self._ended = False
        self._error: ConnectionLost | None = None
        self._on_close: Callable[[Engine], object] | None = None

    # -- facts --

    @property
    def version(self) -> str:
        """ "TLSv1.3" or "TLSv1.2"."""
        return self._engine.version()

    @property
    def cipher(self) -> str:
        return self._engine.cipher()

    @property
    def protocol(self) -> str:
        """What ALPN agreed on; empty for nothing."""
        return self._engine.protocol()

    @property
    def resumed(self) -> bool:
        """Whether an earlier connection's secret was used."""
        return self._engine.resumed()

    @property
    def peer_certificate(self) -> bytes:
        """DER, as it was verified in the handshake; empty for none."""
        return self._engine.peer_certificate()

    def local(self) -> Endpoint:
        return _with_ends(self._below).local()

    def remote(self) -> Endpoint:
        return _with_ends(self._below).remote()

    # -- Flow --

    async def read(self) -> bytes:
        self._check_open()
        while True:
            if self._refused or self._ended:
                return b""
            if self._error is not None:
                raise self._error
            try:
                data = self._engine.read()
            except TlsError as error:
                raise await self._broken(error) from None
            if data:
                if self._engine.pending():
                    await self._answer()
                return data
            if data is not None:
                await self._end()
                return b""
            if self._engine.pending():
                await self._answer()
            await self._fill()
            self._check_open()

    async def write(self, data: bytes) -> None:
        self._check_writable()
        if len(data) <= PIECE:
            await self._encrypt(data)
            return
        view = memoryview(data)
        for at in range(0, len(data), PIECE):
            await self._encrypt(view[at : at + PIECE])
            self._check_writable()

    async def shutdown(self, *, read: bool = False, write: bool = False) -> None:
        self._check_open()
        if read and not self._refused:
            self._refused = True
            if not self._ended and self._error is None:
                await self._below.shutdown(read=True)
        if write and not self._shut:
            await self._shutdown()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._on_close is not None:
            self._on_close(self._engine)
        if not self._shut and self._error is None:
            self._shut = True
            self._engine.shutdown()
            with suppress(ConnectionLost):
                await self._send()
        await self._below.close()

    # -- steps --

    async def _broken(self, error: TlsError) -> Broken:
        """The peer is told, as far as it listens (RFC 8446 §6.2)."""
        self._error = made = Broken(str(error))
        with suppress(ConnectionLost):
            await self._send()
        return made

    async def _fill(self) -> None:
        try:
            data = await self._below.read()
        except ConnectionLost as error:
            self._error = self._error or error
            raise
        if self._closed or self._refused:
            return
        if not data:
            self._error = Truncated("the connection was cut: the peer did not say that this is the end")
            raise self._error
        self._engine.receive(data)

    async def _end(self) -> None:
        """The peer's close_notify."""
        self._ended = True
        if not self._half_close and not self._shut:
            await self._shutdown()

    async def _shutdown(self) -> None:
        self._shut = True
        if self._error is None:
            self._engine.shutdown()
            await self._send()
            await self._below.shutdown(write=True)

    async def _encrypt(self, data: bytes | memoryview) -> None:
        if not data:
            return
        try:
            self._engine.write(data)
        except TlsError as error:
            raise await self._broken(error) from None
        await self._send()

    async def _answer(self) -> None:
        """What reading caused: tickets, key updates, alerts. A writer that is at it takes it along."""
        if not self._sending.locked() or self._engine.pending() > MOST_PENDING:
            await self._send()

    async def _send(self) -> None:
        async with self._sending:
            while data := self._engine.to_send():
                await self._below.write(data)

    def _check_open(self) -> None:
        if self._closed:
            raise Closed("this flow was closed")

    def _check_writable(self) -> None:
        self._check_open()
        if self._shut:
            if self._ended and not self._half_close:
                raise ConnectionLost("the peer has ended the connection, and TLS 1.2 has no half of one")
            raise Closed("the sending side of this flow was shut down")
        if self._error is not None:
            raise self._error


async def handshake(
    below: Flow,
    engine: Engine,
    timeout: float,
    on_close: Callable[[Engine], object] | None = None,
) -> TlsFlow:
    """The flow once both sides have proved themselves. Raises HandshakeFailed and closes `below` when not."""
    try:
        async with asyncio.timeout(timeout):
            await _handshake(below, engine)
    except TimeoutError:
        await below.close()
        raise HandshakeTimedOut("no handshake in time", f"{timeout:g} s") from None
    except ConnectionLost as error:
        await below.close()
        raise HandshakeFailed("the peer went away", str(error)) from None
    except BaseException:
        await below.close()
        raise
    flow = TlsFlow(below, engine)
    flow._on_close = on_close
    return flow


async def _handshake(below: Flow, engine: Engine) -> None:
    while True:
        try:
            done = engine.handshake()
        except HandshakeFailed:
            if alert := engine.to_send():
                await below.write(alert)
            raise
        if flight := engine.to_send():
            await below.write(flight)
        if done:
            return
        data = await below.read()
        if not data:
            raise HandshakeFailed("the peer went away")
        engine.receive(data)


def _with_ends(flow: Flow) -> TcpFlow:
    if not isinstance(flow, TcpFlow):
        raise UsageError("the flow below this TLS knows no addresses")
    return flow
