"""The client against scripted servers: what it sends, and what it makes of their answers."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest

from pymirage.device.error import ConnectionLost, NoConnection
from pymirage.error import PeerError, UsageError
from pymirage.protocol.http.fields import Fields
from pymirage.sched.stream_tcp import StreamTcp
from pymirage.web.client import BadResponse, Client, Settings, TimedOut, TooLarge, TooManyRedirects
from pymirage.web.message import Outgoing
from tests.web.client.servers import Scripted, client, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
# Far longer than anything needs, on any machine: only what hangs takes so long.
PATIENCE = 300


def told(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    async def run() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()

    def function() -> None:
        asyncio.run(run())

    function.__name__ = test.__name__
    return function


def moved(status: int, location: str, body: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@told
async def test_a_request() -> None:
    server = Scripted(OK, OK)
    async with serving(server.talk) as at, client() as ours:
        response = await ours.get(f"{at}/a?b=c#d")
        assert (response.status, response.reason, await response.text()) == (200, "OK", "ok")
        assert await response.read() == b""
        fields = Fields.of(("Accept", "text/x"), ("X-Mine", "1"), ("Host", "other"), ("User-Agent", "me"))
        assert (await (await ours.get(at, fields)).read_all()) == b"ok"
        authority = at.removeprefix("http://")
    lines = server.heads[0].decode().split("\r\n")
    assert lines[:2] == ["GET /a?b=c HTTP/1.1", f"host: {authority}"]
    assert "user-agent: pymirage" in lines and "accept-encoding: gzip, deflate" in lines
    second = server.heads[1].decode().split("\r\n")
    assert {"accept: text/x", "x-mine: 1", "host: other", "user-agent: me"} <= set(second)
    assert server.connections == 1


@told
async def test_many_on_one_connection_and_one_after_another() -> None:
    server = Scripted(*[OK] * 20)
    async with serving(server.talk) as at, client(per_host=1) as ours:

        async def one() -> bytes:
            async with await ours.get(at) as response:
                return await response.read_all()

        assert await asyncio.gather(*[one() for _ in range(20)]) == [b"ok"] * 20
        assert ours.connections() == 1
    assert server.connections == 1


@told
async def test_bounds_of_the_pool() -> None:
    release = asyncio.Event()
    open_now = most = 0

    async def talk(reader: Reader, writer: Writer) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        try:
            while await reader.readline():
                await reader.readuntil(b"\r\n\r\n")
                await release.wait()
                writer.write(OK)
        except asyncio.IncompleteReadError:
            pass
        finally:
            open_now -= 1
            writer.close()

    async with serving(talk) as one, serving(talk) as two, client(per_host=2, connections=3) as ours:
        asking = [asyncio.create_task(ours.get(at)) for at in (one, two) * 5]
        while ours.connections() < 3:
            await asyncio.sleep(0)
        # One that waits for a place may give up.
        asking[-1].cancel()
        release.set()
        for task in asking[:-1]:
            async with await task as response:
                assert await response.read_all() == b"ok"
        assert most <= 3 and ours.connections() <= 3


@told
async def test_a_full_pool_lets_resting_connections_of_others_go() -> None:
    first, second = Scripted(OK), Scripted(OK)
    async with serving(first.talk) as one, serving(second.talk) as two, client(connections=1) as ours:
        assert await (await ours.get(one)).read_all() == b"ok"
        assert await (await ours.get(two)).read_all() == b"ok"
        assert ours.connections() == 1


@told
async def test_resting_connections_end() -> None:
    server = Scripted(OK, OK)
    async with serving(server.talk) as at, client(idle=0.01) as ours:
        await (await ours.get(at)).read_all()
        while ours.connections():
            await asyncio.sleep(0.005)
        await (await ours.get(at)).read_all()
    assert server.connections == 2


@told
async def test_a_connection_that_the_server_closed_meanwhile() -> None:
    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        writer.close()

    async with serving(talk) as at, client() as ours:
        for _ in range(5):
            assert await (await ours.get(at)).read_all() == b"ok"


@told
async def test_a_race_with_the_end_of_a_connection_is_repeated_only_where_it_may_be() -> None:
    """The second request on a connection is swallowed: the server had just given it up."""
    for method, body, repeats in (("GET", b"", True), ("PUT", b"x", True), ("POST", b"x", False)):
        server = Scripted(OK, b"", OK)
        async with serving(server.talk) as at, client() as ours:
            await (await ours.get(at)).read_all()
            if repeats:
                assert await (await ours.request(method, at, body=body)).read_all() == b"ok"
            else:
                with pytest.raises(ConnectionLost):
                    await ours.request(method, at, body=body)
        assert server.connections == (2 if repeats else 1)


# -- bodies --


class Parts(Outgoing):
    """A body in pieces; length given or not."""

    def __init__(self, *pieces: bytes, known: bool) -> None:
        self.pieces = list(pieces)
        self.size = sum(map(len, pieces)) if known else -1
        self.closed = 0

    def length(self) -> int:
        return self.size

    async def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    async def close(self) -> None:
        self.closed += 1


async def echo(reader: Reader, writer: Writer) -> None:
    """Sends back what it was sent, as it was framed; a body of a known length ends with END."""
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + head)
    end = b"\r\n0\r\n\r\n" if b"chunked" in head else b"END"
    last = b""
    while not last.endswith(end) and (data := await reader.read(65536)):
        writer.write(data)
        await writer.drain()
        # Wherever the network cut it.
        last = (last + data)[-len(end) :]
    writer.close()


@told
async def test_bodies_of_requests() -> None:
    async def generated() -> AsyncIterator[bytes]:
        yield b"one"
        yield b""
        yield b"two"

    async with serving(echo) as at, client() as ours:
        sent = await (await ours.post(at, generated())).text()
        assert "transfer-encoding: chunked" in sent and sent.endswith("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
        unknown, known = Parts(b"ab", b"c", known=False), Parts(b"ab", b"c", b"END", known=True)
        assert (await (await ours.post(at, unknown)).text()).endswith("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
        sent = await (await ours.post(at, known)).text()
        assert "content-length: 6" in sent and sent.endswith("\r\n\r\nabcEND")
        assert (unknown.closed, known.closed) == (1, 1)
        large = bytes(1_000_000) + b"END"
        answer = await (await ours.post(at, large)).read_all()
        assert answer.endswith(large) and b"content-length: 1000003" in answer


@told
async def test_both_directions_at_once() -> None:
    """A server that answers while it reads; neither side holds all of it."""
    piece, count = bytes(65536), 200

    async def many() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield piece
        yield b"END"

    async with serving(echo) as at, client() as ours:
        size = 0
        async with await ours.post(at, many()) as response:
            while data := await response.read():
                size += len(data)
        assert size > count * len(piece)


@told
async def test_a_body_that_cannot_be_had() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"one"
        raise ValueError("disk on fire")

    async with serving(echo) as at, client() as ours:
        with pytest.raises(ValueError, match="disk on fire"):
            await (await ours.post(at, broken())).read_all()
        with pytest.raises(UsageError, match="shorter"):
            short = Parts(b"ab", known=True)
            short.size = 100
            await (await ours.post(at, short)).read_all()
        assert ours.connections() == 0


@told
async def test_an_answer_before_the_body_is_sent() -> None:
    """As 413 is: the rest is not sent, and the connection not used again."""

    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno!")
        await reader.read()
        writer.close()

    stopped = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(65536)
        finally:
            stopped.set()

    async with serving(talk) as at, client() as ours:
        response = await ours.post(at, endless())
        assert (response.status, await response.read_all()) == (413, b"no!")
        assert ours.connections() == 0


@told
async def test_lengths_of_responses() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answers = {
        chunked + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-sum: 1\r\n\r\n": b"abcde",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end": b"until the end",
        b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nold": b"old",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK: b"ok",
        EMPTY: b"",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n": b"",
    }  # fmt: skip
    for answer, content in answers.items():
        async with serving(Scripted(answer).talk) as at, client() as ours:
            response = await ours.get(at)
            assert await response.read_all() == content
            if b"x-sum" in answer:
                assert response.trailers().get("x-sum") == "1"
    async with (
        serving(Scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", OK).talk) as at,
        client() as ours,
    ):
        assert await (await ours.request("HEAD", at)).read_all() == b""
        assert await (await ours.get(at)).read_all() == b"ok"


@told
async def test_content_that_is_given_up() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1000)
    async with serving(Scripted(big).talk) as at, client() as ours:
        async with await ours.get(at) as response:
            assert await response.read()
        assert ours.connections() == 0
        await response.close()


@told
async def test_limits_of_content() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + bytes(2000)
    async with serving(Scripted(big, big).talk) as at, client(content=1999) as ours:
        with pytest.raises(TooLarge, match="longer than 1999"):
            await (await ours.get(at)).read_all()
        assert ours.connections() == 0


@told
async def test_text_and_json() -> None:
    def of(media: str, content: bytes) -> bytes:
        return (
            f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            + content
        )

    answers = (
        of("text/plain; charset=iso-8859-1", b"\xe4"),
        of("text/plain", "ä".encode()),
        of('text/plain; charset="nonsense"', "ä".encode()),
        of("application/json", b'{"a": [1]}'),
        of("application/json", b"{"),
    )
    async with serving(Scripted(*answers).talk) as at, client() as ours:
        for _ in range(3):
            assert await (await ours.get(at)).text() == "ä"
        assert await (await ours.get(at)).json() == {"a": [1]}
        with pytest.raises(BadResponse, match="no JSON"):
            await (await ours.get(at)).json()


# -- codings --


def coded(coding: str, content: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


@told
async def test_decompression() -> None:
    text = b"over and over " * 1000
    raw = zlib.compressobj(wbits=-15)
    # Made once: gzip writes down the second in which it was (RFC 1952 §2.3.1).
    whole = gzip.compress(text)
    answers = (
        coded("gzip", whole),
        coded("x-gzip", gzip.compress(text[:100]) + gzip.compress(text[100:])),
        coded("deflate", zlib.compress(text)),
        coded("deflate", raw.compress(text) + raw.flush()),
    )
    async with serving(Scripted(*answers, coded("br", b"??")).talk) as at, client() as ours:
        for _ in answers:
            assert await (await ours.get(at)).read_all() == text
        assert await (await ours.get(at)).read_all() == b"??"
    async with serving(Scripted(answers[0]).talk) as at, client(decode=False) as ours:
        assert await (await ours.get(at)).read_all() == whole


@told
async def test_bad_compression() -> None:
    whole = gzip.compress(b"abc" * 1000)
    damaged = bytearray(whole)
    damaged[-6] ^= 1
    for content in (b"no gzip at all", whole[:-4], bytes(damaged), whole + b"trailing rubbish"):
        async with serving(Scripted(coded("gzip", content)).talk) as at, client() as ours:
            with pytest.raises(BadResponse):
                await (await ours.get(at)).read_all()
            assert ours.connections() == 0
    async with serving(Scripted(coded("gzip", b""), EMPTY).talk) as at, client() as ours:
        assert await (await ours.get(at)).read_all() == b""


@told
async def test_a_decompression_bomb_takes_no_memory() -> None:
    bomb = gzip.compress(bytes(200 << 20), 9)
    async with serving(Scripted(coded("gzip", bomb)).talk) as at, client() as ours:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                await (await ours.get(at)).read_all()
            assert tracemalloc.get_traced_memory()[1] < 40 << 20
        finally:
            tracemalloc.stop()


# -- redirects --


@told
async def test_redirects_and_methods() -> None:
    for status, method, after, keeps in (
        (301, "GET", "GET", False), (302, "POST", "GET", False), (303, "PUT", "GET", False),
        (303, "HEAD", "HEAD", False), (307, "POST", "POST", True), (308, "PUT", "PUT", True),
        (302, "PUT", "PUT", True),
    ):  # fmt: skip
        server = Scripted(moved(status, "../next?x", b"" if method == "HEAD" else b"moved"), EMPTY)
        async with serving(server.talk) as at, client() as ours:
            body = b"content" if method in ("POST", "PUT") else b""
            fields = Fields.of(("content-type", "text/plain"), ("authorization", "secret"))
            response = await ours.request(method, f"{at}/a/b/c", fields, body)
            assert (response.status, str(response.url)) == (204, f"{at}/a/next?x")
            second = server.heads[1].decode()
            assert second.startswith(f"{after} /a/next?x HTTP/1.1")
            assert ("content-type: text/plain" in second) == keeps
            assert ("content-length: 7" in second) == keeps
            assert "authorization: secret" in second
            assert server.connections == 1


@told
async def test_secrets_stay_at_home() -> None:
    other = Scripted(EMPTY, EMPTY)
    async with serving(other.talk) as elsewhere:
        home = Scripted(moved(307, f"{elsewhere}/x"))
        async with serving(home.talk) as at, client() as ours:
            fields = Fields.of(("Authorization", "a"), ("Cookie", "c"), ("Host", "home"), ("X-Fine", "d"))
            await ours.get(at, fields)
        seen = other.heads[0].decode()
        assert "x-fine: d" in seen and f"host: {elsewhere.removeprefix('http://')}" in seen
        assert "authorization" not in seen and "cookie" not in seen


@told
async def test_redirects_that_are_not_followed() -> None:
    async def generated() -> AsyncIterator[bytes]:
        yield b"once"

    async def moving(reader: Reader, writer: Writer) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(moved(302, "/again"))

    async with serving(moving) as at, client(redirects=3) as ours:
        with pytest.raises(TooManyRedirects, match="more than 3"):
            await ours.get(at)
    async with serving(Scripted(moved(302, "/x")).talk) as at, client(redirects=0) as ours:
        assert (await ours.get(at)).status == 302
    for location in ("ftp://a/", "http://", "http://u:p@a/", "javascript:alert(1)"):
        async with serving(Scripted(moved(302, location)).talk) as at, client() as ours:
            with pytest.raises(TooManyRedirects, match="no address"):
                await ours.get(at)
    async with (
        serving(Scripted(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").talk) as at,
        client() as ours,
    ):
        assert (await ours.get(at)).status == 302


# -- time --


@told
async def test_time_outs() -> None:
    async def silent(reader: Reader, writer: Writer) -> None:
        await reader.read()
        writer.close()

    async def slow(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            writer.close()

    async def deaf(reader: Reader, writer: Writer) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(3600)
        writer.close()

    async with serving(silent) as at, client(read=0.05) as ours:
        with pytest.raises(TimedOut, match=r"nothing for 0\.05 s"):
            await ours.get(at)
        assert ours.connections() == 0
    async with serving(slow) as at, client(read=5, total=0.2) as ours:
        response = None
        while response is None:
            # A busy machine may take all of that time for the connection and the head: then again.
            with suppress(TimedOut):
                response = await ours.get(at)
        with pytest.raises(TimedOut, match=r"in all|nothing for"):
            await response.read_all()
        assert ours.connections() == 0
    async with serving(deaf) as at, client(read=0.05) as ours:
        with pytest.raises(TimedOut):
            await ours.post(at, bytes(50_000_000))


@told
async def test_connections_that_do_not_come() -> None:
    class Never(StreamTcp):
        async def connect(self, *_: object, **__: object):  # type: ignore[no-untyped-def]
            await asyncio.Event().wait()

    async with Client(Never(None), Settings(connect=0.01)) as ours:
        with pytest.raises(TimedOut, match=r"no connection within 0\.01 s"):
            await ours.get("http://127.0.0.1:1/")
        assert ours.connections() == 0
    async with Client(Never(None), Settings(connect=None, total=0.01)) as ours:
        with pytest.raises(TimedOut, match="no connection was free or made"):
            await ours.get("http://127.0.0.1:1/")
    async with client() as ours:
        with pytest.raises(NoConnection):
            await ours.get("http://127.0.0.1:1/")


# -- proxies --


@told
async def test_a_proxy_is_told_the_whole_address() -> None:
    proxy = Scripted(OK, OK)
    async with serving(proxy.talk) as at, client(proxy=at) as ours:
        assert await (await ours.get("http://one.example/a")).read_all() == b"ok"
        assert await (await ours.get("http://two.example:81/b")).read_all() == b"ok"
    assert proxy.heads[0].startswith(b"GET http://one.example/a HTTP/1.1\r\nhost: one.example\r\n")
    assert proxy.heads[1].startswith(b"GET http://two.example:81/b HTTP/1.1\r\nhost: two.example:81\r\n")
    assert proxy.connections == 1


@told
async def test_a_tunnel_through_a_proxy() -> None:
    """What is secured is a stand-in for TLS here."""
    proxy = Scripted(b"HTTP/1.1 200 Connected\r\n\r\n", OK)
    secured = []

    async def secure(flow, host: str):  # type: ignore[no-untyped-def]
        secured.append(host)
        return flow

    async with serving(proxy.talk) as at:
        tcp = StreamTcp(asyncio.get_running_loop())
        pass_word = Fields.of(("proxy-authorization", "Basic x"))
        async with Client(tcp, Settings(proxy=at), secure=secure, proxy_fields=pass_word) as ours:
            assert await (await ours.get("https://one.example/a")).read_all() == b"ok"
    assert secured == ["one.example"]
    assert proxy.heads[0] == (
        b"CONNECT one.example:443 HTTP/1.1\r\nhost: one.example:443\r\nproxy-authorization: Basic x\r\n\r\n"
    )
    assert proxy.heads[1].startswith(b"GET /a HTTP/1.1\r\nhost: one.example\r\n")
    assert b"proxy-authorization" not in proxy.heads[1]
    for answer in (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nunasked"):
        async with serving(Scripted(answer).talk) as at:
            ours = Client(tcp, Settings(proxy=at), secure=secure)
            with pytest.raises(NoConnection, match="proxy"):
                await ours.get("https://one.example/")
            assert ours.connections() == 0


@told
async def test_misuse() -> None:
    async with client() as ours:
        for url in ("one.example", "ftp://a/", "http://a\r\n/"):
            with pytest.raises(UsageError):
                await ours.get(url)
        with pytest.raises(UsageError, match="no TLS"):
            await ours.get("https://127.0.0.1/")
        with pytest.raises(UsageError):
            Fields.of(("x", "a\r\nb: c"))
    with pytest.raises(UsageError, match="proxy"):
        Client(StreamTcp(None), Settings(proxy="https://a/"))


# -- hostile servers --

HOSTILE = (
    b"",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"SSH-2.0-OpenSSH\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld",
    b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n",
    b"HTTP/1.1 2 OK\r\n\r\n",
    b"HTTP/3.1 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
)


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_servers(answer: bytes) -> None:
    async def run() -> None:
        async def talk(reader: Reader, writer: Writer) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        async with asyncio.timeout(PATIENCE), serving(talk) as at, client() as ours:
            with pytest.raises(PeerError):
                await (await ours.get(at)).read_all()
            assert ours.connections() == 0

    asyncio.run(run())


@told
async def test_a_head_without_end() -> None:
    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while True:
                writer.write(b"a" * 1000)
                await writer.drain()
        except ConnectionError:
            writer.close()

    async with serving(talk) as at, client() as ours:
        with pytest.raises(BadResponse, match="longer"):
            await ours.get(at)


@told
async def test_what_comes_unasked_spoils_the_connection() -> None:
    """Two answers to one request: the second would be taken for that to the next one."""
    server = Scripted(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", OK)
    async with serving(server.talk) as at, client() as ours:
        assert await (await ours.get(at)).read_all() == b"ok"
        assert await (await ours.get(at)).read_all() == b"ok"
    assert server.connections == 2


@told
async def test_cancelling_leaves_nothing() -> None:
    async def silent(reader: Reader, writer: Writer) -> None:
        await reader.read()
        writer.close()

    async with serving(silent) as at, client() as ours:
        asking = asyncio.create_task(ours.get(at))
        while not ours.connections():
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled() and ours.connections() == 0
    assert len(asyncio.all_tasks()) <= 3
