"""Handshakes, bulk data, and 1 KiB by HTTP and HTTPS; beside it the same with asyncio's streams and `ssl`."""

import asyncio
import sys

HANDSHAKES, BULK, HTTP, HTTPS = 4433, 4434, 8080, 8443
PIECE = bytes(range(256)) * 256
PIECES = 8192
PAGE = b"x" * 1024


async def main(stack: "Stack", tls: "Tcp") -> None:
    async def greet(flow: "TcpFlow") -> None:
        await flow.read()

    async def send(flow: "TcpFlow") -> None:
        await flow.read()
        for _ in range(PIECES):
            await flow.write(PIECE)

    server = Server(Page())
    await tls.listen(HANDSHAKES, greet)
    await tls.listen(BULK, send)
    await server.listen(stack.tcp, HTTP)
    await SecureServer(server, Page()).listen(tls, HTTPS)
    print("ready", flush=True)
    await asyncio.Event().wait()


async def on_cpython(certificate: str, key: str) -> None:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        for _ in range(PIECES):
            writer.write(PIECE)
            await writer.drain()
        writer.close()

    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1024\r\n\r\n"

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(head + PAGE)

    await asyncio.start_server(greet, port=HANDSHAKES, ssl=context)
    await asyncio.start_server(send, port=BULK, ssl=context)
    await asyncio.start_server(page, port=HTTP)
    await asyncio.start_server(page, port=HTTPS, ssl=context)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(on_cpython(*sys.argv[1:]))
else:
    from pymirage.device import Stack, Tcp, TcpFlow
    from pymirage.protocol.http.fields import Fields
    from pymirage.web.message import Handler, Request, Response
    from pymirage.web.secure import SecureServer
    from pymirage.web.server import Server

    class Page(Handler):
        def respond(self, request: Request) -> Response:  # noqa: ARG002
            return Response(200, Fields(), PAGE)
