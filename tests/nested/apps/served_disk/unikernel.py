"""Serves a disk's first sectors over HTTP, then writes a sector and ends."""

import asyncio

from pymirage.device import Block, Stack

SECTORS = 64


async def main(stack: Stack, storage: Block) -> None:
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            pass
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + await storage.read(0, SECTORS))
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        served.set()

    async with await asyncio.start_server(serve, None, 80):
        print("ready at", *stack.addresses(), flush=True)
        await served.wait()
        await storage.write(SECTORS, b"written ".ljust(storage.info().sector_size, b"."))
        await storage.flush()
    print("SUCCESS")
