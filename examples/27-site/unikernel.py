"""A web site from a key-value store: the smallest answer to GET that a browser takes (HTTP/1.0, RFC 1945)."""

import asyncio

from pymirage.device import KeyValueReader, Stack, TcpFlow
from pymirage.device.error import BadKey, IsDirectory, NotDirectory, NotFound

LONGEST_REQUEST = 8192
TYPES = {"html": "text/html; charset=utf-8", "css": "text/css", "txt": "text/plain; charset=utf-8"}


async def request_of(flow: TcpFlow) -> bytes:
    """The request with its header fields; empty when the peer leaves early or says too much."""
    request = b""
    while b"\r\n\r\n" not in request:
        data = await flow.read()
        request += data
        if not data or len(request) > LONGEST_REQUEST:
            return b""
    return request


async def answer(site: KeyValueReader, request: bytes) -> tuple[str, str, bytes]:
    """Status, media type and content."""
    words = request.partition(b"\r\n")[0].decode("ascii", "replace").split()
    if len(words) != 3 or words[0] != "GET":
        return "400 Bad Request", TYPES["txt"], b"only GET is understood\n"
    key = words[1].partition("?")[0]
    if key.endswith("/"):
        key += "index.html"
    try:
        content = await site.get(key)
    except (NotFound, IsDirectory, NotDirectory, BadKey):
        return "404 Not Found", TYPES["txt"], b"there is no such page\n"
    return "200 OK", TYPES.get(key.rpartition(".")[2], "application/octet-stream"), content


async def main(stack: Stack, site: KeyValueReader) -> None:
    async def serve(flow: TcpFlow) -> None:
        request = await request_of(flow)
        if request:
            status, media, content = await answer(site, request)
            head = f"HTTP/1.0 {status}\r\nContent-Type: {media}\r\nContent-Length: {len(content)}\r\n\r\n"
            await flow.writev([head.encode(), content])

    await stack.tcp.listen(80, serve)
    print("serving on", " ".join(stack.addresses()), flush=True)
    await asyncio.Event().wait()
