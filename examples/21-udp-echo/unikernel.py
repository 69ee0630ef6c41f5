"""The echo protocol over UDP (RFC 862): every datagram goes back to where it came from."""

import asyncio

from pymirage.device import Endpoint, Stack, UdpPort

ECHO = 7


def answer(port: UdpPort, data: bytes, source: Endpoint, destination: Endpoint) -> None:
    print(f"{len(data)} bytes from {source} to {destination}", flush=True)
    port.send(data, source)


async def main(stack: Stack) -> None:
    await stack.udp.listen(ECHO, answer)
    print("answering on", " ".join(stack.addresses()), flush=True)
    await asyncio.Event().wait()
