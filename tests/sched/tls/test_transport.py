"""TLS as a transport: a flow over it keeps the contract of every flow; ends and failures have names."""

from __future__ import annotations

import asyncio
import ssl
import sys

import pytest

from pymirage.device import Flow
from pymirage.device.error import ConnectionLost
from pymirage.sched.host_stack import HostStack
from pymirage.sched.stream_flow import StreamFlow
from pymirage.sched.tls import TlsClient, TlsServer
from tests.contract import flow as contract
from tests.contract.fixture import Check, each
from tests.sched.tls.test_flow import a_client, only, run
from tests.security import certificates

HOST = "localhost"


class Pairs:
    """Connections between a client's flow and a protocol of the server's."""

    def __init__(self, **options: float) -> None:
        self.options = options
        self.arrived: asyncio.Queue[StreamFlow] = asyncio.Queue()

    async def start(self) -> int:
        stack = await HostStack.connect()
        self.client_tcp = stack.tcp
        self.tls = TlsServer((certificates.server(HOST),), stack.tcp, **self.options)  # type: ignore[arg-type]
        self.listener = await self.tls.listen_protocol(0, self.make, address="127.0.0.1")
        return self.listener.port()

    def make(self, _: object) -> StreamFlow:
        return StreamFlow(self.arrived.put_nowait)

    async def pair(self, client: TlsClient | None = None) -> tuple[Flow, Flow]:
        port = await self.start()
        made = TlsClient(certificates.trust()) if client is None else client
        self.below = await self.client_tcp.connect("127.0.0.1", port)
        return await made.secure(self.below, HOST), await self.arrived.get()


@each(*contract.CHECKS)
@pytest.mark.parametrize("accepted", (False, True), ids=("connected", "accepted"))
def test_a_flow_over_it_keeps_the_contract(check: Check, accepted: bool) -> None:
    pairs = Pairs()

    async def make() -> tuple[Flow, Flow]:
        client, server = await pairs.pair()
        return (server, client) if accepted else (client, server)

    async def main() -> None:
        await check(make)
        await pairs.listener.close()

    run(main)


def test_cut_off() -> None:
    async def main() -> None:
        pairs = Pairs()
        flow, theirs = await pairs.pair()
        await flow.write(b"all?")
        assert await theirs.read() == b"all?"
        await pairs.below.close()
        with pytest.raises(ConnectionLost, match="the peer did not say that this is the end"):
            await theirs.read()
        await pairs.listener.close()

    run(main)


def test_a_changed_octet() -> None:
    async def main() -> None:
        pairs = Pairs()
        flow, theirs = await pairs.pair()
        await pairs.below.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        with pytest.raises(ConnectionLost, match="bad record mac"):
            await theirs.read()
        with pytest.raises(ConnectionLost, match="alert bad record mac"):
            await flow.read()
        await pairs.listener.close()

    run(main)


def test_tls_1_2_has_no_halves() -> None:
    async def main() -> None:
        client = a_client()
        only(ssl.TLSVersion.TLSv1_2, client)
        pairs = Pairs()
        ours, theirs = await pairs.pair(client)
        await ours.shutdown(write=True)
        assert await theirs.read() == b""
        assert await contract.read_all(ours) == b""
        with pytest.raises(ConnectionLost):
            await theirs.write(b"too late")
        await pairs.listener.close()

    run(main)


def test_handshakes_that_fail_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        pairs = Pairs()
        port = await pairs.start()
        for octets in (b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01"):
            below = await pairs.client_tcp.connect("127.0.0.1", port)
            await below.write(octets)
            await below.shutdown(write=True)
            await contract.read_all(below)
            await below.close()
        pairs.tls._timeout = 0.05
        silent = await pairs.client_tcp.connect("127.0.0.1", port)
        assert await silent.read() == b""
        await silent.close()
        monkeypatch.setattr(sys.modules[TlsServer.__module__], "MOST_HANDSHAKES", 0)
        refused = await pairs.client_tcp.connect("127.0.0.1", port)
        assert await refused.read() == b""
        await refused.close()
        assert pairs.tls.counts == {
            "http request": 1,
            "the peer went away": 1,
            "no handshake in time": 1,
            "too many at once": 1,
        }
        assert pairs.tls._handshakes == 0
        await pairs.listener.close()

    run(main)
