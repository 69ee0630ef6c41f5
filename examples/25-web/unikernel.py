"""A web server with Microdot, a framework from PyPI that knows asyncio and nothing of pymirage."""

from microdot import Microdot, Request

from pymirage.device import Stack

app = Microdot()


@app.get("/")  # type: ignore[untyped-decorator]
async def index(request: Request) -> str:
    return f"hello {request.client_addr[0]}\n"


@app.post("/sum")  # type: ignore[untyped-decorator]
async def total(request: Request) -> dict[str, int]:
    numbers = request.json
    return {"sum": sum(numbers) if isinstance(numbers, list) else 0}


async def main(stack: Stack, *, port: int) -> None:
    print("serving on", " ".join(stack.addresses()), flush=True)
    await app.start_server(host="", port=port)
