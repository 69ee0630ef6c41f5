"""A server that runs for years holds nothing of who has gone: objects by type, counted exactly.

The same on every target, so it is shown on one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot_images.harness import Lab
from tests.boot_images.network import STATIC, of_image, require_network, tell

APP = Path(__file__).parent / "apps" / "census"


@pytest.fixture(autouse=True)
def once(lab: Lab) -> None:
    if lab.target != "spt":
        pytest.skip("the same on every target: shown on one")


def test_connections_that_end_leave_nothing(lab: Lab) -> None:
    require_network()
    tell("leave_nothing", of_image(lab, lab.build(APP), *STATIC), side="census_side")


TLS = """
import asyncio
import ssl
import time
from contextlib import suppress

from alive import alive

from pymirage.driver.memory.flow import flow_pair
from pymirage.error import PeerError
from pymirage.sched.tls import TlsClient, TlsServer
from pymirage.security.x509 import create, keys
from pymirage.security.x509.credentials import Credentials
from pymirage.security.x509.trust import Trust

TIMES = 30


def cut(client: TlsClient) -> None:
    "This one leaves within the handshake."
    client._timeout = 0


def old(client: TlsClient) -> None:
    client._context.maximum_version = ssl.TLSVersion.TLSv1_2


def without_tickets(client: TlsClient) -> None:
    old(client)
    client._context.options |= ssl.OP_NO_TICKET


async def serve(server: TlsServer, below) -> None:
    with suppress(PeerError):
        flow = await server.accept(below)
        await flow.write(await flow.read())
        await flow.close()


async def visit(server: TlsServer, client: TlsClient) -> None:
    ours, theirs = flow_pair()
    serving = asyncio.create_task(serve(server, theirs))
    with suppress(PeerError):
        flow = await client.secure(ours, "a.test")
        await flow.write(b"hello")
        await flow.read()
        await flow.close()
    await serving


async def main() -> None:
    now, key, own = int(time.time()), keys.generate(), keys.generate()
    authority = create.Signer(create.authority(key, "Root", now), key)
    mine = create.issue(keys.public_key_of(own), ["a.test"], authority, now)
    server = TlsServer((Credentials((mine,), own),))
    for way in (None, old, without_tickets, cut):
        counts = []
        for _ in range(3):
            for _ in range(TIMES):
                # Each one a stranger, or sessions would be resumed.
                client = TlsClient(Trust((authority.certificate,)))
                if way:
                    way(client)
                await visit(server, client)
            del client
            counts.append(alive())
        kept = server._context.session_stats()
        grown = sum(counts[2].values()) - sum(counts[1].values())
        print(way.__name__ if way else "new", grown < TIMES // 3, kept["number"], kept["accept"], flush=True)
"""


def test_handshakes_leave_nothing(lab: Lab) -> None:
    """OpenSSL's own store of sessions neither: it would hold a kilobyte of each client without tickets."""
    alive = (APP / "alive.py").read_text()
    run = lab.boot(lab.build({"unikernel.py": TLS, "alive.py": alive}))
    lines = [line.split() for line in run.console.splitlines()]
    assert [line[:3] for line in lines] == [
        ["new", "True", "0"],
        ["old", "True", "0"],
        ["without_tickets", "True", "0"],
        ["cut", "True", "0"],
    ], run.console
    assert int(lines[2][3]) >= 270, "they did shake hands"
