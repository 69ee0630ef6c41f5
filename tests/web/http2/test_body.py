"""The body of a request of HTTP/2 while nobody reads it."""

from __future__ import annotations

import asyncio

from pymirage.sched.stream_flow import JOINED
from pymirage.web.http2.body import Body


def test_frames_of_an_octet_are_few_objects() -> None:
    """Their share of the windows is given back whole, padding included."""

    async def run() -> None:
        given_back = 0

        async def taken(octets: int) -> None:
            nonlocal given_back
            given_back += octets

        body = Body(1 << 20, taken)
        data = bytes(number % 251 for number in range(50_000))
        for at in range(len(data)):
            body.arrive(data[at : at + 1], 1 + at % 3)
        body.arrive(bytes(10_000), 10_000)
        body.end()
        assert len(body._pieces) <= len(data) // JOINED + 2
        received = b""
        while piece := await body.read():
            received += piece
        assert received == data + bytes(10_000)
        assert given_back == sum(1 + at % 3 for at in range(len(data))) + 10_000

    asyncio.run(run())
