"""The client's end in transcripts."""

import pytest

from pymirage.error import UsageError
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.server import UNKNOWN
from tests.protocol.http.transcript import Client

HOST = Fields.of(("host", "a"))


def asking(method: str = "GET", limits: Limits | None = None) -> Client:
    client = Client(limits)
    client.asks(method)
    return client


def test_two_requests() -> None:
    client = Client()
    assert client.asks() == b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
    client.hears(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
    client.expect("200", "data hel")
    assert not client.connection.reusable()
    client.hears(b"lo")
    client.expect("data lo", "end")
    assert client.connection.reusable()
    assert client.asks("POST") == b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"
    client.hears(b"HTTP/1.1 204\r\n\r\n")
    client.expect("204", "end")
    assert client.connection.reusable()


def test_chunked_request() -> None:
    connection = Client().connection
    head = connection.begin("PUT", "/a", HOST, UNKNOWN)
    assert head == b"PUT /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    assert connection.send(b"abc") == b"3\r\nabc\r\n" and connection.end() == b"0\r\n\r\n"


def test_counted_request() -> None:
    connection = Client().connection
    connection.begin("PUT", "/a", HOST, 3)
    assert connection.send(b"ab") == b"ab"
    with pytest.raises(UsageError):
        connection.send(b"cd")
    with pytest.raises(UsageError):
        connection.end()
    assert not connection.reusable()


def test_chunked_response() -> None:
    """Old servers pad sizes with spaces."""
    client = asking()
    client.hears(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n0\r\nx: y\r\n\r\n")
    client.expect("200", "data hello", "end x=y")
    assert client.connection.reusable()


def test_response_until_the_end() -> None:
    client = asking()
    client.hears(b"HTTP/1.0 200 OK\r\n\r\nhello")
    client.expect("200", "data hello")
    client.connection.receive_end()
    client.expect("end", "closed")
    assert not client.connection.reusable()


def test_interim_responses() -> None:
    client = asking()
    client.hears(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
    client.expect("interim 100", "interim 103")
    client.hears(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    client.expect("200", "end")


@pytest.mark.parametrize("status", ["204", "304"])
def test_statuses_without_content(status: str) -> None:
    client = asking()
    client.hears(f"HTTP/1.1 {status} x\r\nContent-Length: 7\r\n\r\n".encode())
    client.expect(status, "end")
    assert client.connection.reusable()


def test_response_to_head() -> None:
    client = asking("HEAD")
    client.hears(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")
    client.expect("200", "end")


def test_switch() -> None:
    client = asking()
    client.hears(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nrest")
    client.expect("101")
    assert client.connection.switched() and client.connection.rest() == b"rest"
    client = asking("OPTIONS")
    tunnel = Client()
    tunnel.connection.begin("CONNECT", "b:22", HOST, 0)
    tunnel.connection.end()
    tunnel.hears(b"HTTP/1.1 200 OK\r\n\r\nSSH-")
    tunnel.expect("200")
    assert tunnel.connection.switched() and tunnel.connection.rest() == b"SSH-"


def test_early_response_spoils_the_connection() -> None:
    client = Client()
    client.connection.begin("PUT", "/", HOST, 5)
    client.hears(b"HTTP/1.1 413 x\r\nContent-Length: 0\r\n\r\n")
    client.expect("413", "end")
    client.connection.send(b"hello")
    client.connection.end()
    assert not client.connection.reusable()


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "LENGTH_AND_CODING"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "LENGTH_TWICE"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "CODING_UNKNOWN"),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "CODING_VERSION"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "VERSION"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "STATUS"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "STATUS"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "STATUS"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "STATUS"),
        (b"HTTP/1.1 200 O\0K\r\n\r\n", "FIELD_VALUE"),
        (b"HTTP/1.1 200 OK\r\na : b\r\n\r\n", "FIELD_NAME"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "START_LINE"),
        (b"<html>", "START_LINE"),
    ],
)
def test_bad_responses(data: bytes, refusal: str) -> None:
    client = asking()
    client.hears(data)
    client.expect(refusal)
    assert not client.connection.reusable()


def test_equal_lengths() -> None:
    client = asking()
    client.hears(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na")
    client.expect("200", "data a", "end")


def test_servers_that_leave() -> None:
    for data in (b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"):
        client = asking()
        client.hears(data)
        client.connection.receive_end()
        events = []
        while (event := client.connection.next_event()) is not None:
            events.append(event)
        assert getattr(events[-1], "name", "") == "INCOMPLETE"
    idle = Client()
    idle.connection.receive_end()
    idle.expect("closed")
    assert not idle.connection.reusable()


def test_unasked_response() -> None:
    client = asking()
    client.hears(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n")
    client.expect("200", "end", "UNASKED")
    assert not client.connection.reusable()


def test_body_limit() -> None:
    for framing in (
        b"Content-Length: 9\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n9\r\n",
        b"\r\n123456789",
    ):
        client = asking(limits=Limits(body=8))
        client.hears(b"HTTP/1.1 200 OK\r\n" + framing)
        events = []
        while (event := client.connection.next_event()) is not None:
            events.append(event)
        assert getattr(events[-1], "name", "") == "BODY_SIZE"


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "/a b"), ("G T", "/"), ("GET", ""), ("GET", "/\r\n"), ("", "/")]
)
def test_requests_that_cannot_be_written(method: str, target: str) -> None:
    with pytest.raises(UsageError):
        Client().connection.request(method, target, HOST, b"")
    with pytest.raises(UsageError):
        Client().connection.request("GET", "/", Fields(), b"")
