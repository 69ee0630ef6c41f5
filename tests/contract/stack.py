"""What every Stack keeps (`pymirage.device.stack`), shown on two stacks, or one stack and itself.

`make` gives (server's stack, client's stack, the address by which the client reaches the server).
"""

import asyncio

from pymirage.device import Flow, Peer, Stack
from pymirage.device.error import Closed, ConnectionLost
from pymirage.error import UsageError
from tests.contract.expect import Make, equal, raises, raises_now, true

Pair = tuple[Stack, Stack, str]


async def echo(flow: Flow, peer: Peer) -> None:
    true(peer.port > 0, f"the peer's port is {peer.port}")
    while data := await flow.read():
        await flow.write(data)


async def connections(make: Make[Pair]) -> None:
    server, client, address = await make()
    listener = await server.listen(0, echo)
    true(listener.port() > 0, "a port was chosen")
    flow = await client.open(address, listener.port())
    sent = bytes(range(256)) * 1000
    writing = asyncio.create_task(flow.write(sent))
    received = b""
    while len(received) < len(sent):
        received += await flow.read()
    await writing
    true(received == sent, "256 kB came back changed")
    await flow.shutdown(write=True)
    equal(await flow.read(), b"", "after both ends")
    await flow.close()
    await listener.close()
    await listener.close()


async def several_connections(make: Make[Pair]) -> None:
    server, client, address = await make()
    listener = await server.listen(0, echo)

    async def one(number: int) -> None:
        flow = await client.open(address, listener.port())
        await flow.write(b"%d" % number)
        equal(await flow.read(), b"%d" % number, "the echo")
        await flow.close()

    await asyncio.gather(*[one(number) for number in range(20)])
    await listener.close()


async def nobody_listens(make: Make[Pair]) -> None:
    server, client, address = await make()
    listener = await server.listen(0, echo)
    port = listener.port()
    await listener.close()
    await raises(ConnectionLost, client.open(address, port), "open to a closed port")


async def port_taken(make: Make[Pair]) -> None:
    server, _, _ = await make()
    listener = await server.listen(0, echo)
    await raises(UsageError, server.listen(listener.port(), echo), "listen twice")
    await listener.close()
    again = await server.listen(listener.port(), echo)
    await again.close()
    datagrams = await server.datagrams()
    await raises(UsageError, server.datagrams(datagrams.port()), "datagrams twice")
    await datagrams.close()


async def failing_server(make: Make[Pair]) -> None:
    """What `serve` raises ends its flow, not the server."""
    server, client, address = await make()
    calls = 0

    async def fail_first(flow: Flow, peer: Peer) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ZeroDivisionError("wanted by the check")
        await echo(flow, peer)

    listener = await server.listen(0, fail_first)
    flow = await client.open(address, listener.port())
    try:
        ended = await flow.read() == b""
    except ConnectionLost:
        ended = True
    true(ended, "the flow of a server that failed goes on")
    flow = await client.open(address, listener.port())
    await flow.write(b"x")
    equal(await flow.read(), b"x", "the next connection")
    await flow.close()
    await listener.close()


async def datagrams_go_both_ways(make: Make[Pair]) -> None:
    server, client, address = await make()
    theirs, ours = await server.datagrams(), await client.datagrams()
    for size in (1, 1400, 20_000):
        ours.send(bytes(size), address, theirs.port())
        async with asyncio.timeout(5):
            came = await theirs.receive()
        equal(came.data, bytes(size), f"a datagram of {size} bytes")
        equal(came.sender.port, ours.port(), "the sender's port")
        theirs.send(b"answer", came.sender.address, came.sender.port)
        async with asyncio.timeout(5):
            answer = await ours.receive()
        equal((answer.data, answer.sender), (b"answer", Peer(address, theirs.port())), "the answer")
    raises_now(UsageError, lambda: ours.send(bytes(70_000), address, 9), "a datagram that is too long")
    waiting = asyncio.create_task(ours.receive())
    await asyncio.sleep(0)
    await ours.close()
    await ours.close()
    await raises(Closed, waiting, "receive while the port is closed")
    raises_now(Closed, lambda: ours.send(b"", address, 9), "send after close")
    await theirs.close()


async def addresses_resolve_to_themselves(make: Make[Pair]) -> None:
    _, client, address = await make()
    equal(await client.resolve(address), [address], f"resolve({address!r})")


CHECKS = (
    connections,
    several_connections,
    nobody_listens,
    port_taken,
    failing_server,
    datagrams_go_both_ways,
    addresses_resolve_to_themselves,
)
