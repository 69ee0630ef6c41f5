"""One connection of HTTP/2 (RFC 9113): frames in and out through h2, requests to a handler.

One task reads. An answer that is there at once leaves with what its turn brings; others have tasks, which
end with the connection. All send through one lock: a client that does not read stops everything it caused.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    DataReceived,
    PingReceived,
    PriorityUpdated,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2.exceptions import DenialOfServiceError, ProtocolError, StreamClosedError
from h2.settings import SettingCodes, Settings

from pymirage.device.error import ConnectionLost
from pymirage.error import PeerError, UsageError
from pymirage.protocol.http.fields import Fields
from pymirage.web.http2 import request
from pymirage.web.http2.body import Body
from pymirage.web.http2.flood import Bucket
from pymirage.web.http2.limits import Limits
from pymirage.web.http2.stream import Stream
from pymirage.web.server.served import Served
from pymirage.web.server.service import Service
from pymirage.web.server.settings import Settings as ServerSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymirage.device.endpoint import Endpoint
    from pymirage.device.flow import Flow
    from pymirage.web.message import Handler, Request

log = logging.getLogger(__name__)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Flood(PeerError):
    """The client makes work of a kind that serves nothing."""


async def serve(
    flow: Flow,
    handler: Handler,
    *,
    limits: Limits | None = None,
    peer: Endpoint | None = None,
    counts: Counter[str] | None = None,
    begun: bytes = b"",
    service: Service | None = None,
) -> None:
    """Until the client, a limit or the service ends it.

    counts: how connections ended. begun: what was read already. service: that of the server which counts,
    logs and ends this connection with its own.
    """
    used = Limits() if limits is None else limits
    ended = Counter() if counts is None else counts
    whose = Service(handler, ServerSettings(), None) if service is None else service
    await Connection(flow, handler, used, peer, ended, whose).run(begun)


def goaway(last: int) -> bytes:
    """Nothing after the stream `last` is answered (§6.8). h2's own would end the connection at once."""
    return b"\0\0\x08\x07" + bytes(5) + last.to_bytes(4, "big") + bytes(4)


