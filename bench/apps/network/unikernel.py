"""The peer of measurements and of tests: one service per port, over asyncio's own functions for streams.

The same file runs as a plain program on Linux's sockets, `python unikernel.py`, to be compared with.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

ECHO, SINK, SOURCE, REQUEST, COUNT, EXCHANGE = 7, 9, 19, 80, 13, 11
BLOCK = bytes(range(256)) * 256
PIECE = 1 << 18
QUESTION, ANSWER = 100, bytes(1024)

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def echo(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(PIECE):
        writer.write(data)
        await writer.drain()


class Sink(asyncio.Protocol):
    """Takes a stream to its end and says how long it was, and its SHA-256 when the first octet was `#`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.size = 0
        self.digest: hashlib._Hash | None = None

    def data_received(self, data: bytes) -> None:
        if self.size == 0 and data[0] == ord("#"):
            self.digest = hashlib.sha256()
        self.size += len(data)
        if self.digest is not None:
            self.digest.update(data)

    def eof_received(self) -> bool:
        digest = self.digest.hexdigest() if self.digest is not None else "-"
        self.transport.write(f"{self.size} {digest}\n".encode())
        self.transport.close()
        return True


async def source(reader: Reader, writer: Writer) -> None:
    """Sends as many blocks as the line says."""
    for _ in range(int(await reader.readline())):
        writer.write(BLOCK)
        await writer.drain()


class Request(asyncio.Protocol):
    """One request, one answer, done."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        self.transport.write(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
        self.transport.close()


class Exchange(asyncio.Protocol):
    """Many requests on one connection, each of one length, each answered at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.size = 0

    def data_received(self, data: bytes) -> None:
        self.size += len(data)
        while self.size >= QUESTION:
            self.size -= QUESTION
            self.transport.write(ANSWER)


def streams(serve: object) -> object:
    """A handler of streams that closes what it was given."""

    async def handle(reader: Reader, writer: Writer) -> None:
        try:
            await serve(reader, writer)  # type: ignore[operator]
        except (ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()

    return handle


async def serve(stack: object = None) -> None:
    """Every service, for ever. `stack` is the device when this is a unikernel."""

    async def count(_: Reader, writer: Writer) -> None:
        core = getattr(stack, "core", None)
        connections = core.host.tcp.count() if core is not None else 0
        writer.write(f"{connections} {memory()}\n".encode())

    loop = asyncio.get_running_loop()
    await asyncio.start_server(streams(echo), None, ECHO, backlog=1024)  # type: ignore[arg-type]
    await asyncio.start_server(streams(source), None, SOURCE, backlog=1024)  # type: ignore[arg-type]
    await asyncio.start_server(streams(count), None, COUNT, backlog=1024)  # type: ignore[arg-type]
    await loop.create_server(Sink, None, SINK, backlog=1024)
    await loop.create_server(Request, None, REQUEST, backlog=1024)
    await loop.create_server(Exchange, None, EXCHANGE, backlog=1024)
    print("ready", flush=True)
    await asyncio.Event().wait()


def memory() -> int:
    """Octets in use."""
    if "pymirage.driver.solo5._contract" in sys.builtin_module_names:
        from pymirage.driver.solo5 import _contract

        return _contract.memory()[1]
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    asyncio.run(serve())
else:
    from pymirage.device import Stack

    async def main(stack: Stack) -> None:
        await serve(stack)
