"""Fetches a page, with redirects, and measures a download that it does not keep."""

import time

from pymirage.device import Stack
from pymirage.protocol.http.fields import Fields
from pymirage.web.client import Client, Settings


async def main(stack: Stack, *, url: str) -> None:
    async with Client(stack.tcp, Settings(total=60)) as client:
        response = await client.get(url, Fields.of(("accept", "text/plain")))
        print(f"{response.status} from {response.url}: {(await response.text()).strip()}")

        started, size = time.monotonic(), 0
        async with await client.get(f"{url}large") as response:
            while piece := await response.read():
                size += len(piece)
        print(f"{size} bytes, {size / 1e6 / (time.monotonic() - started):.0f} MB/s")

        answer = await client.post(f"{url}echo", b"hello from a unikernel")
        print(f"{answer.status}: {await answer.text()}", flush=True)
