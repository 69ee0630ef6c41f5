"""Asks a memcached server with aiomcache, a client from PyPI that knows asyncio and nothing of pymirage."""

import aiomcache

from pymirage.device import Stack


async def main(stack: Stack, *, server: str) -> None:
    print("asking", server, "from", " ".join(stack.addresses()), flush=True)
    client = aiomcache.Client(server)
    await client.set(b"greeting", b"hello from a unikernel")
    print((await client.get(b"greeting") or b"nothing").decode(), flush=True)
    await client.close()
