"""The server's end in transcripts: RFC 9112, and what RFC 9110 says of servers."""

from collections.abc import Callable

import pytest

from pymirage.error import UsageError
from pymirage.protocol.http.events import RequestHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.server import UNKNOWN
from pymirage.protocol.http.writer import keep
from tests.protocol.http.transcript import Server, answered

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def head_of(data: bytes) -> RequestHead:
    peer = Server()
    peer.hears(data)
    head = peer.connection.next_event()
    assert isinstance(head, RequestHead)
    return head


# -- requests --


def test_request_without_body() -> None:
    peer = Server()
    peer.hears(GET)
    peer.expect("GET /")
    peer.says(200, b"ok", OK)
    peer.expect()
    assert not peer.connection.finished()


def test_pipelined_requests_are_given_one_at_a_time() -> None:
    peer = Server()
    peer.hears(GET * 2 + b"GET /last HTT")
    for _ in range(2):
        peer.expect("GET /")
        peer.says(200, b"ok", OK)
    peer.expect()
    peer.hears(b"P/1.1\r\nHost: a\r\n\r\n")
    peer.expect("GET /last")


def test_body_with_length() -> None:
    peer = Server()
    peer.hears(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
    peer.expect("POST /", "data ab")
    peer.hears(b"cde" + GET)
    peer.expect("data cde", "end")
    peer.says(200, b"ok", OK)
    peer.expect("GET /")


def test_chunked_body_with_trailers() -> None:
    peer = Server()
    peer.hears(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=y\r\nhello\r\n")
    peer.expect("POST /", "data hello")
    peer.hears(b"0;last\r\nDigest: 1\r\nB:2 \r\n\r\n" + GET)
    peer.expect("end digest=1 b=2")
    peer.says(200, b"ok", OK)
    peer.expect("GET /")


def test_response_before_the_body_was_read() -> None:
    """The rest of the body is passed over, and the connection lives on."""
    peer = Server()
    peer.hears(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
    peer.expect("POST /", "data ab")
    peer.says(200, b"ok", OK)
    peer.expect()
    peer.hears(b"cde" + GET)
    peer.expect("data cde", "end", "GET /")


def test_expect_100_continue() -> None:
    peer = Server()
    peer.hears(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n")
    peer.expect("PUT /")
    assert peer.connection.go_on() == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert peer.connection.go_on() == b""
    peer.hears(b"ab")
    peer.expect("data ab", "end")
    peer.says(200, b"ok", OK)


def test_expect_100_continue_refused() -> None:
    """Whether the body follows nobody knows, so the connection ends."""
    peer = Server()
    peer.hears(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    peer.expect("PUT /")
    peer.says(403, b"", b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")


def test_expect_is_nothing_to_http10_and_unknown_otherwise() -> None:
    assert not head_of(
        b"PUT / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    ).expects_continue
    assert answered(b"GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n") == ["EXPECTATION"]


def test_one_empty_line_before_a_request() -> None:
    assert answered(b"\r\n" + GET) == ["GET /"]
    assert answered(b"\r\n\r\n" + GET) == ["START_LINE"]


@pytest.mark.parametrize(
    ("line", "target", "authority"),
    [
        ("GET /a?b HTTP/1.1\r\nHost: A", "/a?b", "A"),
        ("GET http://a/x?y HTTP/1.1\r\nHost: A", "/x?y", "a"),
        ("GET HTTP://a:80?y HTTP/1.1\r\nHost: a:80", "/?y", "a:80"),
        ("OPTIONS * HTTP/1.1\r\nHost: a", "*", "a"),
        ("OPTIONS http://a HTTP/1.1\r\nHost: a", "*", "a"),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a:443", "a:443", "a:443"),
        ("GET / HTTP/1.1\r\nHost: [::1]:80", "/", "[::1]:80"),
        ("GET / HTTP/1.1\r\nHost:", "/", ""),
        ("GET / HTTP/1.2\r\nHost: a", "/", "a"),
        ("GET / HTTP/1.0", "/", ""),
    ],
)
def test_targets(line: str, target: str, authority: str) -> None:
    head = head_of(line.encode() + b"\r\n\r\n")
    assert (head.target, head.authority) == (target, authority)


def test_upgrade_is_offered() -> None:
    offer = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert head_of(offer).upgrade == "websocket"
    assert head_of(offer.replace(b", Upgrade", b"")).upgrade == ""
    assert head_of(offer.replace(b"1.1", b"1.0")).upgrade == ""


def test_switch() -> None:
    peer = Server()
    peer.hears(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81")
    peer.expect("GET /")
    switching = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"
    peer.says(101, b"", switching, ("upgrade", "websocket"))
    assert peer.connection.switched() and peer.connection.rest() == b"\x81"
    peer.expect()


def test_connect_becomes_a_tunnel() -> None:
    peer = Server()
    peer.hears(b"CONNECT b:22 HTTP/1.1\r\nHost: b:22\r\n\r\nSSH-")
    peer.expect("CONNECT b:22")
    peer.says(200, b"", b"HTTP/1.1 200 OK\r\n\r\n")
    assert peer.connection.switched() and peer.connection.rest() == b"SSH-"


# -- ends --


def test_client_leaves() -> None:
    peer = Server()
    peer.connection.receive_end()
    peer.expect("closed")
    assert peer.connection.finished()


def test_client_leaves_while_it_waits() -> None:
    """It only shut down its own side, so it gets its answer."""
    peer = Server()
    peer.hears(GET)
    peer.connection.receive_end()
    peer.expect("GET /")
    peer.says(200, b"ok", OK)
    peer.expect("closed")
    assert peer.connection.finished()


@pytest.mark.parametrize(
    "part", [b"GE", GET[:-2], b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"]
)
def test_client_leaves_in_the_middle(part: bytes) -> None:
    peer = Server()
    peer.hears(part)
    peer.connection.receive_end()
    events = []
    while (event := peer.connection.next_event()) is not None:
        events.append(event)
    assert getattr(events[-1], "name", "") == "INCOMPLETE"


@pytest.mark.parametrize(
    ("request_fields", "closes"),
    [
        ("HTTP/1.1\r\nHost: a", False),
        ("HTTP/1.1\r\nHost: a\r\nConnection: close", True),
        ("HTTP/1.1\r\nHost: a\r\nConnection: x ,CLOSE", True),
        ("HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close", True),
        ("HTTP/1.1\r\nHost: a\r\nConnection: closed", False),
        ("HTTP/1.0", True),
        ("HTTP/1.0\r\nConnection: Keep-Alive", False),
        ("HTTP/1.0\r\nConnection: keep-alive, close", True),
    ],
)
def test_persistence(request_fields: str, closes: bool) -> None:
    peer = Server()
    peer.hears(f"GET / {request_fields}\r\n\r\n".encode())
    peer.expect("GET /")
    answer = peer.connection.respond(200, Fields(), b"")
    assert peer.connection.finished() is closes
    assert (b"connection: close" in answer) is closes
    assert (b"connection: keep-alive" in answer) is (not closes and "1.0" in request_fields)


def test_stop() -> None:
    idle, busy = Server(), Server()
    idle.connection.stop()
    assert idle.connection.finished()
    busy.hears(GET * 2)
    busy.expect("GET /")
    busy.connection.stop()
    busy.says(200, b"", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    busy.expect()
    assert busy.connection.finished()


# -- responses --


def asked(line: bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") -> Server:
    peer = Server()
    peer.hears(line)
    assert isinstance(peer.connection.next_event(), RequestHead)
    return peer


def test_fields_of_a_response() -> None:
    """The framing is ours; so is the date, unless the handler has one."""
    fields = Fields.of(
        ("Server", "x"), ("Content-Length", "77"), ("Transfer-Encoding", "x"), ("Keep-Alive", "x")
    )
    answer = asked().connection.respond(200, fields, b"ok", b"date: now\r\n")
    assert answer == b"HTTP/1.1 200 OK\r\nserver: x\r\ndate: now\r\ncontent-length: 2\r\n\r\nok"
    answer = asked().connection.respond(200, Fields.of(("date", "x")), b"ok", b"date: now\r\n")
    assert answer == b"HTTP/1.1 200 OK\r\ndate: x\r\ncontent-length: 2\r\n\r\nok"


def test_handler_ends_the_connection() -> None:
    peer = asked()
    end = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    peer.says(200, b"", end, ("Connection", "close"))
    assert peer.connection.finished()


@pytest.mark.parametrize(
    "extra", [("b", "1"), ("date", "now"), ("connection", "close"), ("content-length", "9")]
)
def test_kept_fields_are_sent_like_others_changed_ones_too(extra: tuple[str, str]) -> None:
    def sent(fields: Fields) -> tuple[bytes, bool]:
        peer = asked()
        data = peer.connection.respond(200, fields, b"ok", b"date: ours\r\n")
        return data, peer.connection.finished()

    changes: list[Callable[[Fields], None]] = [
        lambda fields: fields.add("c", "2"),
        lambda fields: fields.set("a", "3"),
        lambda fields: fields.remove(extra[0]),
        lambda fields: fields.extend(Fields.of(("d", "4"))),
    ]
    kept, plain = Fields.of(("a", "0"), extra), Fields.of(("a", "0"), extra)
    for change in changes:
        keep(kept)
        assert sent(kept) == sent(kept) == sent(plain)
        change(kept)
        change(plain)
        assert sent(kept) == sent(plain)


def test_chunked_response() -> None:
    connection = asked().connection
    assert (
        connection.begin(200, Fields(), UNKNOWN) == b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    assert connection.send(b"hello world, hello") == b"12\r\nhello world, hello\r\n"
    assert connection.send(b"") == b""
    assert connection.end(Fields.of(("digest", "1"))) == b"0\r\ndigest: 1\r\n\r\n"
    assert not connection.finished()


def test_unknown_length_ends_the_connection_of_http10() -> None:
    connection = asked(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").connection
    assert connection.begin(200, Fields(), UNKNOWN) == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    assert connection.send(b"ab") == b"ab" and connection.end() == b""
    assert connection.finished()


def test_counted_response_in_pieces() -> None:
    connection = asked().connection
    connection.begin(200, Fields(), 4)
    assert connection.send(b"ab") + connection.send(b"cd") == b"abcd"
    with pytest.raises(UsageError):
        connection.send(b"e")
    assert connection.end() == b""


def test_too_short_a_body_breaks_the_connection() -> None:
    connection = asked().connection
    connection.begin(200, Fields(), 4)
    connection.send(b"ab")
    with pytest.raises(UsageError):
        connection.end()
    assert connection.finished()


HEAD = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_head_has_no_body() -> None:
    asked(HEAD).says(200, b"ok", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
    asked(HEAD).says(200, b"", b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n", ("content-length", "7"))
    connection = asked(HEAD).connection
    assert connection.begin(200, Fields(), UNKNOWN) == b"HTTP/1.1 200 OK\r\n\r\n"
    assert connection.send(b"ab") == b"" and connection.end() == b""
    assert not connection.finished()


def test_statuses_without_content() -> None:
    asked().says(204, b"", b"HTTP/1.1 204 No Content\r\n\r\n")
    asked().says(304, b"", b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n", ("etag", "x"))
    asked().says(304, b"", b"HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n", ("content-length", "7"))


def test_interim_responses() -> None:
    connection = asked().connection
    early = connection.inform(103, Fields.of(("link", "</a>; rel=preload")))
    assert early == b"HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n"
    assert asked(b"GET / HTTP/1.0\r\n\r\n").connection.inform(103, Fields()) == b""
    with pytest.raises(UsageError):
        connection.inform(200, Fields())


def test_order_of_calls() -> None:
    peer = Server()
    with pytest.raises(UsageError):
        peer.connection.respond(200, Fields(), b"")
    with pytest.raises(UsageError):
        peer.connection.send(b"")
    with pytest.raises(UsageError):
        peer.connection.end()
    with pytest.raises(UsageError):
        peer.connection.inform(103, Fields())
    with pytest.raises(UsageError):
        asked().connection.respond(42, Fields(), b"")


# -- limits --


SMALL = Limits(
    method=5, start_line=40, field_line=20, fields=3, head=100, body=8, trailers=16, chunk_extensions=6
)
CHUNKS = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
LIMITED = {
    b"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n": "METHOD",
    b"GET /" + b"a" * 40: "START_LINE_SIZE",
    b"GET /" + b"a" * 40 + b" HTTP/1.1\r\nHost: a\r\n\r\n": "START_LINE_SIZE",
    b"GET / HTTP/1.1\r\nHost: " + b"a" * 20 + b"\r\n\r\n": "FIELD_SIZE",
    b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * 4 + b"\r\n": "FIELD_COUNT",
    b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * 20: "HEAD_SIZE",
    b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * 20 + b"\r\n": "HEAD_SIZE",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n": "BODY_SIZE",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:9999\r\n\r\n": "BODY_SIZE",
}
LIMITED_CHUNKS = {
    b"9\r\n": "BODY_SIZE",
    b"5\r\nhello\r\n4\r\n": "BODY_SIZE",
    b"ffffffffffffff\r\n": "BODY_SIZE",
    b"0\r\n" + b"a:b\r\n" * 4: "TRAILER_SIZE",
    b"0\r\n" + b"a:b\r\n" * 4 + b"\r\n": "TRAILER_SIZE",
    b"1;aaaaaa": "CHUNK_EXTENSION_SIZE",
    b"1;aa\r\na\r\n1;aaa\r\n": "CHUNK_EXTENSION_SIZE",
}


@pytest.mark.parametrize(("data", "refusal"), LIMITED.items(), ids=str)
def test_limits(data: bytes, refusal: str) -> None:
    assert answered(data, SMALL) == [refusal]


@pytest.mark.parametrize(("data", "refusal"), LIMITED_CHUNKS.items(), ids=str)
def test_limits_of_chunks(data: bytes, refusal: str) -> None:
    roomy = Limits(body=8, trailers=16, chunk_extensions=6)
    assert answered(CHUNKS + data, roomy)[-1] == refusal


def test_refusals_are_answered_once_and_end_the_connection() -> None:
    peer = Server()
    peer.hears(b"nonsense\r\n\r\n" + GET)
    peer.expect("START_LINE")
    answer = peer.connection.refuse(400, Fields(), b"no\n")
    assert answer == b"HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\nconnection: close\r\n\r\nno\n"
    peer.expect()
    assert peer.connection.finished()


def test_refusal_in_the_middle_of_a_response_cuts_it() -> None:
    peer = Server()
    peer.hears(CHUNKS)
    peer.expect("POST /")
    peer.connection.begin(200, Fields(), 10)
    peer.hears(b"x\r\n")
    peer.expect("CHUNK_SIZE")
    assert peer.connection.refuse(400, Fields(), b"no\n") == b""
    assert peer.connection.finished()


def test_refusals_name_a_status_and_a_reason() -> None:
    from pymirage.protocol.http.refusal import Refusal
    from pymirage.protocol.http.status import REASONS

    for refusal in Refusal:
        assert refusal.status() in REASONS and refusal.reason()
