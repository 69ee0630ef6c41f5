"""Works like a server that runs for months: a cache whose entries are replaced, requests that come and go.

Prints the octets of the heap that are in use, once for each of three or more rounds of 1200 requests.
"""

import asyncio
import json
import random
import time

from pymirage.driver.solo5 import _contract

# Objects, pieces of frames, frames, coalesced frames and documents.
SIZES = (40, 300, 550, 1500, 1500, 4000, 9000, 30_000, 70_000)
ENTRIES = 600


async def request(cache: dict[int, bytes], choose: random.Random) -> int:
    """Reads a body piece by piece, decodes a document, replaces an entry."""
    body = bytearray()
    for _ in range(choose.randrange(1, 40)):
        body += bytes(choose.randrange(1500))
        await asyncio.sleep(0)
    items = [{"number": number} for number in range(choose.randrange(100))]
    document = json.loads(json.dumps({"size": len(body), "items": items}))
    cache[choose.randrange(ENTRIES)] = bytes(choose.randrange(choose.choice(SIZES)))
    return int(document["size"])


async def main(*, seconds: int) -> None:
    cache: dict[int, bytes] = {}
    choose = random.Random(7)
    until = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < until or rounds < 3:
        rounds += 1
        for _ in range(40):
            await asyncio.gather(*(request(cache, choose) for _ in range(30)))
        _, used, _ = _contract.memory()
        print(used)
