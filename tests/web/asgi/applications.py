"""ASGI applications for tests: what frameworks do, by hand; and one of Starlette's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


async def index(request: Request) -> PlainTextResponse:
    assert request.client is not None
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


async def broken(request: Request) -> PlainTextResponse:
    raise ZeroDivisionError(str(request.url))


async def echo(socket: WebSocket) -> None:
    await socket.accept(subprotocol="echo" if "echo" in socket.scope["subprotocols"] else None)
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") == "close":
                await socket.close(4000, "as you like")
            elif message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message["bytes"])
    except WebSocketDisconnect:
        return


async def refuse(socket: WebSocket) -> None:
    await socket.close()


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
    events.append("start")
    del app
    yield {"greeting": "(started)"}
    events.append("end")


events: list[str] = []

app = Starlette(
    routes=[
        Route("/", index),
        Route("/upload", upload, methods=["POST"]),
        Route("/download/{count:int}", download),
        Route("/broken", broken),
        WebSocketRoute("/echo", echo),
        WebSocketRoute("/refuse", refuse),
    ],
    lifespan=lifespan,
)


class Recorder:
    """An application that is one function, and knows no lifespan."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.scopes: list[dict[str, Any]] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan")
        self.scopes.append(scope)
        await self._function(receive, send)


async def never(receive: Any, send: Any) -> None:
    del receive, send
    await asyncio.Event().wait()
