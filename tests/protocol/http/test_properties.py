"""What holds of all messages: what one end writes the other reads, in pieces of any size."""

from __future__ import annotations

import string
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pymirage.protocol.http.client import ClientConnection
from pymirage.protocol.http.events import Data, End, RequestHead, ResponseHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.server import UNKNOWN, ServerConnection

TOKENS = st.text(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~", min_size=1, max_size=12)
VALUES = st.text([chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100), 9)], max_size=30)
FIELDS = st.lists(
    st.tuples(TOKENS.map(lambda name: f"x-{name}"), VALUES.map(lambda value: value.strip(" \t"))), max_size=6
)
TARGETS = st.text("".join(chr(code) for code in range(0x21, 0x7F) if code != 0x23), max_size=20).map(
    "/{}".format
)
BODIES = st.lists(st.binary(max_size=200), max_size=4)


class Heard:
    """What a connection told, pieces of the body joined."""

    def __init__(self, connection: ServerConnection | ClientConnection) -> None:
        self.connection = connection
        self.log: list[object] = []
        self.body = b""

    def hear(self, data: bytes, cuts: list[int]) -> Heard:
        edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
        for start, end in pairwise(edges):
            self.connection.receive(data[start:end])
            while (event := self.connection.next_event()) is not None:
                self.note(event)
        return self

    def note(self, event: object) -> None:
        match event:
            case RequestHead():
                self.log.append((event.method, event.target, event.fields.pairs, event.version))
            case ResponseHead():
                self.log.append((event.status, event.fields.pairs))
            case Data():
                self.body += event.data
            case End():
                self.log.append(("end", self.body, event.trailers.pairs))
            case _:
                self.log.append(event)


def written(
    connection: ServerConnection | ClientConnection, head: bytes, body: list[bytes], trailers: Fields | None
) -> bytes:
    return head + b"".join(connection.send(piece) for piece in body) + connection.end(trailers or Fields())


@given(TOKENS, TARGETS, FIELDS, BODIES, FIELDS, st.booleans(), st.lists(st.integers(0)))
def test_requests(
    method: str,
    target: str,
    fields: list[tuple[str, str]],
    body: list[bytes],
    trailers: list[tuple[str, str]],
    chunked: bool,
    cuts: list[int],
) -> None:
    if method in ("CONNECT", "HEAD"):
        return
    client = ClientConnection(Limits())
    sent, end = Fields.of(("host", "a"), *fields), Fields.of(*trailers)
    length = UNKNOWN if chunked else sum(map(len, body))
    data = written(client, client.begin(method, target, sent, length), body, end)
    heard = Heard(ServerConnection(Limits())).hear(data, cuts)
    head, *rest = heard.log
    assert isinstance(head, tuple) and head[:2] == (method, target)
    assert head[2][: len(sent)] == sent.pairs
    if length:
        assert rest == [("end", b"".join(body), end.pairs if chunked else [])]


@given(st.integers(200, 599), FIELDS, BODIES, FIELDS, st.booleans(), st.lists(st.integers(0)))
def test_responses(
    status: int,
    fields: list[tuple[str, str]],
    body: list[bytes],
    trailers: list[tuple[str, str]],
    chunked: bool,
    cuts: list[int],
) -> None:
    client, server = ClientConnection(Limits()), ServerConnection(Limits())
    server.receive(client.request("GET", "/", Fields.of(("host", "a")), b""))
    server.next_event()
    sent, end = Fields.of(*fields), Fields.of(*trailers)
    head = server.begin(status, sent, UNKNOWN if chunked else sum(map(len, body)))
    heard = Heard(client).hear(written(server, head, body, end), cuts)
    empty = status in (204, 304)
    assert heard.log[0][0] == status and heard.log[0][1][: len(sent)] == sent.pairs  # type: ignore[index]
    assert heard.log[1:] == [
        ("end", b"" if empty else b"".join(body), end.pairs if chunked and not empty else [])
    ]
    assert client.reusable()


PIECES = st.sampled_from(
    [
        *(b"GET / HTTP/1.1\r\n", b"POST /a HTTP/1.1\r\n", b"GET / HTTP/1.0\r\n", b"Host: a\r\n", b"X: y\r\n"),
        *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n"),
        *(b"Expect: 100-continue\r\n", b"abc", b"3\r\nabc\r\n", b"0\r\n", b"3;a=b\r\n"),
        *(b"\r\n", b"\r", b"\n", b" ", b":", b"\0"),
    ]
)


@given(st.lists(PIECES, max_size=20).map(b"".join), st.lists(st.integers(0)))
def test_any_cut_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    """Responses are given at once. A refusal may only come earlier, and with another reason."""
    whole, pieces = Answering().hear(data, []), Answering().hear(data, cuts)
    assert len(whole.log) == len(pieces.log)
    for one, other in zip(whole.log, pieces.log, strict=True):
        assert one == other or type(one) is type(other) is not tuple


class Answering(Heard):
    """A server that answers each request when it is complete."""

    def __init__(self) -> None:
        self.server = ServerConnection(Limits(body=10))
        super().__init__(self.server)

    def note(self, event: object) -> None:
        super().note(event)
        if isinstance(event, Data):
            return
        if isinstance(event, End):
            self.body = b""
        if (
            self.server.owes_response()
            and not self.server.reading_body()
            and isinstance(event, RequestHead | End)
        ):
            self.server.respond(200, Fields(), b"")
