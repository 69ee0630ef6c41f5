"""Certificates from a store: what cannot be served is told at once; others are taken while it serves."""

from __future__ import annotations

import asyncio

import pytest

from pymirage.driver.host.authorities import authorities
from pymirage.driver.memory.flow import flow_pair
from pymirage.driver.memory.key_value import MemoryKeyValue
from pymirage.sched.host_stack import HostStack
from pymirage.sched.tls.client import TlsClient
from pymirage.sched.tls.server import TlsServer
from pymirage.sched.tls.stored import connect_client, connect_server, trust
from pymirage.security.x509 import create
from pymirage.security.x509.credentials import Credentials, Expired, WrongKey
from pymirage.security.x509.error import KeyFileError
from tests.security import certificates


async def filled(**files: bytes) -> MemoryKeyValue:
    store = MemoryKeyValue()
    for name, content in files.items():
        await store.set(name.replace("_", "."), content)
    return store


def files(*hosts: str, **options: int) -> dict[str, bytes]:
    own = certificates.server(*hosts, **options)
    return {"server_pem": own.chain_pem().encode(), "server_key": own.key.to_pem().encode()}


async def certificate_of(server: TlsServer, client: TlsClient, host: str) -> bytes:
    ours, theirs = flow_pair()
    flow, _ = await asyncio.gather(client.secure(ours, host), server.accept(theirs))
    return flow.peer_certificate


def test_from_a_store_both_sides() -> None:
    async def main() -> None:
        root = certificates.root().certificate
        ca = Credentials((root,), certificates.root().key).chain_pem().encode()
        store = await filled(**files("server.test"), ca_pem=ca)
        stack = await HostStack.connect()
        server = await connect_server(stack, store, hosts="server.test", clients="ca.pem")
        client = await connect_client(stack.tcp, store, name="server")
        with pytest.raises(KeyFileError, match=r"no-such\.pem is not in the store"):
            await connect_server(stack, store, "no-such")
        del server, client

    asyncio.run(main())


@pytest.mark.parametrize(
    ("wrong", "error", "why"),
    (
        (files("server.test", now=certificates.NOW - 9 * create.YEAR), Expired, "expired on"),
        (
            {**files("server.test"), "server_key": files("other.test")["server_key"]},
            WrongKey,
            "server.pem: the private",
        ),
        ({**files("server.test"), "server_pem": b"nothing"}, KeyFileError, "server.pem: no CERTIFICATE"),
        ({"server_pem": files("server.test")["server_pem"]}, KeyFileError, "server.pem: no private key"),
    ),
    ids=("expired", "wrong key", "no certificate", "no key"),
)
def test_told_before_it_is_served(wrong: dict[str, bytes], error: type[KeyFileError], why: str) -> None:
    async def main() -> None:
        stack = await HostStack.connect()
        with pytest.raises(error, match=why):
            await connect_server(stack, await filled(**wrong))

    asyncio.run(main())


def test_others_are_taken_while_it_serves() -> None:
    async def main() -> None:
        store = await filled(**files("server.test"))
        server = await connect_server(await HostStack.connect(), store, reload=1_000_000)
        client = TlsClient(certificates.trust())
        before = await certificate_of(server, client, "server.test")
        # What cannot be served changes nothing.
        await store.set("server.key", b"damaged")
        await asyncio.sleep(0.01)
        assert await certificate_of(server, client, "server.test") == before
        others = files("server.test", "new.test")
        await store.set("server.pem", others["server_pem"])
        await store.set("server.key", others["server_key"])
        async with asyncio.timeout(300):
            while await certificate_of(server, client, "server.test") == before:
                await asyncio.sleep(0)
        for task in server._kept:
            task.cancel()

    asyncio.run(main())


def test_mozillas_authorities() -> None:
    """All of them are read, and none is refused for what authorities must be."""
    pytest.importorskip("certifi")

    async def main() -> None:
        found = await trust(authorities("mozilla"), "cacert.pem")
        assert len(found) > 100
        assert all(each.is_authority() for each in found.anchors)

    asyncio.run(main())
