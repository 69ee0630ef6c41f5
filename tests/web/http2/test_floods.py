"""Clients that make work and want nothing: each kind of flood ends its connection, and is counted by name."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
)

from pymirage.device.error import ConnectionLost
from pymirage.web.http2 import Limits
from pymirage.web.http2.flood import Bucket
from pymirage.web.http2.limits import Rate
from pymirage.web.message import Request, Response, text
from tests.web.http2.peer import GET, POST, Peer, run, window

CALM = 11
# Buckets that do not fill up while a busy machine lets the test wait.
LIMITS = Limits(resets=Rate(50, 0), controls=Rate(100, 0))


async def flood(peer: Peer, frames: list[Frame]) -> int:
    """Sends all of it; the code with which the server says goodbye."""

    async def send() -> None:
        try:
            for frame in frames:
                await peer.send(frame)
        except ConnectionLost:
            return

    sending = asyncio.create_task(send())
    code = await peer.goodbye()
    await sending
    return code


FLOODS = {
    "PING": ([PingFrame(0, opaque_data=bytes(8))] * 200, "too many control frames"),
    "SETTINGS": ([SettingsFrame(0)] * 200, "too many control frames"),
    "PRIORITY": ([PriorityFrame(1, depends_on=3)] * 200, "too many control frames"),
    "WINDOW_UPDATE": ([window(0, 1)] * 200, "too many control frames"),
}


@pytest.mark.parametrize(("frames", "why"), FLOODS.values(), ids=FLOODS.keys())
def test_control_frames(frames: list[Frame], why: str) -> None:
    async def main() -> None:
        async with Peer(limits=LIMITS) as peer:
            assert await flood(peer, frames) == CALM
        assert peer.counts == {why: 1}

    run(main)


def test_data_without_octets() -> None:
    async def answer(request: Request) -> Response:
        await request.body.read_all()
        return text("")

    async def main() -> None:
        async with Peer(answer, LIMITS) as peer:
            await peer.send(peer.head(1, POST, end=False))
            assert await flood(peer, [DataFrame(1, b"")] * 200) == CALM
        assert peer.counts == {"too many control frames": 1}

    run(main)


def test_rapid_reset() -> None:
    """CVE-2023-44487."""

    async def answer(_: Request) -> Response:
        await asyncio.Event().wait()
        return text("never")

    async def main() -> None:
        async with Peer(answer, LIMITS) as peer:
            frames: list[Frame] = []
            for number in range(1, 401, 2):
                frames += [peer.head(number), RstStreamFrame(number, error_code=8)]
            assert await flood(peer, frames) == CALM
        assert peer.counts == {"too many resets": 1}

    run(main)


def test_resets_that_the_server_is_made_to_send() -> None:
    """CVE-2025-8671: requests that are wrong in ways that end their stream, not the connection."""

    async def main() -> None:
        async with Peer(limits=LIMITS) as peer:
            wrong = (*GET[:3], (":authority", "user@site.test"))
            for number in range(1, 101, 2):
                await peer.send(peer.head(number, wrong))
                assert await peer.reset(number) == 1
            await peer.send(peer.head(101, wrong))
            assert await peer.goodbye() == CALM
        assert peer.counts == {"too many resets": 1}

    run(main)


def test_continuations_without_end() -> None:
    """CVE-2024-24549 and its kin."""

    async def main() -> None:
        async with Peer(limits=LIMITS) as peer:
            pieces: list[Frame] = [HeadersFrame(1, b"\x82"), *[ContinuationFrame(1, b"\x82")] * 1000]
            assert await flood(peer, pieces) != 0

    run(main)


def test_a_header_list_that_is_too_long() -> None:
    """An HPACK bomb: a small block that stands for a large one."""

    async def main() -> None:
        async with Peer(limits=Limits(header_list=4096)) as peer:
            value = ("x-bomb", "y" * 1000)
            assert await flood(peer, [peer.head(1, (*GET, *(value,) * 100))]) == CALM
        assert peer.counts == {"DenialOfServiceError": 1}

    run(main)


def test_a_client_that_does_not_read() -> None:
    """What it caused stops: the server keeps no more than the windows and one turn's answers."""

    async def main() -> None:
        async with Peer(limits=Limits(controls=Rate(1 << 30, 1 << 30))) as peer:
            ping = PingFrame(0, opaque_data=bytes(8)).serialize()
            writing = asyncio.create_task(peer.raw(ping * 1_000_000))
            done, _ = await asyncio.wait([writing], timeout=0.3)
            assert not done
            writing.cancel()

    run(main)


def test_a_bucket_fills_up_with_time() -> None:
    bucket = Bucket(Rate(2, 1), 0.0)
    assert [bucket.take(0.0) for _ in range(3)] == [True, True, False]
    assert [bucket.take(1.0) for _ in range(2)] == [True, False]
    assert [bucket.take(100.0) for _ in range(3)] == [True, True, False]


def test_who_sends_and_takes_nothing_is_cut_off() -> None:
    """Its PINGs are answered in vain: that is no progress."""

    async def main() -> None:
        async with Peer(limits=Limits(stall=0.05, controls=Rate(1_000_000, 1_000_000))) as peer:
            await peer.alive()
            ping = PingFrame(0, opaque_data=b"are you?").serialize()
            with contextlib.suppress(ConnectionLost):
                while not peer.serving.done():
                    await peer.raw(ping * 1000)
            await asyncio.wait([peer.serving])
        assert peer.counts == {"stalled": 1}

    run(main)
