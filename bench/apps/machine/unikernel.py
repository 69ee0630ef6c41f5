"""A server of the standard library's asyncio alone, so that the same lines run in an image and on Linux."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device import Stack

ANY = "0.0.0.0"
STREAMS, PROTOCOL, SINK = 80, 81, 9
HELLO = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nhello world\n"
BULK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1048576\r\n\r\n" + bytes(1 << 20)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """With asyncio's streams, as programs are written."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            writer.write(BULK if head.startswith(b"GET /bulk ") else HELLO)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


class Answer(asyncio.Protocol):
    """With as little of asyncio as possible, as servers are written."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.head = b""

    def data_received(self, data: bytes) -> None:
        *heads, self.head = (self.head + data).split(b"\r\n\r\n")
        for _ in heads:
            self.transport.write(HELLO)


class Sink(asyncio.Protocol):
    """Says how much came, at its end."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.size = 0

    def data_received(self, data: bytes) -> None:
        self.size += len(data)

    def eof_received(self) -> None:
        self.transport.write(b"%d\n" % self.size)


async def listen() -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(Answer, ANY, PROTOCOL)
    await loop.create_server(Sink, ANY, SINK)
    server = await asyncio.start_server(serve, ANY, STREAMS)
    print("serving", flush=True)
    await server.serve_forever()


async def main(stack: Stack) -> None:
    del stack
    await listen()
