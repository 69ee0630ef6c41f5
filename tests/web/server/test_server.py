"""Servers on the host's sockets, and over flows."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable

import pytest

from pymirage.device.error import AddressInUse
from pymirage.device.tcp import TcpFlow
from pymirage.driver.memory.flow import MemoryFlow, flow_pair
from pymirage.sched.stream_tcp import StreamTcp
from pymirage.web.message import Handler, Request, Response, text
from pymirage.web.server import Server, Settings
from tests.port import reserved
from tests.web.server.wire import Function, generated

GET = b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"


class Echo(Handler):
    def respond(self, request: Request) -> Response | Awaitable[Response]:
        if request.method == "POST":
            return self.upload(request)
        if request.target == "/long":
            return Response(body=generated(*[bytes(10_000)] * 100))
        return text(f"{request.method} {request.path} {request.query}\n")

    async def upload(self, request: Request) -> Response:
        return Response(body=await request.body.read_all())


async def exchange(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def listening(server: Server) -> int:
    return await server.listen(StreamTcp(asyncio.get_running_loop()), 0, address="127.0.0.1")


def test_sockets() -> None:
    async def run() -> None:
        server = Server(Echo())
        port = await listening(server)
        assert (await exchange(port, GET * 2)).count(b"GET /a b\n") == 2
        posted = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000)
        assert (await exchange(port, posted)).endswith(bytes(300_000))
        long = await exchange(port, b"GET /long HTTP/1.0\r\n\r\n")
        assert long.partition(b"\r\n\r\n")[2] == bytes(1_000_000)
        assert (await exchange(port, b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400")
        with pytest.raises(AddressInUse):
            await Server(Echo()).listen(StreamTcp(asyncio.get_running_loop()), port, address="127.0.0.1")
        await server.close()
        assert server.counters.requests == 4 and server.counters.connections_open == 0

    asyncio.run(run())


def test_over_flows() -> None:
    async def run() -> None:
        server = Server(Echo())
        ours, theirs = flow_pair()

        async def serve() -> None:
            await server.serve_flow(theirs, "https")
            await theirs.close()

        serving = asyncio.create_task(serve())
        await ours.write(GET)
        assert (await ours.read()).endswith(b"\r\n\r\nGET /a b\n")
        await ours.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n")
        sending = asyncio.create_task(ours.write(bytes(300_000)))
        assert (await until(ours, 300_000)).endswith(bytes(300_000))
        await sending
        await ours.write(b"GET /long HTTP/1.0\r\n\r\n")
        assert (await until_end(ours)).endswith(bytes(1_000_000))
        await serving
        assert not server.service.conversations

    asyncio.run(run())


async def until(flow: MemoryFlow, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += await flow.read()
    return data


async def until_end(flow: MemoryFlow) -> bytes:
    data = b""
    while piece := await flow.read():
        data += piece
    return data


def test_flows_that_break() -> None:
    async def run() -> None:
        server = Server(Function(lambda _: asyncio.get_running_loop().create_future()))
        ours, theirs = flow_pair()
        serving = asyncio.create_task(server.serve_flow(theirs))
        await ours.write(GET)
        await ours.close()
        await asyncio.sleep(0)
        for conversation in list(server.service.conversations):
            conversation.abort()
        await serving
        assert not server.service.conversations

    asyncio.run(run())


def test_graceful_end() -> None:
    """What runs comes to its end, and idle connections do not keep it."""

    async def run(port: int) -> None:
        go = asyncio.Event()

        async def respond(_: Request) -> Response:
            await go.wait()
            return Response(body=b"done")

        server = Server(Function(respond), Settings(grace=600))
        await server.listen(StreamTcp(asyncio.get_running_loop()), port, address="127.0.0.1")
        idle, _ = await asyncio.open_connection("127.0.0.1", port)
        busy, busy_writer = await asyncio.open_connection("127.0.0.1", port)
        busy_writer.write(GET)
        while server.counters.requests_active < 1:
            await asyncio.sleep(0.001)
        closing = asyncio.create_task(server.close())
        assert await idle.read() == b""
        go.set()
        assert (await busy.read()).endswith(b"connection: close\r\n\r\ndone")
        await closing
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

    # Nobody else's server is there afterwards.
    with reserved() as port:
        asyncio.run(run(port))


def test_end_of_patience() -> None:
    """What takes too long is cut off."""

    async def run() -> None:
        server = Server(Function(lambda _: asyncio.get_running_loop().create_future()), Settings(grace=0.05))
        port = await listening(server)
        stuck, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        while server.counters.requests_active < 1:
            await asyncio.sleep(0.001)
        await server.close()
        try:
            assert await stuck.read() == b""
        except ConnectionError:
            assert not server.service.conversations

    asyncio.run(run())


def test_watch_runs_only_while_there_is_someone() -> None:
    async def run() -> None:
        server = Server(Echo(), Settings(head=1))
        port = await listening(server)
        assert server._timer is None
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HT")
        assert (await reader.read()).startswith(b"HTTP/1.1 408")
        writer.close()
        await server.close()
        assert server._timer is None

    asyncio.run(run())


def test_response_survives_an_unread_request() -> None:
    """A close with octets unread would reset the connection, and the client might never see the refusal."""

    async def run() -> None:
        server = Server(Echo(), Settings())
        port = await listening(server)

        def client() -> bytes:
            with socket.create_connection(("127.0.0.1", port)) as stream:
                stream.sendall(
                    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + bytes(200_000)
                )
                stream.shutdown(socket.SHUT_WR)
                data = b""
                while piece := stream.recv(65536):
                    data += piece
                return data

        assert (await asyncio.to_thread(client)).startswith(b"HTTP/1.1 413 ")
        await server.close()

    asyncio.run(run())


def test_a_device_that_only_knows_flows() -> None:
    async def run() -> None:
        served: list[object] = []
        server = Server(Echo())
        tcp = StreamTcp(asyncio.get_running_loop())

        async def serve(flow: TcpFlow) -> None:
            served.append(flow.remote())
            await server.serve_flow(flow)

        listener = await tcp.listen(0, serve, address="127.0.0.1")
        assert (await exchange(listener.port(), GET)).endswith(b"GET /a b\n")
        assert len(served) == 1
        await listener.close()

    asyncio.run(run())
