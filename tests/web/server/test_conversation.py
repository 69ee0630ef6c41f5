"""Conversations on a transport that only remembers: what is written when, in how many pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pymirage.device.endpoint import Endpoint
from pymirage.device.flow import Flow
from pymirage.error import PeerError
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.limits import Limits
from pymirage.web.message import Request, Response, Takeover
from pymirage.web.server.access import AccessLog
from pymirage.web.server.settings import Settings
from tests.web.server.wire import (
    DATE,
    GET,
    POST,
    Counted,
    connect,
    generated,
    hello,
    ok,
    path,
    service,
    turns,
)

PUT = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


# -- at once --


def test_head_and_body_are_one_write() -> None:
    conversation, transport = connect(service())
    conversation.data_received(GET)
    assert transport.writes == [ok(b"hello")]


def test_pipelined_responses_are_one_write_in_order() -> None:
    conversation, transport = connect(service(path))
    requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(3))
    conversation.data_received(requests + GET[:5])
    assert transport.writes == [ok(b"/0") + ok(b"/1") + ok(b"/2")]
    conversation.data_received(GET[5:])
    assert transport.writes[1:] == [ok(b"/")]


def test_what_a_request_knows() -> None:
    seen: list[Request] = []

    def respond(request: Request) -> Response:
        seen.append(request)
        return Response()

    conversation, _ = connect(service(respond))
    conversation.data_received(b"GET /a%20b?c=d HTTP/1.0\r\nX-Y: z\r\n\r\n")
    request = seen[0]
    assert (request.method, request.target, request.version, request.scheme) == (
        "GET",
        "/a%20b?c=d",
        10,
        "http",
    )
    assert (request.path, request.query, request.decoded_path()) == ("/a%20b", "c=d", "/a b")
    assert request.fields.get("x-y") == "z" and request.peer == Endpoint("192.0.2.1", 4711)
    assert request.connection is not None and request.connection.local() == Endpoint("192.0.2.2", 80)


def test_closing() -> None:
    conversation, transport = connect(service())
    conversation.data_received(b"GET / HTTP/1.0\r\n\r\n")
    assert transport.writes == [ok(b"hello", b"content-length: 5\r\n", b"connection: close\r\n")]
    assert transport.closed and not transport.aborted


def test_many_pipelined_requests_leave_others_their_turn() -> None:
    async def run() -> None:
        conversation, transport = connect(service(path, Settings(pipelined=4)))
        conversation.data_received(GET * 10)
        assert [write.count(b"200 OK") for write in transport.writes] == [4]
        await turns()
        assert [write.count(b"200 OK") for write in transport.writes] == [4, 4, 2]

    asyncio.run(run())


def test_a_full_transport_stops_answers() -> None:
    conversation, transport = connect(service())
    conversation.pause_writing()
    conversation.data_received(GET * 2)
    assert transport.writes == []
    conversation.resume_writing()
    assert transport.writes == [ok(b"hello") * 2]


def test_failing_handler(caplog: pytest.LogCaptureFixture) -> None:
    def respond(_: Request) -> Response:
        raise ZeroDivisionError

    shared = service(respond)
    conversation, transport = connect(shared)
    conversation.data_received(GET * 2)
    assert transport.take().count(b"HTTP/1.1 500 Internal Server Error\r\n") == 2
    assert not transport.closed and shared.counters.failures == 2
    assert "GET / failed" in caplog.text and "ZeroDivisionError" in caplog.text


def test_response_that_cannot_be_sent(caplog: pytest.LogCaptureFixture) -> None:
    conversation, transport = connect(service(lambda _: Response(42)))
    conversation.data_received(GET)
    assert transport.take().startswith(b"HTTP/1.1 500") and "42" in caplog.text


# -- responses that take their time --


def test_awaited_responses_keep_their_order() -> None:
    async def run() -> None:
        first: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def respond(request: Request) -> Response | Awaitable[Response]:
            return first if request.target == "/slow" else path(request)

        shared = service(respond)
        conversation, transport = connect(shared)
        conversation.data_received(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
        await turns()
        assert transport.writes == [] and shared.counters.requests_active == 1
        first.set_result(Response(body=b"slow"))
        await turns()
        assert transport.writes == [ok(b"slow") + ok(b"/")] and shared.counters.requests_active == 0

    asyncio.run(run())


def test_pieces_that_are_ready_leave_with_the_head() -> None:
    async def run() -> None:
        body = Counted(b"ab", b"cd", length=4)
        conversation, transport = connect(service(lambda _: Response(body=body)))
        conversation.data_received(GET)
        await turns()
        assert transport.writes == [ok(b"abcd")] and body.closed
        conversation, transport = connect(service(lambda _: Response(body=generated(b"ab", b"", b"cd"))))
        conversation.data_received(GET)
        await turns()
        chunked = b"transfer-encoding: chunked\r\n"
        assert transport.writes == [ok(b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", chunked)]

    asyncio.run(run())


def test_pieces_that_come_later_leave_later() -> None:
    async def run() -> None:
        queue: asyncio.Queue[bytes] = asyncio.Queue()

        class Later(Counted):
            async def read(self) -> bytes:
                return await queue.get()

        conversation, transport = connect(service(lambda _: Response(body=Later())))
        conversation.data_received(GET)
        await turns()
        assert transport.take().endswith(b"chunked\r\n\r\n")
        for piece, wire in ((b"tick", b"4\r\ntick\r\n"), (b"", b"0\r\n\r\n")):
            queue.put_nowait(piece)
            await turns()
            assert transport.take() == wire

    asyncio.run(run())


def test_back_pressure_on_pieces() -> None:
    async def run() -> None:
        body = Counted(*[bytes(40_000)] * 5, length=200_000)
        conversation, transport = connect(service(lambda _: Response(body=body)))
        conversation.pause_writing()
        conversation.data_received(GET)
        conversation.resume_writing()
        conversation.pause_writing()
        await turns()
        assert body.given == 1
        conversation.resume_writing()
        await turns(10)
        assert (
            body.given == 6 and len(transport.take()) == len(ok(b"", b"content-length: 200000\r\n")) + 200_000
        )

    asyncio.run(run())


def test_long_body_in_memory_goes_in_pieces() -> None:
    async def run() -> None:
        content = bytes(range(256)) * 1000
        conversation, transport = connect(service(lambda _: Response(body=content)))
        conversation.data_received(GET)
        await turns(10)
        assert len(transport.writes) > 2 and transport.take() == ok(content)

    asyncio.run(run())


def test_head_of_a_streamed_response() -> None:
    async def run() -> None:
        body = Counted(b"ab", length=2)
        conversation, transport = connect(service(lambda _: Response(body=body)))
        conversation.data_received(GET.replace(b"GET", b"HEAD"))
        await turns()
        assert transport.take() == ok(b"", b"content-length: 2\r\n") and body.closed and body.given == 0

    asyncio.run(run())


@pytest.mark.parametrize("pieces", [(b"ab",), (b"ab", b"cdefg")])
def test_body_of_another_length_breaks_the_connection(
    pieces: tuple[bytes, ...], caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        conversation, transport = connect(service(lambda _: Response(body=Counted(*pieces, length=4))))
        conversation.data_received(GET)
        await turns()
        assert transport.aborted and "content-length" in caplog.text

    asyncio.run(run())


def test_failure_before_and_in_a_streamed_response(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async def fail(_: Request) -> Response:
            raise ZeroDivisionError

        conversation, transport = connect(service(fail))
        conversation.data_received(GET)
        await turns()
        assert transport.take().startswith(b"HTTP/1.1 500") and not transport.closed

        class Failing(Counted):
            async def read(self) -> bytes:
                if self.given:
                    raise ZeroDivisionError
                return await super().read()

        body = Failing(b"ab")
        conversation, transport = connect(service(lambda _: Response(body=body)))
        conversation.data_received(GET)
        await turns()
        assert transport.aborted and body.closed

    asyncio.run(run())
    assert "ZeroDivisionError" in caplog.text


def test_client_that_leaves_ends_its_handler() -> None:
    async def run() -> None:
        ended: list[str] = []

        async def wait(request: Request) -> Response:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(request.target)
            raise AssertionError

        shared = service(wait)
        conversation, _ = connect(shared)
        conversation.data_received(GET)
        await turns()
        conversation.connection_lost(None)
        await turns()
        assert ended == ["/"] and not shared.conversations
        assert (shared.counters.requests_active, shared.counters.broken) == (0, 1)

    asyncio.run(run())


def test_wait_closed() -> None:
    async def run() -> None:
        async def wait(request: Request) -> Response:
            assert request.connection is not None
            waiting.append(asyncio.ensure_future(request.connection.wait_closed()))
            await turns()
            return Response()

        waiting: list[asyncio.Future[None]] = []
        conversation, _ = connect(service(wait))
        conversation.data_received(GET)
        await turns(20)
        assert waiting[0].done()
        conversation.data_received(GET)
        await turns(3)
        conversation.connection_lost(None)
        await turns()
        assert waiting[1].done()

    asyncio.run(run())


# -- bodies of requests --


async def read_all(request: Request) -> Response:
    body = await request.body.read_all()
    return Response(body=b"%d %d" % (len(body), len(request.body.trailers())))


def test_upload() -> None:
    async def run() -> None:
        conversation, transport = connect(service(read_all))
        conversation.data_received(POST + b"ab")
        await turns()
        conversation.data_received(b"cde" + GET)
        await turns()
        assert transport.take() == ok(b"5 0") + ok(b"0 0")
        conversation.data_received(PUT + b"3\r\nabc\r\n0\r\na: b\r\n\r\n")
        await turns()
        assert transport.take() == ok(b"3 1")

    asyncio.run(run())


def reads_after(go: asyncio.Event) -> Callable[[Request], Awaitable[Response]]:
    """A handler that leaves its upload unread until `go`."""

    async def respond(request: Request) -> Response:
        await go.wait()
        return await read_all(request)

    return respond


def test_unread_upload_holds_the_client_back() -> None:
    async def run() -> None:
        go = asyncio.Event()
        conversation, transport = connect(service(reads_after(go)))
        conversation.data_received(POST.replace(b"5", b"100000") + bytes(50_000))
        assert transport.reading
        conversation.data_received(bytes(20_000))
        assert not transport.reading
        go.set()
        await turns()
        assert transport.reading
        conversation.data_received(bytes(30_000))
        await turns()
        assert transport.take() == ok(b"100000 0")

    asyncio.run(run())


def test_an_upload_octet_by_octet_is_few_objects() -> None:
    async def run() -> None:
        go = asyncio.Event()
        conversation, transport = connect(service(reads_after(go)))
        conversation.data_received(POST.replace(b"5", b"20000"))
        for _ in range(20_000):
            conversation.data_received(b"x")
        assert conversation.upload is not None and len(conversation.upload.pieces) <= 6
        go.set()
        await turns()
        assert transport.take() == ok(b"20000 0")

    asyncio.run(run())


def test_requests_sent_ahead_hold_the_client_back() -> None:
    async def run() -> None:
        go: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        conversation, transport = connect(service(lambda _: go))
        conversation.data_received(GET * 3000)
        assert not transport.reading
        go.set_result(Response())
        while transport.take().count(b"200 OK") or conversation.core.buffered():
            await turns()
        assert transport.reading

    asyncio.run(run())


def test_continue_is_sent_when_the_handler_reads() -> None:
    async def run() -> None:
        conversation, transport = connect(service(read_all))
        conversation.data_received(POST[:-2] + b"Expect: 100-continue\r\n\r\n")
        await turns()
        assert transport.take() == b"HTTP/1.1 100 Continue\r\n\r\n"
        conversation.data_received(b"hello")
        await turns()
        assert transport.take() == ok(b"5 0")

    asyncio.run(run())


def test_no_continue_for_a_body_nobody_reads() -> None:
    conversation, transport = connect(service(lambda _: Response(403)))
    conversation.data_received(POST[:-2] + b"Expect: 100-continue\r\n\r\n")
    assert b"connection: close" in transport.take()
    assert transport.ended and not transport.closed
    conversation.data_received(b"hello")
    conversation.eof_received()
    assert transport.take() == b""


def test_body_nobody_reads_is_passed_over() -> None:
    conversation, transport = connect(service())
    conversation.data_received(POST + b"ab")
    conversation.data_received(b"cde" + GET)
    assert transport.take() == ok(b"hello") * 2


def test_body_nobody_reads_may_be_too_long() -> None:
    shared = service(settings=Settings(drain=10_000))
    conversation, transport = connect(shared)
    conversation.data_received(POST.replace(b"5", b"100000"))
    assert transport.take() == ok(b"hello")
    conversation.data_received(bytes(9_000))
    assert not transport.ended
    conversation.data_received(bytes(9_000))
    assert transport.ended and transport.take() == b""


def test_upload_that_breaks_off() -> None:
    async def run() -> None:
        errors: list[str] = []

        async def respond(request: Request) -> Response:
            try:
                await request.body.read_all()
            except PeerError as error:
                errors.append(str(error))
                # As frameworks do, which have errors of their own.
                raise KeyError from error
            raise AssertionError

        conversation, transport = connect(service(respond))
        conversation.data_received(PUT + b"nonsense\r\n")
        await turns()
        assert transport.take().startswith(b"HTTP/1.1 400 Bad Request") and transport.ended
        conversation, transport = connect(service(respond))
        conversation.data_received(POST + b"ab")
        assert conversation.eof_received()
        await turns()
        assert transport.take().startswith(b"HTTP/1.1 400 Bad Request") and transport.closed
        assert errors == ["malformed chunk size", "connection ended in the middle of a message"]

    asyncio.run(run())


def test_too_large_an_upload() -> None:
    async def run() -> None:
        settings = Settings(limits=Limits(body=4))
        conversation, transport = connect(service(read_all, settings))
        conversation.data_received(POST)
        assert transport.take().startswith(b"HTTP/1.1 413 Content Too Large")
        conversation, transport = connect(service(read_all, settings))
        conversation.data_received(PUT + b"3\r\nabc\r\n3\r\nabc\r\n")
        await turns()
        assert transport.take().startswith(b"HTTP/1.1 413 Content Too Large")

    asyncio.run(run())


def test_body_read_after_the_response() -> None:
    async def run() -> None:
        bodies = []

        def respond(request: Request) -> Response:
            bodies.append(request.body)
            return Response()

        conversation, _ = connect(service(respond))
        conversation.data_received(POST)
        with pytest.raises(PeerError, match="sent already"):
            await bodies[0].read()

    asyncio.run(run())


# -- bad clients --


def test_refusal_says_why_and_hears_the_client_out() -> None:
    shared = service()
    conversation, transport = connect(shared)
    conversation.data_received(b"nonsense\r\n\r\n" + GET)
    assert transport.take() == (
        b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n" + DATE
        + b"content-length: 26\r\nconnection: close\r\n\r\n400: malformed start line\n"
    )  # fmt: skip
    assert transport.ended and not transport.closed
    conversation.data_received(GET)
    assert transport.writes == []
    conversation.data_received(bytes(300_000))
    assert transport.aborted
    assert {refusal.name: count for refusal, count in shared.counters.refusals.items()} == {"START_LINE": 1}


def test_refusal_behind_a_request_that_waits() -> None:
    async def run() -> None:
        go: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        conversation, transport = connect(service(lambda _: go))
        conversation.data_received(GET + b"nonsense\r\n\r\n")
        go.set_result(Response(body=b"hello"))
        await turns()
        assert transport.take().startswith(ok(b"hello") + b"HTTP/1.1 400")

    asyncio.run(run())


def test_client_that_only_shuts_down_its_side() -> None:
    async def run() -> None:
        conversation, transport = connect(service(read_all))
        conversation.data_received(GET)
        assert conversation.eof_received()
        await turns()
        assert transport.take() == ok(b"0 0") and transport.closed
        idle, transport = connect(service())
        assert not idle.eof_received() and transport.closed

    asyncio.run(run())


# -- time --


SHORT = Settings(idle=5, head=3, body=4, send=3, linger=2, rate=100)


def test_idle_clients_are_let_go() -> None:
    shared = service(settings=SHORT)
    fresh, fresh_transport = connect(shared)
    used, used_transport = connect(shared)
    used.data_received(GET)
    seconds(shared, 3)
    assert not fresh_transport.closed
    seconds(shared, 1)
    assert fresh_transport.closed and fresh_transport.take() == b"" and not used_transport.closed
    used.data_received(GET)
    seconds(shared, 5)
    assert not used_transport.closed
    seconds(shared, 1)
    assert used_transport.closed and used_transport.take() == ok(b"hello") * 2
    assert shared.counters.timeouts == {"idle": 2} and not fresh.lingering


def seconds(shared: object, number: int) -> None:
    for _ in range(number):
        shared.second()  # type: ignore[attr-defined]


def test_slow_heads() -> None:
    """An octet now and then does not help."""
    shared = service(settings=SHORT)
    conversation, transport = connect(shared)
    for octet in GET[:4]:
        assert not transport.ended
        conversation.data_received(bytes([octet]))
        seconds(shared, 1)
    assert transport.take().startswith(b"HTTP/1.1 408 Request Timeout") and transport.ended
    seconds(shared, 3)
    assert transport.aborted and shared.counters.timeouts == {"head": 1}


def test_slow_bodies() -> None:
    """As many octets as the rate asks for go on for ever; fewer end."""

    async def run() -> None:
        shared = service(read_all, SHORT)
        conversation, transport = connect(shared)
        conversation.data_received(POST.replace(b"5", b"50000"))
        for _ in range(20):
            conversation.data_received(bytes(150))
            await turns()
            seconds(shared, 1)
        assert transport.take() == b""
        for _ in range(10):
            conversation.data_received(b"x")
            await turns()
            seconds(shared, 1)
        await turns()
        assert transport.take().startswith(b"HTTP/1.1 408") and shared.counters.timeouts == {"body": 1}

    asyncio.run(run())


def test_who_waits_for_a_continue_is_not_slow() -> None:
    async def run() -> None:
        go = asyncio.Event()
        shared = service(reads_after(go), SHORT)
        conversation, transport = connect(shared)
        conversation.data_received(POST[:-2] + b"Expect: 100-continue\r\n\r\n")
        seconds(shared, 50)
        go.set()
        await turns()
        assert transport.take() == b"HTTP/1.1 100 Continue\r\n\r\n"
        seconds(shared, 3)
        conversation.data_received(b"hello")
        await turns()
        assert transport.take() == ok(b"5 0")

    asyncio.run(run())


def test_slow_readers() -> None:
    shared = service(settings=SHORT)
    _, transport = connect(shared)
    conversation = next(iter(shared.conversations))
    conversation.data_received(GET)
    transport.waiting = 5000
    for _ in range(20):
        transport.waiting -= 110
        seconds(shared, 1)
    assert not transport.aborted
    seconds(shared, 8)
    assert transport.aborted and shared.counters.timeouts == {"send": 1}


def test_a_slow_handler_is_no_ones_fault() -> None:
    async def run() -> None:
        shared = service(lambda _: asyncio.get_running_loop().create_future(), SHORT)
        conversation, transport = connect(shared)
        conversation.data_received(GET)
        seconds(shared, 100)
        assert not transport.closed and not transport.ended
        conversation.connection_lost(None)
        await turns()

    asyncio.run(run())


# -- room --


def test_most_connections() -> None:
    async def run() -> None:
        shared = service(lambda _: asyncio.get_running_loop().create_future(), Settings(connections=2))
        busy = [connect(shared) for _ in range(2)]
        for conversation, _ in busy:
            conversation.data_received(GET)
        conversation, transport = connect(shared)
        assert transport.take().startswith(b"HTTP/1.1 503 Service Unavailable") and transport.closed
        conversation.data_received(GET)
        conversation.connection_lost(None)
        assert len(shared.conversations) == 2 and shared.counters.connections_refused == 1
        for conversation, _ in busy:
            conversation.connection_lost(None)
        await turns()
        assert shared.counters.connections_open == 0

    asyncio.run(run())


def test_idle_connections_make_room() -> None:
    shared = service(hello, Settings(connections=2))
    (_, first), (_, second) = connect(shared), connect(shared)
    conversation, third = connect(shared)
    assert first.closed and not second.closed and not third.closed
    conversation.data_received(GET)
    assert third.take() == ok(b"hello")


def test_stop() -> None:
    async def run() -> None:
        go: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        shared = service(lambda _: go)
        (busy, busy_transport), (idle, idle_transport) = connect(shared), connect(shared)
        busy.data_received(GET * 2)
        busy.stop()
        idle.stop()
        assert idle_transport.closed and not busy_transport.closed
        go.set_result(Response(body=b"hello"))
        await turns()
        assert busy_transport.take() == ok(b"hello", b"content-length: 5\r\n", b"connection: close\r\n")
        assert busy_transport.ended

    asyncio.run(run())


# -- other protocols --


class Shout(Takeover):
    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def converse(self, flow: Flow) -> None:
        while data := await flow.read():
            self.heard.append(data)
            await flow.write(data.upper())


def test_switch() -> None:
    async def run() -> None:
        shout = Shout()
        shared = service(lambda _: Response(101, Fields.of(("upgrade", "shout")), shout))
        conversation, transport = connect(shared)
        conversation.data_received(GET[:-2] + b"Connection: upgrade\r\nUpgrade: shout\r\n\r\nabc")
        await turns()
        switching = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: shout\r\nconnection: upgrade\r\n\r\n"
        assert transport.take() == switching + b"ABC"
        transport.protocol.data_received(b"def")
        await turns()
        assert transport.take() == b"DEF"
        seconds(shared, 100)
        assert not transport.closed
        transport.protocol.eof_received()
        await turns()
        assert transport.closed and not shared.conversations

    asyncio.run(run())


def test_switch_that_ends_with_the_server() -> None:
    async def run() -> None:
        shared = service(lambda _: Response(101, Fields.of(("upgrade", "shout")), Shout()))
        conversation, transport = connect(shared)
        conversation.data_received(GET[:-2] + b"Connection: upgrade\r\nUpgrade: shout\r\n\r\n")
        await turns()
        conversation.stop()
        assert not transport.closed
        conversation.abort()
        transport.protocol.connection_lost(None)
        await turns(10)
        assert transport.aborted and not shared.conversations

    asyncio.run(run())


def test_switch_without_its_status(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        conversation, transport = connect(service(lambda _: Response(200, body=Shout())))
        conversation.data_received(GET)
        await turns()
        assert transport.take().startswith(b"HTTP/1.1 500") and "switches no protocols" in caplog.text

    asyncio.run(run())


# -- what is written about it --


def test_access_log() -> None:
    lines: list[str] = []
    shared = service(access=AccessLog(lines.append, clock=lambda: 971186136))
    conversation, _ = connect(shared)
    agent = b'User-Agent: a"b\\c\x80\x9b[2J\r\nReferer: http://b/\r\n'
    conversation.data_received(GET[:-2] + agent + b"\r\n")
    assert lines == [
        '192.0.2.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5 '
        '"http://b/" "a\\"b\\\\c\\x80\\x9b[2J"'
    ]
    common: list[str] = []
    shared = service(access=AccessLog(common.append, combined=False, clock=lambda: 0))
    conversation, _ = connect(shared)
    conversation.data_received(b'GET /"\\ HTTP/1.0\r\n\r\n')
    connect(shared)[0].data_received(b"nonsense\r\n\r\n")
    assert common == [
        '192.0.2.1 - - [01/Jan/1970:00:00:00 +0000] "GET /\\"\\\\ HTTP/1.0" 200 5',
        '192.0.2.1 - - [01/Jan/1970:00:00:00 +0000] "-" 400 26',
    ]


def test_counters() -> None:
    shared = service(lambda request: Response(404 if request.target == "/x" else 200))
    conversation, transport = connect(shared)
    requests = GET * 2 + b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
    conversation.data_received(requests)
    sent = len(transport.take())
    conversation.connection_lost(None)
    found = {
        (count.name, *(value for _, value in count.labels)): count.value for count in shared.counters.counts()
    }
    assert found[("http_connections",)] == 1 and found[("http_open_connections",)] == 0
    assert found[("http_requests",)] == 3 and found[("http_sent_bytes",)] == sent
    assert found[("http_responses", "2xx")] == 2 and found[("http_responses", "4xx")] == 1
    assert found[("http_received_bytes",)] == len(requests)
