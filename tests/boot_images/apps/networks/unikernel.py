"""asyncio on several stacks: any address is all of them, one address is its owner's."""

import asyncio
import socket

from pymirage.device import Stack


async def where(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says which address was called, as HTTP for whoever wants that; with much behind it for `GET /much`."""
    much = b" /much " in await reader.readline()
    while (await reader.readline()).strip():
        pass
    made = writer.get_extra_info("socket")
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)
    host, port = made.getsockname()[:2]
    writer.write(f"HTTP/1.0 200 OK\r\n\r\ncalled at {host} {port}\n".encode())
    if much:
        writer.write(bytes(1 << 20))
        await writer.drain()
    writer.close()


async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Connects to `HOST PORT` and says from which address, and what came."""
    host, port = (await reader.readline()).split()
    try:
        answer, out = await asyncio.open_connection(host.decode(), int(port))
        line = await answer.readline()
        writer.write(f"from {out.get_extra_info('sockname')[0]}: ".encode() + line)
        out.close()
    except OSError as error:
        writer.write(f"{error}\n".encode())
    writer.close()


async def main(lan: Stack, plain: Stack, guest: Stack) -> None:
    await asyncio.start_server(where, None, 80)
    await asyncio.start_server(call, None, 81)
    await asyncio.start_server(where, guest.addresses()[0], 82)
    print("ready", *lan.addresses(), *plain.addresses(), *guest.addresses(), flush=True)
    await asyncio.Event().wait()