@final
class Connection(Served):
    def __init__(
        self,
        flow: Flow,
        handler: Handler,
        limits: Limits,
        peer: Endpoint | None,
        counts: Counter[str],
        service: Service,
    ) -> None:
        config = H2Configuration(client_side=False, header_encoding=None)
        self.core = H2Connection(config)
        self.handler = handler
        self.service = service
        self.streams: dict[int, Stream] = {}
        self._flow = flow
        self._limits = limits
        self._peer = peer
        self._counts = counts
        self._sending = asyncio.Lock()
        self._stopping = False
        self._farewell = b""
        self._patience: asyncio.Timeout | None = None
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._resets = Bucket(limits.resets, now)
        self._controls = Bucket(limits.controls, now)
        self._progress = now

    async def run(self, begun: bytes) -> None:
        self._begin()
        if not self.service.enter(self):
            self._counts["refused"] += 1
            await self._say_goodbye(ErrorCodes.NO_ERROR)
            return
        why = "ended"
        try:
            await self._flush()
            if begun:
                await self._receive(begun)
            why = await self._read_on()
        except Flood as error:
            why = str(error)
            await self._say_goodbye(ErrorCodes.ENHANCE_YOUR_CALM)
        except DenialOfServiceError as error:
            why = type(error).__name__
            await self._say_goodbye(error.error_code)
        except ProtocolError as error:
            why = type(error).__name__
            await self._say_goodbye(error.error_code)
        except ConnectionLost:
            why = "lost"
            raise
        finally:
            self._counts[why] += 1
            if self.streams:
                self.service.counters.broken += 1
            await self._end_streams()
            self.service.leave(self)

    # -- for the service --

    def idles(self) -> bool:
        return not self.streams and not self._stopping

    def stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._farewell = goaway(self.core.highest_inbound_stream_id)
            self._loop.create_task(self._flush_quietly())
            self._end_when_done()

    def abort(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def look(self, tick: int) -> None:
        """Times are kept by the reading task."""

    def _end_when_done(self) -> None:
        """Wake the reading task."""
        patience = self._patience
        if self._stopping and not self.streams and patience is not None and not patience.expired():
            patience.reschedule(self._loop.time())

    # -- for streams --

    def answered(self, request: Request, status: int, size: int) -> None:
        """The response is complete."""
        self.service.counters.responses[status // 100] += 1
        if self.service.access is not None:
            self.service.access.record(request, status, size)

    def window(self, number: int) -> int:
        """How much data may be sent now: below 0 after a smaller setting, 0 for a stream that is gone."""
        try:
            return self.core.local_flow_control_window(number)
        except ProtocolError:
            return 0

    async def send_head(self, stream: Stream, fields: list[tuple[bytes, bytes]], *, end: bool) -> None:
        if not stream.reset:
            self.core.send_headers(stream.number, fields, end_stream=end)
            self._moved()
            await self._flush()

    async def send_data(self, stream: Stream, data: bytes, *, end: bool) -> None:
        if not stream.reset:
            self.core.send_data(stream.number, data, end_stream=end)
            self._moved()
            await self._flush()

    async def reset(self, stream: Stream, code: ErrorCodes) -> None:
        if not stream.reset:
            stream.reset = True
            try:
                self.core.reset_stream(stream.number, code)
            except (ProtocolError, KeyError):
                return  # it is closed on both sides already
            await self._flush()

    def finished(self, stream: Stream) -> None:
        """What lies unread of it is given back to the connection's window."""
        if self.streams.pop(stream.number, None) is not None:
            self._give_back(stream.body.unread(), stream.number)
        self._moved()
        self._end_when_done()

    # -- steps --

    def _begin(self) -> None:
        limits = self._limits
        # Given before the connection begins they are the first SETTINGS, and hold from the first octet on.
        self.core.local_settings = Settings(
            client=False,
            initial_values={
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.MAX_CONCURRENT_STREAMS: limits.streams,
                SettingCodes.INITIAL_WINDOW_SIZE: limits.stream_window,
                SettingCodes.MAX_HEADER_LIST_SIZE: limits.header_list,
            },
        )
        self.core.decoder.max_header_list_size = limits.header_list
        self.core.initiate_connection()
        self.core.increment_flow_control_window(limits.connection_window - 65535)

    async def _read_on(self) -> str:
        while True:
            if self._stopping and not self.streams:
                await self._flush_quietly()
                return "stopped"
            patience = self._limits.stall if self.streams else self._limits.idle
            try:
                async with asyncio.timeout_at(self._progress + patience) as self._patience:
                    data = await self._flow.read()
            except TimeoutError:
                if (self._stopping and not self.streams) or self._loop.time() < self._progress + patience:
                    continue  # an answer made progress meanwhile
                await self._say_goodbye(ErrorCodes.NO_ERROR)
                return "stalled" if self.streams else "idle"
            finally:
                self._patience = None
            if not data:
                return "ended"
            try:
                # A client that sends and takes nothing: what it causes cannot leave.
                async with asyncio.timeout(self._limits.stall):
                    await self._receive(data)
            except TimeoutError:
                return "stalled"

    async def _receive(self, data: bytes) -> None:
        self.service.counters.received += len(data)
        events = self.core.receive_data(data)
        # One frame may be the end of a hundred: nothing is sent before all of them were looked at.
        self._handle(events)
        await self._flush()

    def _handle(self, events: Sequence[Any]) -> None:
        for event in events:
            match event:
                case RequestReceived():
                    self._request(event.stream_id or 0, event.headers or ())
                case DataReceived():
                    self._data(event.stream_id or 0, event.data or b"", event.flow_controlled_length or 0)
                case TrailersReceived():
                    self._trailers(event.stream_id or 0, event.headers or ())
                case StreamEnded():
                    self._ended(event.stream_id or 0)
                case StreamReset():
                    self._reset(event.stream_id or 0)
                case WindowUpdated():
                    self._count(self._controls, "too many control frames")
                    self._opened(event.stream_id or 0)
                case RemoteSettingsChanged():
                    self._count(self._controls, "too many control frames")
                    self._opened(0)
                case PingReceived() | PriorityUpdated():
                    self._count(self._controls, "too many control frames")
                case _:
                    pass

    def _request(self, number: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        if self._stopping:
            # It may be asked again elsewhere (§8.7).
            with suppress(StreamClosedError):
                self.core.reset_stream(number, ErrorCodes.REFUSED_STREAM)
            return

        async def taken(octets: int) -> None:
            self._give_back(octets, number)
            await self._flush()

        stream = Stream(self, number, Body(self._limits.body, taken))
        made = request.make(headers, stream.body, self._peer)
        self._moved()
        if made is None:
            self._refuse(number)
            return
        self.streams[number] = stream
        self.service.counters.requests += 1
        # Its end, if it came with the fields, is the next event: whether it has a body is known then.
        self._loop.call_soon(self._start, stream, made)

    def _start(self, stream: Stream, made: Any) -> None:
        if self.streams.get(stream.number) is stream and not stream.reset and stream.begin(made):
            self._loop.create_task(self._flush_quietly())

    def _data(self, number: int, data: bytes, controlled: int) -> None:
        stream = self.streams.get(number)
        if not data:
            self._count(self._controls, "too many control frames")
        if stream is None:
            self._give_back(controlled, number)
            return
        self._moved()
        stream.body.arrive(data, controlled)

    def _trailers(self, number: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        stream = self.streams.get(number)
        if stream is not None:
            stream.body.trailing(Fields([(name, value) for name, value in headers if name[:1] != b":"]))

    def _ended(self, number: int) -> None:
        stream = self.streams.get(number)
        if stream is not None:
            stream.body.end()

    def _reset(self, number: int) -> None:
        """Rapid reset: requests that are begun and thrown away cost the client nothing (CVE-2023-44487)."""
        self._count(self._resets, "too many resets")
        stream = self.streams.get(number)
        if stream is not None:
            stream.was_reset()
            if stream.task is None:
                self.finished(stream)

    def _opened(self, number: int) -> None:
        for stream in [self.streams[number]] if number in self.streams else list(self.streams.values()):
            stream.window_opened()

    def _refuse(self, number: int) -> None:
        """§8.1.1: malformed requests are stream errors, and those are counted, too."""
        self._count(self._resets, "too many resets")
        try:
            self.core.reset_stream(number, ErrorCodes.PROTOCOL_ERROR)
        except StreamClosedError:
            return

    def _give_back(self, octets: int, number: int) -> None:
        if octets:
            try:
                self.core.acknowledge_received_data(octets, number)
            except (ProtocolError, KeyError, ValueError):
                return  # the connection is at its end

    def _count(self, bucket: Bucket, what: str) -> None:
        if not bucket.take(self._loop.time()):
            raise Flood(what)

    def _moved(self) -> None:
        self._progress = self._loop.time()

    async def _flush(self) -> None:
        async with self._sending:
            while data := self._to_send():
                self.service.counters.sent += len(data)
                await self._flow.write(data)

    def _to_send(self) -> bytes:
        farewell, self._farewell = self._farewell, b""
        return self.core.data_to_send() + farewell

    async def _flush_quietly(self) -> None:
        try:
            await self._flush()
        except (ConnectionLost, UsageError):
            return  # the reading task hears of it, too

    async def _say_goodbye(self, code: int) -> None:
        """GOAWAY, as far as the client still listens (§6.8)."""
        with suppress(ProtocolError):
            self.core.close_connection(code)
        try:
            async with asyncio.timeout(1):
                await self._flush()
        except (ConnectionLost, UsageError, TimeoutError):
            return

    async def _end_streams(self) -> None:
        tasks = [stream.task for stream in self.streams.values() if stream.task is not None]
        for stream in list(self.streams.values()):
            stream.was_reset()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.streams.clear()
