"""Fetches pages by HTTPS, from who can prove to be the one that was asked for."""

from collections.abc import Sequence

from pymirage.device import Stack
from pymirage.device.error import NoConnection
from pymirage.sched.tls import TlsClient
from pymirage.web.client import Client


async def main(stack: Stack, tls: TlsClient, *, urls: Sequence[str]) -> None:
    async with Client(stack.tcp, secure=tls.secure) as client:
        for url in urls:
            try:
                response = await client.get(url)
                print(f"{response.status} from {response.url}: {(await response.text()).strip()}", flush=True)
            except NoConnection as error:
                print(error, flush=True)
