"""A connection of HTTP/2 in its server's counters, access log and bounds, and how the server ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from hyperframe.frame import DataFrame, GoAwayFrame

from pymirage.web.message import Request, Response, text
from pymirage.web.server import Server, Settings
from pymirage.web.server.access import AccessLog
from tests.web.http2.peer import GET, POST, Calls, Peer, run

NO_ERROR, REFUSED_STREAM = 0, 7


def served(settings: Settings | None = None) -> tuple[Server, list[str]]:
    """A server, and the lines of its log."""
    lines: list[str] = []
    log = AccessLog(lines.append, combined=False, clock=lambda: 0)
    return Server(Calls(answer), settings, access=log), lines


def answer(request: Request) -> Response | Awaitable[Response]:
    if request.target == "/raises":
        raise RuntimeError("no")
    return echo(request) if request.method == "POST" else text("hello")


async def echo(request: Request) -> Response:
    return text((await request.body.read_all()).decode())


def test_counted_and_logged() -> None:
    async def main() -> None:
        server, lines = served()
        counters = server.counters
        async with Peer(answer, service=server.service) as peer:
            raises = tuple((name, "/raises" if name == ":path" else value) for name, value in GET)
            await peer.send(peer.head(1), peer.head(3, raises), peer.head(5, POST, end=False))
            assert (await peer.response(1))[1] == b"hello"
            assert (await peer.response(3))[0][":status"] == "500"
            assert (counters.connections_open, counters.requests_active) == (1, 1)
            await peer.send(DataFrame(5, b"x" * 5000, flags=["END_STREAM"]))
            assert len((await peer.response(5))[1]) == 5000
        assert (counters.connections, counters.connections_open, counters.requests_active) == (1, 0, 0)
        assert (counters.requests, counters.failures, counters.broken) == (3, 1, 0)
        assert (counters.responses[2], counters.responses[5]) == (2, 1)
        assert counters.received > 5000 and counters.sent > 5000
        assert [line.partition("] ")[2] for line in lines] == [
            '"GET / HTTP/2.0" 200 5',
            '"GET /raises HTTP/2.0" 500 22',
            '"POST / HTTP/2.0" 200 5000',
        ]

    run(main)


def test_one_that_idles_makes_room() -> None:
    async def main() -> None:
        server, _ = served(Settings(connections=1))
        async with Peer(answer, service=server.service) as first:
            await first.alive()
            async with Peer(answer, service=server.service) as second:
                assert await first.goodbye() == NO_ERROR
                await second.send(second.head(1, POST, end=False))
                await second.alive()
                async with Peer(answer, service=server.service) as third:
                    assert await third.goodbye() == NO_ERROR
                assert third.counts == {"refused": 1} and first.counts == {"stopped": 1}
        assert server.counters.connections_refused == 1 == server.counters.broken

    run(main)


def test_a_server_that_closes_answers_what_was_asked() -> None:
    async def main() -> None:
        server, _ = served()
        async with Peer(answer, service=server.service) as peer:
            await peer.send(peer.head(1, POST, end=False))
            await peer.alive()
            closing = asyncio.create_task(server.close())
            goodbye = await peer.until(GoAwayFrame)
            assert isinstance(goodbye, GoAwayFrame)
            assert (goodbye.last_stream_id, goodbye.error_code) == (1, NO_ERROR)
            await peer.send(peer.head(3))
            assert await peer.reset(3) == REFUSED_STREAM
            await peer.send(DataFrame(1, b"last words", flags=["END_STREAM"]))
            assert (await peer.response(1))[1] == b"last words"
            assert await peer.frame() is None
            await closing
        assert peer.counts == {"stopped": 1} and server.counters.connections_open == 0

    run(main)


def test_who_does_not_end_is_cut_off() -> None:
    async def main() -> None:
        server, _ = served(Settings(grace=0.01))
        async with Peer(answer, service=server.service) as peer:
            await peer.send(peer.head(1, POST, end=False))
            await peer.alive()
            await server.close()
            while await peer.frame():
                pass
            await asyncio.wait([peer.serving])
            assert peer.serving.cancelled()
            peer.serving = asyncio.create_task(asyncio.sleep(0))
        assert server.counters.connections_open == 0 and server.counters.broken == 1

    run(main)
