"""One connection after another request, without bodies of requests."""

from __future__ import annotations

from collections.abc import Awaitable

from pymirage.protocol.http.fields import Fields
from pymirage.web.message import Nothing, Outgoing, Request, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.device.tcp import TcpFlow
    from pymirage.web.message import Handler, Response

LONGEST = 16384


async def serve(flow: TcpFlow, handler: Handler) -> None:
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            piece = await flow.read()
            data += piece
            if not piece or len(data) > LONGEST:
                return
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        fields = Fields()
        for line in lines:
            name, _, value = line.partition(":")
            fields.add(name, value)
        if len(words) != 3 or "content-length" in fields or "transfer-encoding" in fields:
            await send(flow, text("this is not understood\n", 400), "GET")
            return
        request = Request(words[0], words[1], fields, Nothing(), flow.remote())
        answer = handler.respond(request)
        await send(flow, await answer if isinstance(answer, Awaitable) else answer, words[0])


async def send(flow: TcpFlow, response: Response, method: str) -> None:
    body = response.body
    if not isinstance(body, bytes):
        pieces = []
        if isinstance(body, Outgoing):
            while piece := await body.read():
                pieces.append(piece)
            await body.close()
        else:
            pieces = [piece async for piece in body]
        body = b"".join(pieces)
    lines = [
        f"HTTP/1.1 {response.status} .",
        *(f"{name}: {value}" for name, value in response.fields.items()),
    ]
    head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode("latin-1")
    await flow.write(head if method == "HEAD" else head + body)
