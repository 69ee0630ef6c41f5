"""Requests and responses over HTTP/2: bodies, windows both ways, streams at once, errors of handlers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hyperframe.frame import DataFrame, HeadersFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame

from pymirage.protocol.http.fields import Fields
from pymirage.web.http2 import Limits
from pymirage.web.message import Outgoing, Request, Response, text
from tests.web.http2.peer import GET, POST, Peer, run, window

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, CANCEL = 0, 1, 2, 8


async def echo(request: Request) -> Response:
    return Response(200, Fields(), await request.body.read_all())


class Long(Outgoing):
    def __init__(self, pieces: int, claimed: int | None = None) -> None:
        self.left = pieces
        self.claimed = pieces * 10_000 if claimed is None else claimed
        self.closed = False

    def length(self) -> int:
        return self.claimed

    async def read(self) -> bytes:
        await asyncio.sleep(0)
        self.left -= 1
        return b"x" * 10_000 if self.left >= 0 else b""

    async def close(self) -> None:
        self.closed = True


def test_an_answer_at_once() -> None:
    async def main() -> None:
        async with Peer() as peer:
            await peer.send(peer.head(1), peer.head(3))
            fields, body = await peer.response(1)
            assert body == b"hello" and fields[":status"] == "200" and fields["content-length"] == "5"
            assert fields["date"].endswith("GMT")
            assert (await peer.response(3))[1] == b"hello"
            request = peer.handler.seen[0]
            assert (request.method, request.target, request.scheme, request.version) == (
                "GET",
                "/",
                "https",
                20,
            )
            assert request.fields.get("host") == "site.test"

    run(main)


def test_a_body_is_echoed() -> None:
    async def main() -> None:
        async with Peer(echo) as peer:
            await peer.send(peer.head(1, POST, end=False), DataFrame(1, b"one "), DataFrame(1, b"two"))
            await peer.send(DataFrame(1, b"", flags=["END_STREAM"]))
            assert (await peer.response(1))[1] == b"one two"

    run(main)


def test_crumbs_of_cookies_and_trailers() -> None:
    async def answer(request: Request) -> Response:
        await request.body.read_all()
        return text(f"{request.fields.get('cookie')} {request.body.trailers().get('check')}")

    async def main() -> None:
        async with Peer(answer) as peer:
            await peer.send(peer.head(1, (*POST, ("cookie", "a=1"), ("cookie", "b=2")), end=False))
            await peer.send(DataFrame(1, b"x"), peer.head(1, (("check", "sum"),)))
            assert (await peer.response(1))[1] == b"a=1; b=2 sum"

    run(main)


@pytest.mark.parametrize("method", ("GET", "HEAD"))
def test_a_long_body_waits_for_windows(method: str) -> None:
    body = Long(30)

    async def main() -> None:
        async with Peer(lambda _: Response(200, Fields(), body)) as peer:
            await peer.send(peer.head(1, ((":method", method), *GET[1:])))
            if method == "HEAD":
                fields, data = await peer.response(1)
                assert fields["content-length"] == "300000" and data == b""
                return
            received = 0
            while received < 65535:
                frame = await peer.until(DataFrame)
                assert isinstance(frame, DataFrame)
                received += len(frame.data)
            assert received == 65535
            await peer.alive()
            await peer.send(window(0, 1 << 20), window(1, 1 << 20))
            _, rest = await peer.response(1)
            assert received + len(rest) == 300_000

    run(main)
    assert body.closed


def test_many_at_once() -> None:
    async def answer(request: Request) -> Response:
        await asyncio.sleep(0)
        return text(request.target)

    async def main() -> None:
        async with Peer(answer) as peer:
            numbers = range(1, 201, 2)
            await peer.send(*(peer.head(n, (GET[0], (":path", f"/{n}"), *GET[2:])) for n in numbers))
            found: dict[int, bytes] = {}
            while len(found) < len(numbers):
                frame = await peer.until(DataFrame)
                assert isinstance(frame, DataFrame)
                if frame.data:
                    found[frame.stream_id] = frame.data
            assert found == {n: f"/{n}".encode() for n in numbers}

    run(main)


def test_bodies_that_nobody_reads_do_not_pile_up() -> None:
    async def answer(request: Request) -> Response:
        if request.target == "/":
            await asyncio.Event().wait()
        return text("read")

    async def main() -> None:
        limits = Limits(stream_window=20_000, connection_window=70_000)
        async with Peer(answer, limits) as peer:
            await peer.send(peer.head(1, POST, end=False))
            await peer.send(DataFrame(1, bytes(16_000)), DataFrame(1, bytes(16_000)))
            # FLOW_CONTROL_ERROR, of the stream or of the whole connection (§6.9.1).
            assert await peer.goodbye() == 3

    run(main)


def test_what_was_read_opens_the_windows() -> None:
    async def main() -> None:
        async with Peer(echo, Limits(stream_window=20_000, connection_window=70_000)) as peer:
            await peer.send(peer.head(1, POST, end=False))
            for _ in range(20):
                await peer.send(DataFrame(1, bytes(16_000)))
                await peer.until(WindowUpdateFrame, 1)
            await peer.send(DataFrame(1, b"", flags=["END_STREAM"]))
            assert len((await peer.response(1))[1]) == 320_000

    run(main)


def test_too_long_a_body() -> None:
    async def main() -> None:
        async with Peer(echo, Limits(body=10)) as peer:
            await peer.send(peer.head(1, POST, end=False), DataFrame(1, bytes(11)))
            fields, _ = await peer.response(1)
            assert fields[":status"] == "413"
            assert await peer.reset(1) == NO_ERROR
            await peer.alive()

    run(main)


def test_an_answer_before_the_end_of_the_request() -> None:
    async def main() -> None:
        async with Peer(lambda _: text("enough")) as peer:
            await peer.send(peer.head(1, POST, end=False))
            assert (await peer.response(1))[1] == b"enough"
            assert await peer.reset(1) == NO_ERROR
            await peer.alive()

    run(main)


def test_handlers_that_fail() -> None:
    async def late(_: Request) -> Response:
        raise RuntimeError("as the test wants")

    def early(_: Request) -> Response:
        raise RuntimeError("as the test wants")

    async def main() -> None:
        for answer in (early, late):
            async with Peer(answer) as peer:
                await peer.send(peer.head(1))
                assert (await peer.response(1))[0][":status"] == "500"
                await peer.alive()

    run(main)


def test_a_body_that_fails_or_is_short_resets_its_stream() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"beginning"
        raise RuntimeError("as the test wants")

    async def main() -> None:
        for body in (pieces(), Long(1, claimed=20_000)):
            made = Response(200, Fields(), body)
            async with Peer(lambda _, made=made: made) as peer:  # type: ignore[misc]
                await peer.send(peer.head(1))
                assert await peer.reset(1) == INTERNAL_ERROR
                await peer.alive()

    run(main)


def test_a_client_that_goes_away_cancels_its_handlers() -> None:
    started: list[str] = []
    cancelled: list[str] = []

    async def answer(request: Request) -> Response:
        started.append(request.target)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(request.target)
            raise
        return text("never")

    async def main() -> None:
        async with Peer(answer) as peer:
            await peer.send(peer.head(1), peer.head(3))
            while len(started) < 2:
                await peer.alive()
            await peer.send(RstStreamFrame(1, error_code=CANCEL))
            while not cancelled:
                await peer.alive()
        assert len(cancelled) == 2

    run(main)


def test_a_request_that_is_reset_before_its_handler_ran() -> None:
    async def main() -> None:
        async with Peer(echo) as peer:
            for number in range(1, 41, 2):
                await peer.send(peer.head(number), RstStreamFrame(number, error_code=CANCEL))
            await peer.send(peer.head(41))
            assert (await peer.response(41))[0][":status"] == "200"

    run(main)


def test_idle_and_stalled_connections_end() -> None:
    async def main() -> None:
        async with Peer(limits=Limits(idle=0.05)) as peer:
            assert await peer.goodbye() == NO_ERROR
        assert peer.counts == {"idle": 1}
        async with Peer(lambda _: Response(200, Fields(), Long(30)), Limits(stall=0.05)) as peer:
            await peer.send(peer.head(1))
            assert await peer.goodbye() == NO_ERROR
        assert peer.counts == {"stalled": 1}

    run(main)


def test_settings_say_what_is_allowed() -> None:
    async def main() -> None:
        async with Peer(limits=Limits(streams=7, stream_window=12345)) as peer:
            frame = await peer.until(SettingsFrame)
            assert isinstance(frame, SettingsFrame)
            settings = frame.settings
            assert settings[SettingsFrame.MAX_CONCURRENT_STREAMS] == 7
            assert settings[SettingsFrame.INITIAL_WINDOW_SIZE] == 12345
            assert settings[SettingsFrame.ENABLE_PUSH] == 0

    run(main)


def test_fields_of_http_1_are_left_out() -> None:
    async def main() -> None:
        fields = Fields.of(("connection", "close"), ("transfer-encoding", "chunked"), ("x-own", "1"))
        async with Peer(lambda _: Response(204, fields)) as peer:
            await peer.send(peer.head(1))
            found, _ = await peer.response(1)
            assert set(found) == {":status", "x-own", "date"}

    run(main)


MALFORMED = {
    "a line end in a value": (*GET, ("x", "a\r\nb: c")),
    "two hosts": (*GET, ("host", "another.test")),
    "no host": GET[:3],
    "a target without a slash": (GET[0], (":path", "index"), *GET[2:]),
    "a blank in the target": (GET[0], (":path", "/a b"), *GET[2:]),
    "CONNECT": ((":method", "CONNECT"), (":authority", "site.test:443")),
    "a method that is none": ((":method", "G T"), *GET[1:]),
    "a user in the host": (*GET[:3], (":authority", "user@site.test")),
}


@pytest.mark.parametrize("headers", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_requests_reach_no_handler(headers: tuple[tuple[str, str], ...]) -> None:
    async def main() -> None:
        async with Peer() as peer:
            await peer.send(peer.head(1, headers))
            frame = await peer.frame()
            while not isinstance(frame, RstStreamFrame) and frame is not None:
                assert not isinstance(frame, HeadersFrame)
                if frame.type == 7:  # h2 ends the connection for some of them, as §8.1.1 allows
                    break
                frame = await peer.frame()
            assert peer.handler.seen == []

    run(main)
