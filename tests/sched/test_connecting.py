"""Happy Eyeballs (RFC 8305) from names to connections: the race starts with the first useful answer."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import Any

import pytest

from pymirage.wire import dns
from tests.sched.test_network import NameServer, Place, echo, run, serve, streams


class SlowNameServer(NameServer):
    """Answers a question of a kind only after so many seconds; None: never."""

    def __init__(self, delays: dict[int, float | None]) -> None:
        self.delays = delays

    def datagram_received(self, data: bytes, addr: Any) -> None:
        asked = dns.parse(data)
        assert isinstance(asked, dns.Message) and asked.question is not None
        delay = self.delays.get(asked.question.kind, 0.0)
        if delay is not None:
            asyncio.get_running_loop().call_later(delay, super().datagram_received, data, addr)


async def timed(one: Place, other: Place, delays: dict[int, float | None]) -> tuple[str, float]:
    """Which address won, and after how long."""
    await other.network.create_datagram_endpoint(lambda: SlowNameServer(delays), ("0.0.0.0", 53))
    await serve(other, echo)
    one.resolving.core.servers.set("test", (ip_address("10.0.0.2").packed,))
    loop = asyncio.get_running_loop()
    began = loop.time()
    _, writer = await streams(one, "www.test", 80)
    return writer.get_extra_info("peername")[0], loop.time() - began


@pytest.mark.parametrize(
    ("delays", "winner", "least", "most"),
    [
        ({dns.A: None}, "fd00::2", 0, 0.02),
        ({dns.AAAA: None}, "10.0.0.2", 0.05, 0.07),
        ({dns.AAAA: 0.03, dns.A: 0.01}, "10.0.0.2", 0.03, 0.05),
        ({dns.AAAA: 0.2, dns.A: 0.01}, "10.0.0.2", 0.06, 0.08),
        ({dns.AAAA: 0.01, dns.A: 0.2}, "fd00::2", 0.01, 0.03),
    ],
    ids=["no A", "no AAAA", "AAAA in time", "AAAA late", "A late"],
)
def test_race_starts_at_the_first_useful_answer(
    delays: dict[int, float | None], winner: str, least: float, most: float
) -> None:
    async def story(one: Place, other: Place) -> None:
        address, took = await timed(one, other, delays)
        assert address == winner
        assert least <= took < most

    run(story)


def test_late_answer_joins_a_race_that_goes_badly() -> None:
    async def story(one: Place, other: Place) -> None:
        await other.network.create_datagram_endpoint(lambda: SlowNameServer({dns.A: 0.5}), ("0.0.0.0", 53))
        await serve(other, echo, "0.0.0.0")
        one.resolving.core.servers.set("test", (ip_address("10.0.0.2").packed,))
        _, writer = await streams(one, "www.test", 80)
        assert writer.get_extra_info("peername")[0] == "10.0.0.2"

    run(story)


def test_what_goes_wrong_is_said() -> None:
    async def story(one: Place, other: Place) -> None:
        await other.network.create_datagram_endpoint(NameServer, ("0.0.0.0", 53))
        one.resolving.core.servers.set("test", (ip_address("10.0.0.2").packed,))
        with pytest.raises(OSError, match=r"10\.0\.0\.2 port 80: .*fd00::2 port 80: .*refused"):
            await streams(one, "www.test", 80)
        with pytest.raises(ExceptionGroup) as group:
            await streams(one, "www.test", 80, all_errors=True)
        assert len(group.value.exceptions) == 2
        with pytest.raises(OSError, match=r"'nowhere\.test' is not known"):
            await streams(one, "nowhere.test", 80)
        one.resolving.core.servers.set("test", (ip_address("10.0.0.77").packed,))
        with pytest.raises(OSError, match=r"no DNS server could be asked for the name 'other\.test'"):
            await streams(one, "other.test", 80)

    run(story)


def test_giving_up_leaves_nothing_behind() -> None:
    async def story(one: Place, other: Place) -> None:
        await other.network.create_datagram_endpoint(
            lambda: SlowNameServer({dns.A: 9, dns.AAAA: 9}), ("::", 53)
        )
        one.resolving.core.servers.set("test", (ip_address("10.0.0.2").packed,))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await streams(one, "www.test", 80)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await streams(one, "10.0.0.99", 80)
        await asyncio.sleep(0)
        assert one.stack.host.tcp.count() == 0
        assert not one.stack.host.udp.sockets

    run(story)
