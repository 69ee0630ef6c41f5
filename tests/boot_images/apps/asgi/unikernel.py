"""An application of Starlette's, as anybody writes one, in an image."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from pymirage.device import Stack
from pymirage.web.asgi import serve
from pymirage.web.server import Settings


async def index(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello {request.query_params.get('name', 'you')} {request.state.greeting}")


async def upload(request: Request) -> JSONResponse:
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return JSONResponse({"size": size})


async def download(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(int(request.path_params["count"])):
            yield b"%06d" % number * 1000

    return StreamingResponse(pieces(), media_type="text/plain")


async def echo(socket: WebSocket) -> None:
    await socket.accept(subprotocol="echo" if "echo" in socket.scope["subprotocols"] else None)
    while (message := await socket.receive())["type"] == "websocket.receive":
        if message.get("text") == "close":
            await socket.close(4000, "as you like")
        elif message.get("text") is not None:
            await socket.send_text(message["text"])
        else:
            await socket.send_bytes(message["bytes"])


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
    print("serving", flush=True)
    yield {"greeting": "(started)"}


app = Starlette(
    routes=[
        Route("/", index),
        Route("/upload", upload, methods=["POST"]),
        Route("/download/{count:int}", download),
        WebSocketRoute("/echo", echo),
    ],
    lifespan=lifespan,
)


async def main(stack: Stack, *, port: int) -> None:
    # Short times, so that a test need not wait long for them; longer than a busy machine stands still.
    await serve(app, stack.tcp, port, settings=Settings(head=4, body=4, send=5))
