"""Uvicorn with uvloop and httptools, a page of 1 KiB: `python http_uvicorn.py`."""

import uvicorn

PAGE = bytes(1024)
HEADERS = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"1024")]


async def app(scope, receive, send):  # type: ignore[no-untyped-def]
    del receive
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": PAGE})


class Server(uvicorn.Server):  # type: ignore[misc, unused-ignore]
    async def startup(self, *args, **options):  # type: ignore[no-untyped-def]
        await super().startup(*args, **options)
        print("ready", flush=True)


Server(
    uvicorn.Config(app, "0.0.0.0", 8080, loop="uvloop", http="httptools", log_level="error", lifespan="off")
).run()
