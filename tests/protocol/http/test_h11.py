"""Beside h11: what we take it takes, as the same message; what it refuses we refuse."""

from __future__ import annotations

import random
from typing import Any

import h11
import pytest

from fuzz.mutate import mutate
from pymirage.protocol.http.client import ClientConnection
from pymirage.protocol.http.events import Data, End, RequestHead, ResponseHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.server import ServerConnection
from tests.protocol.http.test_smuggling import ALL, TAKEN

Message = tuple[Any, ...]


def ours(data: bytes) -> Message | None:
    """The first message in data, None when it is refused or incomplete."""
    connection = ServerConnection(Limits(body=1 << 40))
    connection.receive(data)
    head, body = connection.next_event(), b""
    if not isinstance(head, RequestHead):
        return None
    while connection.reading_body():
        event = connection.next_event()
        if event is None or isinstance(event, Refusal):
            return None
        if isinstance(event, Data):
            body += event.data
        if isinstance(event, End):
            return head.method, head.version, head.fields.pairs, body, event.trailers.pairs
    return head.method, head.version, head.fields.pairs, body, []


def theirs(data: bytes) -> Message | None:
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(data)
    head: h11.Request | None = None
    body = b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                version = int(head.http_version.replace(b".", b""))
                fields = [(name, value) for name, value in head.headers]
                return head.method.decode(), version, fields, body, list(event.headers)
            else:
                return None
    except h11.RemoteProtocolError:
        return None


def agree(data: bytes) -> bool:
    """Whether we took it."""
    message = ours(data)
    if message is None:
        return False
    # We pass over an empty line before a request; h11 does not.
    wanted = theirs(data.removeprefix(b"\r\n"))
    if wanted is None and not by_choice(data):
        raise AssertionError(f"h11 refuses what we take: {data!r}")
    assert wanted is None or normal(message) == normal(wanted), data
    return True


def normal(message: Message) -> Message:
    """A minor version above 1 is 1 to us. h11 writes the coding in lower case."""
    fields = [(name, value.lower() if name == b"transfer-encoding" else value) for name, value in message[2]]
    return (message[0], min(message[1], 11), fields, *message[3:])


def by_choice(data: bytes) -> bool:
    """Where we take what h11 refuses, and the standard does not."""
    # White space around chunk extensions (RFC 9112 §7.1.1, BWS).
    return b"chunked" in data.lower() and (b" ;" in data or b"\t;" in data)


@pytest.mark.parametrize("name", [*ALL, *TAKEN])
def test_collected(name: str) -> None:
    agree((ALL | TAKEN)[name][0])


GOOD = [
    b"GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
    b"POST / HTTP/1.1\r\nhost: a:80\r\ntransfer-encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n",
    b"PUT /x HTTP/1.1\r\nHost: [::1]\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\nX: a\tb \xe4\r\nX:\r\n\r\n",
]


@pytest.mark.parametrize("seed", range(4))
def test_mutated(seed: int) -> None:
    chance = random.Random(seed)
    taken = 0
    for _ in range(1500):
        data = chance.choice(GOOD)
        for _ in range(chance.randint(0, 3)):
            data = mutate(data, chance)
        taken += agree(data)
    assert taken > 200


# -- responses --


def our_response(data: bytes) -> Message | None:
    connection = ClientConnection(Limits(body=1 << 40))
    connection.request("GET", "/", Fields.of(("host", "a")), b"")
    connection.receive(data)
    connection.receive_end()
    head: ResponseHead | None = None
    body = b""
    while (event := connection.next_event()) is not None:
        if isinstance(event, ResponseHead):
            head = event
        elif isinstance(event, Data):
            body += event.data
        elif isinstance(event, End):
            assert head is not None
            return head.status, head.fields.pairs, body, event.trailers.pairs
        elif isinstance(event, Refusal):
            return None
    return None


def their_response(data: bytes) -> Message | None:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    head: h11.Response | None = None
    body = b""
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                return (
                    head.status_code,
                    [(name, value) for name, value in head.headers],
                    body,
                    list(event.headers),
                )
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError:
        return None


ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: v\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200\r\n\r\nhello",
    b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 7\r\n\r\n",
]


@pytest.mark.parametrize("seed", range(4))
def test_mutated_responses(seed: int) -> None:
    chance = random.Random(seed)
    taken = 0
    for _ in range(1500):
        data = chance.choice(ANSWERS)
        for _ in range(chance.randint(0, 3)):
            data = mutate(data, chance)
        message = our_response(data)
        if message is None or b"101 " in data or by_choice(data):
            continue
        taken += 1
        assert message == their_response(data), data
    assert taken > 200
