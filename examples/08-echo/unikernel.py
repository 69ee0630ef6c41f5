"""A server that returns what it is sent, and a client, over a flow in memory."""

import asyncio

from pymirage.device import Console, Flow
from pymirage.driver.memory.flow import flow_pair


async def serve(flow: Flow) -> None:
    while data := await flow.read():
        await flow.write(data)
    await flow.close()


async def ask(flow: Flow, console: Console) -> None:
    for word in (b"one", b"two", b"three"):
        await flow.write(word)
        console.write(b"sent " + word + b", received " + await flow.read() + b"\n")
    await flow.shutdown(write=True)
    console.write(b"the server has gone\n" if not await flow.read() else b"what is this?\n")
    await flow.close()


async def main(console: Console) -> None:
    ours, theirs = flow_pair()
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(theirs))
        group.create_task(ask(ours, console))
