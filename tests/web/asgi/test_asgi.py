"""ASGI applications behind the server: by hand on a transport that remembers, Starlette's on sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import pytest
from wsproto.events import BytesMessage

from pymirage.error import UsageError
from pymirage.sched.stream_tcp import StreamTcp
from pymirage.web.asgi import Application, serve, websocket
from pymirage.web.asgi.websocket import LONGEST_MESSAGE
from pymirage.web.server.service import Service
from pymirage.web.server.settings import Settings
from tests.port import reserved
from tests.web.asgi.applications import Recorder, app, events
from tests.web.asgi.client import Peer
from tests.web.server.wire import GET, POST, Transport, connect, ok, turns


def served(function: Any) -> tuple[Any, Transport, Recorder]:
    recorder = Recorder(function)
    shared = Service(Application(recorder), Settings(), None, lambda: 0.0)
    return (*connect(shared), recorder)


START = {"type": "http.response.start", "status": 200, "headers": []}


async def hello(receive: Any, send: Any) -> None:
    del receive
    await send(START)
    await send({"type": "http.response.body", "body": b"hello"})


def test_whole_response_is_one_write() -> None:
    async def run() -> None:
        conversation, transport, recorder = served(hello)
        conversation.data_received(b"GET /a%20b?c=d HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n")
        await turns(10)
        assert transport.writes == [ok(b"hello")]
        scope = recorder.scopes[0]
        assert (scope["type"], scope["method"], scope["http_version"]) == ("http", "GET", "1.1")
        assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=d")
        assert scope["headers"] == [(b"host", b"a"), (b"x", b"y")] and scope["scheme"] == "http"
        assert (scope["client"], scope["server"]) == (("192.0.2.1", 4711), ("192.0.2.2", 80))

    asyncio.run(run())


def test_streamed_both_ways() -> None:
    async def run() -> None:
        async def echo(receive: Any, send: Any) -> None:
            await send(START)
            while (message := await receive())["more_body"]:
                await send({"type": "http.response.body", "body": message["body"], "more_body": True})
            await send({"type": "http.response.body"})

        conversation, transport, _ = served(echo)
        conversation.data_received(POST + b"ab")
        await turns(20)
        assert transport.take().endswith(b"chunked\r\n\r\n2\r\nab\r\n")
        conversation.data_received(b"cde" + GET)
        await turns(20)
        assert transport.take().startswith(b"3\r\ncde\r\n0\r\n\r\nHTTP/1.1 200")

    asyncio.run(run())


def test_back_pressure_reaches_the_application() -> None:
    async def run() -> None:
        sent: list[int] = []

        async def produce(receive: Any, send: Any) -> None:
            del receive
            await send(START)
            for number in range(20):
                await send({"type": "http.response.body", "body": bytes(50_000), "more_body": True})
                sent.append(number)
            await send({"type": "http.response.body"})

        conversation, transport, _ = served(produce)
        conversation.data_received(GET)
        conversation.pause_writing()
        await turns(30)
        assert len(sent) <= 2
        conversation.resume_writing()
        await turns(200)
        assert len(sent) == 20 and transport.take().endswith(b"0\r\n\r\n")

    asyncio.run(run())


def test_length_that_the_application_knows() -> None:
    async def run() -> None:
        async def produce(receive: Any, send: Any) -> None:
            del receive
            await send({**START, "headers": [(b"Content-Length", b"4")]})
            await send({"type": "http.response.body", "body": b"ab", "more_body": True})
            await send({"type": "http.response.body", "body": b"cd"})

        conversation, transport, _ = served(produce)
        conversation.data_received(GET)
        await turns(20)
        assert transport.take() == ok(b"abcd")

    asyncio.run(run())


def test_disconnect() -> None:
    async def run() -> None:
        received: list[str] = []

        async def wait(receive: Any, send: Any) -> None:
            for _ in range(2):
                received.append((await receive())["type"])
            await send(START)
            await send({"type": "http.response.body", "body": b"to nobody"})

        conversation, transport, _ = served(wait)
        conversation.data_received(GET)
        await turns(10)
        assert received == ["http.request"]
        conversation.connection_lost(None)
        await turns(10)
        assert received == ["http.request", "http.disconnect"] and transport.take() == b""
        after: list[str] = []

        async def after_response(receive: Any, send: Any) -> None:
            await hello(receive, send)
            await receive()
            after.append((await receive())["type"])

        conversation, transport, _ = served(after_response)
        conversation.data_received(GET)
        await turns(20)
        assert after == ["http.disconnect"] and transport.take() == ok(b"hello")

    asyncio.run(run())


@pytest.mark.parametrize("kind", ["raises", "returns", "out of order", "bad field"])
def test_failing_applications(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(receive: Any, send: Any) -> None:
        del receive
        if kind == "raises":
            raise ZeroDivisionError
        if kind == "out of order":
            await send({"type": "http.response.body"})
        if kind == "bad field":
            await send({**START, "headers": [(b"a", b"b\r\nc: d")]})
            await send({"type": "http.response.body"})

    async def run() -> None:
        conversation, transport, _ = served(fail)
        conversation.data_received(GET)
        await turns(10)
        assert transport.take().startswith(b"HTTP/1.1 500")
        assert "GET / failed" in caplog.text

    asyncio.run(run())


def test_failure_in_the_middle() -> None:
    async def run() -> None:
        async def fail(receive: Any, send: Any) -> None:
            del receive
            await send(START)
            await send({"type": "http.response.body", "body": b"ab", "more_body": True})
            raise ZeroDivisionError

        conversation, transport, _ = served(fail)
        conversation.data_received(GET)
        await turns(20)
        assert transport.aborted

    asyncio.run(run())


# -- Starlette, on sockets --


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[int]:
    """An application on a port."""
    tcp = StreamTcp(asyncio.get_running_loop())
    until = asyncio.Event()
    with reserved() as port:
        task = asyncio.create_task(serve(application, tcp, port, address="127.0.0.1", until=until))
        while not task.done():
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except ConnectionRefusedError:
                await asyncio.sleep(0.001)
        try:
            yield port
        finally:
            until.set()
            await task


def starlette() -> AbstractAsyncContextManager[int]:
    return serving(app)


def test_starlette(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        events.clear()
        async with starlette() as port:
            assert events == ["start"]
            peer = await Peer.connect("127.0.0.1", port)
            assert await peer.request("GET", "/?name=me") == (200, b"hello me (started)")
            assert await peer.request("POST", "/upload", bytes(300_000)) == (200, b'{"size":300000}')
            status, body = await peer.request("GET", "/download/50")
            assert status == 200 and body == b"".join(b"%06d" % number * 1000 for number in range(50))
            assert (await peer.request("GET", "/nowhere"))[0] == 404
            assert (await peer.request("GET", "/broken"))[0] == 500
            assert "failed on /broken" in caplog.text and "ZeroDivisionError" in caplog.text
            peer.close()
        assert events == ["start", "end"]

    asyncio.run(run())


def test_websocket() -> None:
    async def run() -> None:
        async with starlette() as port:
            for deflate in (False, True):
                peer = await Peer.connect("127.0.0.1", port)
                accepted = await peer.open_websocket("/echo", deflate=deflate, subprotocols=["x", "echo"])
                assert not isinstance(accepted, int)
                assert (accepted.subprotocol, bool(accepted.extensions)) == ("echo", deflate)
                for message in ("hello", "ä" * 50_000, b"\0\1" * 100_000, ""):
                    assert await peer.echoed(message) == message
                await peer.ping()
                assert await peer.say("close") == (4000, "as you like")
            peer = await Peer.connect("127.0.0.1", port)
            assert await peer.open_websocket("/refuse") == 403
            peer = await Peer.connect("127.0.0.1", port)
            assert (
                await peer.request("GET", "/echo", fields={"connection": "upgrade", "upgrade": "websocket"})
            )[0] == 400

    asyncio.run(run())


def test_websocket_messages_have_a_bound() -> None:
    """Also those that become long only when they are inflated."""

    async def run() -> None:
        async with starlette() as port:
            for deflate in (False, True):
                peer = await Peer.connect("127.0.0.1", port)
                await peer.open_websocket("/echo", deflate=deflate)
                assert (await peer.say(bytes(LONGEST_MESSAGE + 1)))[0] == 1009

    asyncio.run(run())


def test_websocket_that_breaks_the_protocol() -> None:
    async def run() -> None:
        async with starlette() as port:
            peer = await Peer.connect("127.0.0.1", port)
            await peer.open_websocket("/echo")
            # A frame without a mask (RFC 6455 §5.1).
            assert (await peer.say_raw(b"\x81\x01a"))[0] == 1002
            gone = await Peer.connect("127.0.0.1", port)
            await gone.open_websocket("/echo")
            gone.close()

    asyncio.run(run())


def test_websocket_message_in_very_many_frames() -> None:
    """Most of them empty (RFC 6455 §5.4): they are joined, not kept."""

    async def run() -> None:
        async with starlette() as port:
            peer = await Peer.connect("127.0.0.1", port)
            await peer.open_websocket("/echo")
            mask = b"\x80" + bytes(4)
            peer.writer.write(b"\x01" + mask + (b"\x00" + mask) * 50_000)
            peer.writer.write(b"\x80\x81" + bytes(4) + b"x")
            assert await peer.echoed("y") == "x" and await peer.echoed("z") == "y"
            # Else the server waits for the answer to its goodbye, as long as its patience lasts.
            peer.close()

    asyncio.run(run())


def test_websocket_whose_client_ignores_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application has gone, its goodbye is not answered, and messages nobody takes keep coming."""
    monkeypatch.setattr(websocket, "PATIENCE", 0.05)

    async def leaves(receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})

    async def run() -> None:
        async with serving(Recorder(leaves)) as port:
            peer = await Peer.connect("127.0.0.1", port)
            await peer.open_websocket("/")
            for _ in range(100):
                peer.say_event(BytesMessage(bytes(10_000)))
            async with asyncio.timeout(300):
                with suppress(ConnectionError):
                    while await peer.reader.read(65536):
                        pass

    asyncio.run(run())


def test_websocket_when_the_server_ends() -> None:
    async def run() -> None:
        async with starlette() as port:
            peer = await Peer.connect("127.0.0.1", port)
            await peer.open_websocket("/echo")
            assert await peer.echoed("hello") == "hello"
            closing = asyncio.create_task(peer.closed())
        assert (await closing)[0] == 1001
        assert events[-1] == "end"

    asyncio.run(run())


def test_application_that_cannot_start() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        del scope
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    async def run() -> None:
        with pytest.raises(UsageError, match="no database"):
            await serve(failing, StreamTcp(asyncio.get_running_loop()), 0)

    asyncio.run(run())
