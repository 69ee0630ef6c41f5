"""A server of the standard library's asyncio alone, so that the same lines run in an image and on Linux."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device import Stack

HELLO = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nhello world\n"
BULK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1048576\r\n\r\n" + bytes(1 << 20)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            writer.write(BULK if head.startswith(b"GET /bulk ") else HELLO)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def listen(port: int) -> None:
    server = await asyncio.start_server(serve, "", port)
    print("serving", flush=True)
    await server.serve_forever()


async def main(stack: Stack) -> None:
    del stack
    await listen(80)
