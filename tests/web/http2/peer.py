"""A client of HTTP/2 that writes frames by hand, right and wrong ones, and reads what comes back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType

from hpack import Decoder, Encoder
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from pymirage.device.error import ConnectionLost
from pymirage.driver.memory.flow import MemoryFlow, flow_pair
from pymirage.web.http2 import Limits, serve
from pymirage.web.http2.connection import PREFACE
from pymirage.web.message import Handler, Request, Response, text
from pymirage.web.server.service import Service

GET = ((":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "site.test"))
POST = ((":method", "POST"), *GET[1:])

Answer = Callable[[Request], Response | Awaitable[Response]]


class Calls(Handler):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.seen: list[Request] = []

    def respond(self, request: Request) -> Response | Awaitable[Response]:
        self.seen.append(request)
        return self.answer(request)


class Peer:
    """`async with Peer() as peer`: the server runs meanwhile. `counts` says how it ended."""

    def __init__(
        self,
        answer: Answer = lambda _: text("hello"),
        limits: Limits | None = None,
        *,
        greet: bool = True,
        service: Service | None = None,
    ) -> None:
        self.handler = Calls(answer)
        self.counts: Counter[str] = Counter()
        self.encoder, self.decoder = Encoder(), Decoder()
        self.flow, self._theirs = flow_pair()
        self._limits = limits
        self._greet = greet
        self._service = service
        self._data = b""
        self._preface = 9

    async def __aenter__(self) -> Peer:
        self.serving = asyncio.create_task(self._serve(self._theirs))
        if self._greet:
            await self.flow.write(PREFACE)
            await self.send(SettingsFrame(0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.flow.close()
        if kind is not None:
            self.serving.cancel()
        await asyncio.gather(self.serving, return_exceptions=kind is not None)

    async def _serve(self, flow: MemoryFlow) -> None:
        try:
            await serve(flow, self.handler, limits=self._limits, counts=self.counts, service=self._service)
        except ConnectionLost:
            pass
        finally:
            await flow.close()

    # -- sending --

    async def send(self, *frames: Frame) -> None:
        await self.raw(b"".join(frame.serialize() for frame in frames))

    async def raw(self, octets: bytes) -> None:
        await self.flow.write(octets)

    def head(
        self, number: int, headers: tuple[tuple[str, str], ...] = GET, *, end: bool = True, whole: bool = True
    ) -> HeadersFrame:
        frame = HeadersFrame(number, self.encoder.encode(list(headers)))
        if end:
            frame.flags.add("END_STREAM")
        if whole:
            frame.flags.add("END_HEADERS")
        return frame

    # -- receiving --

    async def frame(self) -> Frame | None:
        """The next one; None at the end."""
        while True:
            if len(self._data) >= 9:
                frame, length = Frame.parse_frame_header(memoryview(self._data[:9]))
                if len(self._data) >= 9 + length:
                    frame.parse_body(memoryview(self._data[9 : 9 + length]))
                    self._data = self._data[9 + length :]
                    return frame
            piece = await self.flow.read()
            if not piece:
                return None
            self._data += piece

    async def until(self, kind: type[Frame], number: int | None = None) -> Frame:
        """The next frame of this kind; SETTINGS are acknowledged, others passed over."""
        while frame := await self.frame():
            if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags and kind is not SettingsFrame:
                continue
            if isinstance(frame, kind) and number in (None, frame.stream_id):
                return frame
        raise AssertionError(f"the connection ended before {kind.__name__}")

    async def response(self, number: int) -> tuple[dict[str, str], bytes]:
        """Fields and body of a stream's response; windows are kept open."""
        fields: dict[str, str] = {}
        body = b""
        while frame := await self.frame():
            if isinstance(frame, HeadersFrame):
                decoded = {str(k): str(v) for k, v in self.decoder.decode(frame.data)}
                fields = decoded if frame.stream_id == number else fields
            if isinstance(frame, DataFrame):
                body += frame.data if frame.stream_id == number else b""
                if frame.data:
                    await self.send(window(0, len(frame.data)), window(frame.stream_id, len(frame.data)))
            if isinstance(frame, RstStreamFrame) and frame.stream_id == number:
                raise AssertionError(f"stream {number} was reset: {frame.error_code}")
            if frame.stream_id == number and "END_STREAM" in frame.flags:
                return fields, body
        raise AssertionError("the connection ended before the response")

    async def goodbye(self) -> int:
        """The error code of GOAWAY, after which the server closes."""
        frame = await self.until(GoAwayFrame)
        assert isinstance(frame, GoAwayFrame)
        while await self.frame():
            pass
        return frame.error_code

    async def reset(self, number: int) -> int:
        frame = await self.until(RstStreamFrame, number)
        assert isinstance(frame, RstStreamFrame)
        return frame.error_code

    async def alive(self) -> None:
        """A PING is answered."""
        await self.send(PingFrame(0, opaque_data=b"are you?"))
        while True:
            frame = await self.until(PingFrame)
            assert isinstance(frame, PingFrame)
            if frame.opaque_data == b"are you?" and "ACK" in frame.flags:
                return


def window(number: int, octets: int) -> WindowUpdateFrame:
    return WindowUpdateFrame(number, window_increment=octets)


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        # Only what hangs takes so long.
        async with asyncio.timeout(300):
            await main()

    asyncio.run(bounded())
