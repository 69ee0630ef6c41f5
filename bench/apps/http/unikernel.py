"""What is measured: a page of 1 KiB from a store, as a site has it, a long download, and TCP alone."""

import asyncio
from typing import Any

from pymirage.device import KeyValueReader, Stack, TcpFlow
from pymirage.web.asgi import Application
from pymirage.web.files import Files
from pymirage.web.message import Handler, Outgoing, Request, Response
from pymirage.web.routes import Routes
from pymirage.web.server import Server

PORT, ASGI, BULK = 8080, 8081, 8019
PIECE = bytes(range(256)) * 256
SIZE = 100 << 20


class Download(Outgoing):
    """100 MiB."""

    def __init__(self) -> None:
        self._left = SIZE

    def length(self) -> int:
        return SIZE

    async def read(self) -> bytes:
        if not self._left:
            return b""
        self._left -= len(PIECE)
        return PIECE


class Downloads(Handler):
    def respond(self, _: Request) -> Response:
        return Response(body=Download())


PAGE = bytes(1024)
HEADERS = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"1024")]


async def app(_: Any, receive: Any, send: Any) -> None:
    """What Uvicorn serves beside us (bench/peers/http_uvicorn.py)."""
    del receive
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": PAGE})


async def bulk(flow: TcpFlow) -> None:
    """As much, over nothing but TCP."""
    for _ in range(SIZE // len(PIECE)):
        await flow.write(PIECE)


async def main(stack: Stack, pages: KeyValueReader) -> None:
    server = Server(Routes(Files(pages), {"/download": Downloads()}))
    await server.listen(stack.tcp, PORT)
    await Server(Application(app)).listen(stack.tcp, ASGI)
    await stack.tcp.listen(BULK, bulk)
    print("ready", flush=True)
    await asyncio.Event().wait()
