"""What programs spend their time with, in pieces of some milliseconds. Runs on any Python, with nothing else.

No asserts: images are compiled without them.
"""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable

ROUNDS = 7

DOCUMENT = [
    {"name": f"item {i}", "price": i * 1.25, "tags": ["a", "b", str(i)], "gone": None} for i in range(300)
]
LOG = "\n".join(
    f'10.0.0.{i % 250} - - [21/Nov/2026:09:{i % 60:02}] "GET /page/{i}?q={i * 7} HTTP/1.1" 200 {i * 13}'
    for i in range(1000)
)
LINE = re.compile(
    r'^(\S+) \S+ \S+ \[([^\]]+)\] "(GET|POST) ([^ ?]+)(?:\?(\S*))? HTTP/1\.[01]" (\d{3}) (\d+)$',
    re.MULTILINE,
)


async def json_both_ways() -> None:
    for _ in range(10):
        json.loads(json.dumps(DOCUMENT))


async def regular_expressions() -> None:
    for _ in range(5):
        sum(int(match[7]) for match in LINE.finditer(LOG))


async def strings_and_dicts() -> None:
    for _ in range(10):
        counts: dict[str, int] = {}
        for line in LOG.split("\n"):
            address, _, rest = line.partition(" ")
            counts[address] = counts.get(address, 0) + len(rest.split(" "))
        ",".join(sorted(counts))


async def calls_and_attributes() -> None:
    class Counter:
        def __init__(self) -> None:
            self.value = 0

        def add(self, more: int) -> int:
            self.value += more
            return self.value

    counter = Counter()
    for i in range(150_000):
        counter.add(i & 3)


async def small_objects() -> None:
    for _ in range(5):
        nodes: list[tuple[int, list[int]]] = [(i, [i, i + 1]) for i in range(15_000)]
        {id(node) for node in nodes}


async def octets_of_a_frame() -> None:
    frame = bytes(range(256)) * 6
    kept = bytearray()
    for i in range(20_000):
        kept += frame[i % 64 : 1460]
        if len(kept) > 65536:
            del kept[:65536]


async def digest() -> None:
    content = bytes(1460)
    for _ in range(2500):
        hashlib.sha256(content).digest()


async def ping_pong() -> None:
    there: asyncio.Queue[int] = asyncio.Queue()
    back: asyncio.Queue[int] = asyncio.Queue()

    async def answer() -> None:
        while number := await there.get():
            back.put_nowait(number)

    task = asyncio.create_task(answer())
    for number in range(1, 2500):
        there.put_nowait(number)
        await back.get()
    there.put_nowait(0)
    await task


async def tasks() -> None:
    async def one(number: int) -> int:
        await asyncio.sleep(0)
        return number

    for _ in range(5):
        await asyncio.gather(*map(one, range(200)))


WORKLOADS: tuple[Callable[[], Awaitable[None]], ...] = (
    *(json_both_ways, regular_expressions, strings_and_dicts, calls_and_attributes, small_objects),
    *(octets_of_a_frame, digest, ping_pong, tasks),
)


async def measure() -> dict[str, float]:
    """Milliseconds of each, the best of some rounds."""
    found = {}
    for workload in WORKLOADS:
        best = float("inf")
        for _ in range(ROUNDS):
            started = time.perf_counter()
            await workload()
            best = min(best, time.perf_counter() - started)
        found[workload.__name__] = best * 1000
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure())))
