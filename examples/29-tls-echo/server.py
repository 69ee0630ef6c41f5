"""Returns what it is sent, to clients whose certificate is of our authority."""

import asyncio

from pymirage.device import Tcp, TcpFlow


async def serve(flow: TcpFlow) -> None:
    while data := await flow.read():
        await flow.write(data)


async def main(tls: Tcp, *, port: int) -> None:
    listener = await tls.listen(port, serve)
    print("serving on port", listener.port(), flush=True)
    await asyncio.Event().wait()
