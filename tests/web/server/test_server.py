"""A handler behind a server, on the host's sockets."""

import asyncio
from collections.abc import Awaitable

from pymirage.sched.stream_tcp import StreamTcp
from pymirage.web.message import Handler, Request, Response, text
from pymirage.web.server import Server


class Echo(Handler):
    def respond(self, request: Request) -> Response | Awaitable[Response]:
        return text(f"{request.method} {request.path} {request.query}\n")


async def exchange(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def test_two_requests() -> None:
    async def run() -> None:
        server = Server(Echo())
        port = await server.listen(StreamTcp(asyncio.get_running_loop()), 0, address="127.0.0.1")
        request = b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"
        answer = await exchange(port, request * 2)
        assert answer.count(b"GET /a b\n") == 2
        await server.close()

    asyncio.run(run())
