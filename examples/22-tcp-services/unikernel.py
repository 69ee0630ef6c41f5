"""Three of the oldest services: echo (RFC 862), discard (RFC 863) and the character generator (RFC 864)."""

import asyncio

from pymirage.device import Stack, TcpFlow

PRINTABLE = bytes(range(32, 127))
WIDTH = 72


async def echo(flow: TcpFlow) -> None:
    while data := await flow.read():
        await flow.write(data)


async def discard(flow: TcpFlow) -> None:
    while await flow.read():
        pass


async def generate(flow: TcpFlow) -> None:
    """Until the peer has had enough: `write` then raises, which ends the task."""
    twice = PRINTABLE * 2
    while True:
        for start in range(len(PRINTABLE)):
            await flow.write(twice[start : start + WIDTH] + b"\r\n")


async def main(stack: Stack) -> None:
    for port, service in ((7, echo), (9, discard), (19, generate)):
        await stack.tcp.listen(port, service)
    print("serving on", " ".join(stack.addresses()), flush=True)
    await asyncio.Event().wait()
