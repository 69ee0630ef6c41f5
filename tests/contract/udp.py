"""What every Udp keeps (`pymirage.device.udp`), shown on the same pair of stacks as Tcp."""

import asyncio
import errno
from functools import partial

from pymirage.device import Endpoint, Stack, UdpPort
from pymirage.device.error import AddressInUse, Closed
from pymirage.device.udp import LARGEST
from pymirage.error import UsageError
from tests.contract.expect import Make, equal, raises, raises_now
from tests.contract.tcp import Pair

Heard = tuple[bytes, Endpoint, Endpoint]


def ignore(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
    """Takes what comes."""


async def private(server: Stack) -> UdpPort:
    """One that nobody else gets once it is closed: a host gives none so low to who asks for any."""
    while True:
        port = await server.udp.listen(0, ignore)
        low = port.port() // 2
        await port.close()
        try:
            return await server.udp.listen(low, ignore)
        except AddressInUse:
            continue


async def answers(make: Make[Pair]) -> None:
    client, server, address = await make()
    there: asyncio.Queue[Heard] = asyncio.Queue()
    back: asyncio.Queue[Heard] = asyncio.Queue()

    def answer(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
        there.put_nowait((data, source, destination))
        port.send(data[::-1], source)

    def hear(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
        del port
        back.put_nowait((data, source, destination))

    serving = await server.udp.listen(0, answer)
    asking = await client.udp.listen(0, hear)
    asking.send(b"abc", Endpoint(address, serving.port()))
    data, source, destination = await there.get()
    equal(data, b"abc", "what arrived there")
    equal(destination, Endpoint(address, serving.port()), "where it was sent to")
    equal(source.port, asking.port(), "the port that it came from")
    data, answered, _ = await back.get()
    equal((data, answered), (b"cba", destination), "what came back, and from where")
    await serving.close()
    await asking.close()


async def long_ones_arrive_whole(make: Make[Pair]) -> None:
    client, server, address = await make()
    there: asyncio.Queue[bytes] = asyncio.Queue()

    def receive(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
        del port, source, destination
        there.put_nowait(data)

    serving = await server.udp.listen(0, receive)
    asking = await client.udp.listen(0, ignore)
    for size in (0, 1, 1472, 1473, 20_000):
        asking.send(bytes(size), Endpoint(address, serving.port()))
        equal(len(await there.get()), size, "the length of what arrived")
    to = Endpoint(address, serving.port())
    raises_now(UsageError, lambda: asking.send(bytes(LARGEST + 1), to), "a datagram that is too long")
    await serving.close()
    await asking.close()


async def a_failing_receiver_loses_one_datagram(make: Make[Pair]) -> None:
    client, server, address = await make()
    there: asyncio.Queue[bytes] = asyncio.Queue()

    def receive(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
        del port, source, destination
        if data == b"fail":
            raise RuntimeError("as the test wants")
        there.put_nowait(data)

    serving = await server.udp.listen(0, receive)
    asking = await client.udp.listen(0, ignore)
    asking.send(b"fail", Endpoint(address, serving.port()))
    asking.send(b"work", Endpoint(address, serving.port()))
    equal(await there.get(), b"work", "what arrived after the failure")
    await serving.close()
    await asking.close()


async def closed(make: Make[Pair]) -> None:
    _, server, address = await make()
    port = await private(server)
    number = port.port()
    await raises(AddressInUse, server.udp.listen(number, ignore), "a port that is taken")
    await port.close()
    await port.close()
    raises_now(Closed, lambda: port.send(b"x", Endpoint(address, 9)), "send after close")
    await (await server.udp.listen(number, ignore)).close()


async def a_port_has_sixteen_bits(make: Make[Pair]) -> None:
    client, _, address = await make()
    port = await client.udp.listen(0, ignore)
    for number in (65536 + 80, -1):
        await raises(UsageError, client.udp.listen(number, ignore), "no port to listen on")
        raises_now(UsageError, partial(port.send, b"x", Endpoint(address, number)), "a datagram to no port")
    await port.close()


async def tells_what_did_not_arrive(make: Make[Pair]) -> None:
    client, server, address = await make()
    told: asyncio.Queue[tuple[Endpoint, OSError]] = asyncio.Queue()
    back: asyncio.Queue[bytes] = asyncio.Queue()

    def receive(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
        del port, source, destination
        back.put_nowait(data)

    def failed(port: UdpPort, destination: Endpoint, error: OSError) -> None:
        del port
        told.put_nowait((destination, error))
        if len(told_of) == 0:
            told_of.append(destination)
            raise RuntimeError("as the test wants")

    told_of: list[Endpoint] = []
    serving = await private(server)
    there = Endpoint(address, serving.port())
    await serving.close()
    asking = await client.udp.listen(0, receive, failed=failed)
    for _ in range(2):
        asking.send(b"abc", there)
        destination, error = await told.get()
        equal(destination, there, "what was not reached")
        equal(error.errno, errno.ECONNREFUSED, "why")
    serving = await server.udp.listen(there.port, lambda port, data, source, _: port.send(data, source))
    asking.send(b"now", there)
    equal(await back.get(), b"now", "what came back later")
    await serving.close()
    await asking.close()


async def groups(make: Make[Pair]) -> None:
    client, _, _ = await make()
    port = await client.udp.listen(0, ignore)
    raises_now(UsageError, lambda: port.join("10.0.0.1"), "a group that is none")
    raises_now(UsageError, lambda: port.join("all"), "a group that is no address")
    port.leave("239.9.9.9")
    await port.close()


CHECKS = (
    a_port_has_sixteen_bits,
    tells_what_did_not_arrive,
    groups,
    answers,
    long_ones_arrive_whole,
    a_failing_receiver_loses_one_datagram,
    closed,
)
