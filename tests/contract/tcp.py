"""What every Tcp keeps (`pymirage.device.tcp`), shown on two stacks, one of which can reach the other."""

import asyncio

from pymirage.device import Stack, TcpFlow, TcpListener, TcpOptions
from pymirage.device.error import AddressInUse, NoConnection
from pymirage.error import UsageError
from tests.contract.expect import Make, equal, raises, true
from tests.contract.flow import read_all

Pair = tuple[Stack, Stack, str]
"""A client, a server, and the server's address."""


async def nobody(flow: TcpFlow) -> None:
    await flow.read()


async def private(server: Stack) -> TcpListener:
    """On a port that nobody else gets once it is closed: a host gives none so low to who asks for any."""
    while True:
        listener = await server.tcp.listen(0, nobody)
        low = listener.port() // 2
        await listener.close()
        try:
            return await server.tcp.listen(low, nobody)
        except AddressInUse:
            continue


async def connects(make: Make[Pair]) -> None:
    client, server, address = await make()

    async def serve(flow: TcpFlow) -> None:
        await flow.write(await read_all(flow))

    listener = await server.tcp.listen(0, serve)
    flow = await client.tcp.connect(address, listener.port())
    equal(flow.remote().address, address, "the peer's address")
    equal(flow.remote().port, listener.port(), "the peer's port")
    await flow.write(b"hello")
    await flow.shutdown(write=True)
    equal(await read_all(flow), b"hello", "what came back")
    await flow.close()
    await listener.close()


async def knows_its_peer(make: Make[Pair]) -> None:
    client, server, address = await make()
    seen: asyncio.Queue[TcpFlow] = asyncio.Queue()

    async def serve(flow: TcpFlow) -> None:
        seen.put_nowait(flow)
        await flow.read()

    listener = await server.tcp.listen(0, serve)
    flow = await client.tcp.connect(address, listener.port())
    theirs = await seen.get()
    equal(theirs.remote(), flow.local(), "the client's end, as the server sees it")
    await flow.close()
    await listener.close()


async def says_that_nobody_listens(make: Make[Pair]) -> None:
    client, server, address = await make()
    listener = await private(server)
    port = listener.port()
    await listener.close()
    await listener.close()
    await raises(NoConnection, client.tcp.connect(address, port), "connect to a port that was closed")


async def a_port_has_one_listener(make: Make[Pair]) -> None:
    _, server, _ = await make()
    listener = await server.tcp.listen(0, nobody)
    await raises(AddressInUse, server.tcp.listen(listener.port(), nobody), "a second listener")
    await listener.close()


async def a_port_has_sixteen_bits(make: Make[Pair]) -> None:
    client, server, address = await make()
    for port in (65536 + 80, -1):
        await raises(UsageError, server.tcp.listen(port, nobody), "a listener on no port")
        await raises(UsageError, client.tcp.connect(address, port), "a connection to no port")


async def a_failing_server_loses_one_connection(make: Make[Pair]) -> None:
    client, server, address = await make()

    async def serve(flow: TcpFlow) -> None:
        if await flow.read() == b"fail":
            raise RuntimeError("as the test wants")
        await flow.write(b"fine")

    listener = await server.tcp.listen(0, serve)
    one = await client.tcp.connect(address, listener.port())
    other = await client.tcp.connect(address, listener.port())
    await one.write(b"fail")
    await other.write(b"work")
    equal(await read_all(other), b"fine", "what the other connection got")
    await listener.close()


async def options_are_taken(make: Make[Pair]) -> None:
    """Both sides; that they do what they say is shown with each implementation."""
    client, server, address = await make()
    options = TcpOptions(
        keepalive=30_000_000_000, keepalive_interval=1, keepalive_probes=4, user_time_out=1, no_delay=False
    )

    async def serve(flow: TcpFlow) -> None:
        await flow.write(await read_all(flow))

    listener = await server.tcp.listen(0, serve, options=options)
    flow = await client.tcp.connect(address, listener.port(), options=options)
    await flow.write(b"hello")
    await flow.shutdown(write=True)
    equal(await read_all(flow), b"hello", "what came back")
    await flow.close()
    await listener.close()


async def names_are_resolved(make: Make[Pair]) -> None:
    client, _, address = await make()
    equal(list(await client.resolve(address)), [address], "an address resolved")
    true(len(client.addresses()) > 0, "a stack without addresses")


CHECKS = (
    connects,
    knows_its_peer,
    says_that_nobody_listens,
    a_port_has_one_listener,
    a_port_has_sixteen_bits,
    a_failing_server_loses_one_connection,
    options_are_taken,
    names_are_resolved,
)
