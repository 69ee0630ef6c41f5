"""HTTP's two ends: whatever comes, in whatever pieces, gives events or a `Refusal`, never an exception.

python -m fuzz.http [seconds] [seed]
"""

from __future__ import annotations

import random
import sys
import time

from fuzz.mutate import mutate
from pymirage.protocol.http.client import ClientConnection
from pymirage.protocol.http.events import Closed, Data, End, RequestHead, ResponseHead
from pymirage.protocol.http.fields import Fields
from pymirage.protocol.http.limits import Limits
from pymirage.protocol.http.refusal import Refusal
from pymirage.protocol.http.server import ServerConnection

LIMITS = Limits(
    start_line=200, field_line=200, fields=10, head=500, body=2000, trailers=100, chunk_extensions=50
)

REQUESTS = [
    b"GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n",
    b"GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n",
    b"PUT / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    b"OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
]
RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\nT: v\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nhello",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nrest",
]


def conversation(chance: random.Random, good: list[bytes]) -> bytes:
    """Some messages, of which most are whole."""
    parts = [chance.choice(good) for _ in range(chance.randint(1, 4))]
    for _ in range(chance.randint(0, 2)):
        at = chance.randrange(len(parts))
        parts[at] = mutate(parts[at], chance)
    return b"".join(parts)


def pieces(data: bytes, chance: random.Random) -> list[bytes]:
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice((0, 0, 1, 3, 20))))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def serve(data: bytes, chance: random.Random) -> int:
    """A server that answers everything; how many requests there were."""
    connection = ServerConnection(LIMITS)
    requests = 0
    for piece in (*pieces(data, chance), b""):
        if piece:
            connection.receive(piece)
        else:
            connection.receive_end()
        while (event := connection.next_event()) is not None:
            requests += isinstance(event, RequestHead)
            if isinstance(event, Refusal):
                connection.refuse(event.status(), Fields(), b"no")
            elif connection.owes_response() and chance.random() < 0.8:
                answer(connection, chance)
            if isinstance(event, Closed):
                assert connection.finished()
        if connection.owes_response() and not connection.reading_body():
            answer(connection, chance)
        waiting = connection.buffered()
        assert waiting <= len(data)
    return requests


def answer(connection: ServerConnection, chance: random.Random) -> None:
    """Whole, or in pieces."""
    if chance.random() < 0.5 or connection.method == "CONNECT":
        connection.respond(
            chance.choice((200, 204, 304, 404)) if connection.method != "CONNECT" else 405, Fields(), b"ok"
        )
        return
    connection.go_on()
    connection.begin(200, Fields(), chance.choice((-1, 2)))
    connection.send(b"ok")
    connection.end()


def ask(data: bytes, chance: random.Random) -> int:
    """A client that hears an answer; whether it took it for one."""
    connection = ClientConnection(LIMITS)
    connection.request(chance.choice(("GET", "HEAD", "POST")), "/", Fields.of(("host", "a")), b"")
    taken, size = 0, 0
    for piece in (*pieces(data, chance), b""):
        if piece:
            connection.receive(piece)
        else:
            connection.receive_end()
        while (event := connection.next_event()) is not None:
            taken += isinstance(event, ResponseHead)
            if isinstance(event, Data):
                size += len(event.data)
                assert size <= LIMITS.body
            elif isinstance(event, End) and connection.reusable():
                size = 0
                connection.request("GET", "/", Fields.of(("host", "a")), b"")
    return taken


def run(rounds: int, seed: int) -> int:
    """So many conversations for each end; how many messages were accepted."""
    chance = random.Random(seed)
    accepted = 0
    for number in range(rounds):
        for talk, good in ((serve, REQUESTS), (ask, RESPONSES)):
            data = conversation(chance, good)
            try:
                accepted += talk(data, chance)
            except Exception as error:
                raise AssertionError(f"{talk.__name__}, seed {seed}, round {number}: {data!r}") from error
    return accepted


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run(2000, seed)
        seed += 1
    print(f"http: next seed {seed}")


if __name__ == "__main__":
    main()
