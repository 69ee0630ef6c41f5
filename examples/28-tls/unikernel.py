"""An authority, a server and a client that show each other certificates, over a flow in memory."""

import asyncio

from pymirage.device import Console, Flow, WallClock
from pymirage.driver.memory.flow import flow_pair
from pymirage.sched.tls import TlsClient, TlsServer
from pymirage.security.x509 import create, keys, oids
from pymirage.security.x509.certificate import Certificate
from pymirage.security.x509.credentials import Credentials
from pymirage.security.x509.trust import Trust


def certify(authority: create.Signer, name: str, purpose: str, now: int) -> Credentials:
    """A new key, and a certificate for it."""
    key = keys.generate()
    public = keys.public_key_of(key)
    return Credentials((create.issue(public, (name,), authority, now, purposes=(purpose,)),), key)


async def serve(tls: TlsServer, below: Flow, console: Console) -> None:
    flow = await tls.accept(below)
    console.write(f"the client is {Certificate(flow.peer_certificate).subject}\n".encode())
    while data := await flow.read():
        await flow.write(data)
    await flow.close()


async def ask(tls: TlsClient, below: Flow, console: Console) -> None:
    flow = await tls.secure(below, "server.test")
    console.write(f"the server is {Certificate(flow.peer_certificate).subject}, {flow.version}\n".encode())
    await flow.write(b"secret")
    console.write(b"received " + await flow.read() + b"\n")
    await flow.close()


async def main(console: Console, clock: WallClock) -> None:
    now = clock.now() // 1_000_000_000
    key = keys.generate()
    authority = create.Signer(create.authority(key, "Example Root", now), key)
    trust = Trust((authority.certificate,))
    server = TlsServer((certify(authority, "server.test", oids.SERVER_AUTH, now),), clients=trust)
    client = TlsClient(trust, credentials=certify(authority, "client.test", oids.CLIENT_AUTH, now))
    ours, theirs = flow_pair()
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(server, theirs, console))
        group.create_task(ask(client, ours, console))
