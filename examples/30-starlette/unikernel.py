"""A Starlette application, unchanged, on pymirage's server: JSON, paths with parameters, a stream."""

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from pymirage.device import Stack
from pymirage.web.asgi import serve


async def index(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello {request.client.host if request.client else 'nobody'}\n")


async def product(request: Request) -> JSONResponse:
    left, right = request.path_params["left"], request.path_params["right"]
    return JSONResponse({"left": left, "right": right, "product": left * right})


async def echo(request: Request) -> JSONResponse:
    return JSONResponse({"got": await request.json(), "agent": request.headers.get("user-agent", "")})


async def countdown(request: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        for number in range(request.path_params["start"], -1, -1):
            yield f"{number}\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(lines(), media_type="text/plain")


app = Starlette(
    routes=[
        Route("/", index),
        Route("/product/{left:int}/{right:int}", product),
        Route("/echo", echo, methods=["POST"]),
        Route("/countdown/{start:int}", countdown),
    ],
    middleware=[Middleware(GZipMiddleware, minimum_size=500)],
)


async def main(stack: Stack, *, port: int) -> None:
    print("serving on", " ".join(stack.addresses()), flush=True)
    await serve(app, stack.tcp, port)
