"""Stories of bad peers: whatever one does, another connection works and memory stays bounded.

`python -m tests.interop.attacks STORY OPTION=VALUE …`, inside of the namespace.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from random import Random

from pymirage.net.tcp import window
from pymirage.net.tcp.connection import Connection
from pymirage.net.tcp.keepalive import Keepalive
from pymirage.wire import tcp
from pymirage.wire.drop import Drop
from tests.interop.inside import connect, digest_of, main, pump, serve, story
from tests.interop.laboratory import LINUX4, OURS4, TAP, Wire, run, wire
from tests.interop.raw import TCP, Attacker, ip_header, tcp_segment

MEBIBYTE = 1 << 20
SECOND = 1_000_000_000
SEGMENT = 1460
ECHO, PORT = 7, 8000
GUEST4 = "10.9.0.77"
"""An address that Linux has for a while."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


class Bystander:
    """A connection of somebody else, from Linux to us, which must go on working."""

    def __init__(self, streams: Streams) -> None:
        self.reader, self.writer = streams
        self.number = 0

    async def works(self) -> None:
        self.number += 1
        sent = Random(self.number).randbytes(5000)
        self.writer.write(sent)
        assert await self.reader.readexactly(len(sent)) == sent

    async def leaves(self) -> None:
        self.writer.write_eof()
        assert await self.reader.read() == b""
        self.writer.close()


@asynccontextmanager
async def under_attack(offloads: bool = True) -> AsyncIterator[tuple[Wire, Bystander]]:
    async with wire(offloads=offloads) as us:
        await serve(us.network, echo, OURS4, ECHO)
        other = Bystander(await connect(asyncio.get_running_loop(), OURS4, ECHO))
        await other.works()
        yield us, other
        await other.works()
        await other.leaves()


def resident() -> int:
    """Octets of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def connections(us: Wire, port: int) -> list[Connection]:
    """Our ends of the connections to a port of ours."""
    found = []
    for each in us.stack.host.tcp.table.chains:
        while each is not None:
            if each.local_port == port:
                found.append(each)
            each = each.next
    return found


def connection_of(us: Wire, other: Bystander) -> Connection:
    """Our end of it: what a blind attacker does not know."""
    port = other.writer.get_extra_info("sockname")[1]
    return next(each for each in connections(us, ECHO) if each.remote_port == port)


def _octets(address: str) -> bytes:
    return socket.inet_aton(address)


@story
async def syn_flood(size: int) -> None:
    """`size` SYNs of strangers: cookies answer, nothing grows, newcomers still come in."""
    async with under_attack() as (us, other):
        core = us.stack.host.tcp
        listener = core.listeners[ECHO][0]
        with Attacker() as attacker:
            for number in range(size):
                numbers = attacker.random.getrandbits(32), 0
                attacker.segment(attacker.stranger(), (1024 + number % 60_000, ECHO), numbers, tcp.SYN)
                if number % 32 == 31:
                    await asyncio.sleep(0)
                if number == size // 2:
                    await other.works()
                    half = resident()
            await other.works()
        assert listener.half_open == listener.backlog, f"{listener.half_open} connections are half open"
        newcomer = Bystander(await connect(asyncio.get_running_loop(), OURS4, ECHO))
        await newcomer.works()
        assert core.count() == listener.backlog + 2, f"{core.count()} connections"
        assert resident() - half < 4 * MEBIBYTE, f"grew by {resident() - half} octets"
        await newcomer.leaves()


@story
async def slow_reader(size: int) -> None:
    """Linux does not read for a while: its window is zero, we hold no more than our bound."""
    async with under_attack() as (us, other):
        sent = Random(3).randbytes(size)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def give(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await pump(writer, sent)
            await reader.read()
            writer.close()
            done.set_result(None)

        await serve(us.network, give, OURS4, PORT)
        reader, writer = await connect(asyncio.get_running_loop(), OURS4, PORT)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        core = us.stack.host.tcp
        ours = connections(us, PORT)[0]
        while ours.snd_wnd >= SEGMENT:
            await asyncio.sleep(0.01)
        await other.works()
        assert 0 < core.memory.used <= core.settings.send_maximum + MEBIBYTE
        assert not done.done()
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await digest_of(reader) == sha256(sent).hexdigest()
        writer.close()
        await done


@story
async def slow_application(size: int) -> None:
    """We do not read for a while: our window is zero, Linux keeps the rest."""
    async with under_attack() as (us, other):
        sent = Random(4).randbytes(size)
        go = asyncio.Event()
        found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await go.wait()
            found.set_result(await digest_of(reader))
            writer.close()

        await serve(us.network, take, OURS4, PORT)
        reader, writer = await connect(asyncio.get_running_loop(), OURS4, PORT)
        pumping = asyncio.ensure_future(pump(writer, sent))
        core = us.stack.host.tcp
        while not any(window.room(each) < SEGMENT for each in connections(us, PORT)):
            await asyncio.sleep(0.01)
        await other.works()
        assert 0 < core.memory.used <= core.settings.receive_maximum
        assert not pumping.done()
        go.set()
        assert await found == sha256(sent).hexdigest()
        await pumping
        assert await reader.read() == b""
        writer.close()


@story
async def silent_peer() -> None:
    """Linux loses the address that a peer had: unacknowledged data and keepalive both find out."""
    async with under_attack() as (us, other):
        core = us.stack.host.tcp
        core.settings.user_time_out = SECOND
        run(f"ip address add {GUEST4}/32 dev {TAP}")
        ended: asyncio.Queue[str] = asyncio.Queue()

        async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            what = (await reader.readexactly(5)).decode()
            connection = next(each for each in connections(us, PORT) if each.remote_port == _port(writer))
            if what == "asked":
                connection.set_keepalive(Keepalive(SECOND // 10, SECOND // 10, 3), us.stack.now())
            greeted.set_result(writer)
            try:
                await reader.read()
            except OSError as error:
                assert isinstance(error, TimeoutError), error
                ended.put_nowait(what)

        await serve(us.network, wait, OURS4, PORT)
        silent = []
        for what in ("asked", "owing"):
            greeted: asyncio.Future[asyncio.StreamWriter] = asyncio.Future()
            silent.append(await guest(PORT))
            silent[-1].sendall(what.encode())
            writer = await greeted
            if what == "owing":
                run(f"ip address del {GUEST4}/32 dev {TAP}")
                writer.write(b"into the void")
        await other.works()
        seen = {await ended.get() for _ in silent}
        assert seen == {"asked", "owing"}
        assert core.count() == 1, f"{core.count()} connections"
        for each in silent:
            each.close()


def _port(writer: asyncio.StreamWriter) -> int:
    port: int = writer.get_extra_info("peername")[1]
    return port


async def guest(port: int) -> socket.socket:
    """A connection from the address that will go away."""
    made = socket.socket()
    made.setblocking(False)
    made.bind((GUEST4, 0))
    await asyncio.get_running_loop().sock_connect(made, (OURS4, port))
    return made


@story
async def resets(size: int) -> None:
    """RFC 5961: RST, SYN and ACK of somebody who knows addresses and ports but not the numbers."""
    async with under_attack() as (us, other):
        connection = connection_of(us, other)
        ports = int(connection.remote_port), int(connection.local_port)
        source = _octets(LINUX4)
        with Attacker() as attacker:
            for number in range(size):
                blind = attacker.random.getrandbits(32)
                near = int(connection.rcv_nxt) + 1 + number % 10_000
                for flags in (tcp.RST, tcp.RST | tcp.ACK, tcp.SYN, tcp.FIN | tcp.ACK, tcp.ACK):
                    attacker.segment(source, ports, (blind, blind ^ 0x8000_0000), flags)
                for flags in (tcp.RST, tcp.SYN):
                    attacker.segment(source, ports, (near, blind), flags)
                if number % 16 == 0:
                    await other.works()
        await other.works()
        assert connection_of(us, other) is connection
        drops = us.port.attachment.interface.counters.drops
        assert sum(drops.values()) >= 7 * size, drops


@story
async def errors(size: int) -> None:
    """RFC 5927: ICMP errors about a connection, from somebody who does not see its segments."""
    async with under_attack() as (us, other):
        connection = connection_of(us, other)
        ports = int(connection.local_port), int(connection.remote_port)
        ours, theirs = _octets(OURS4), _octets(LINUX4)
        mss = connection.segment_size
        with Attacker() as attacker:
            for number in range(size):
                blind = int(connection.snd_nxt) + 0x4000_0000 + number * 4096
                near = int(connection.snd_una)
                # What is in flight, an attacker has to guess: an error about that would be believed.
                while connection.snd_nxt != near:
                    await asyncio.sleep(0.001)
                    near = int(connection.snd_una)
                for sequence in (blind, near):
                    quoted = tcp_segment(ours, theirs, ports, (sequence, 0), tcp.ACK)
                    about = ip_header(TCP, ours, theirs, 1480) + quoted
                    for code in (0, 1, 2, 3):
                        attacker.error(attacker.stranger(), (3, code), 0, about)
                    attacker.error(attacker.stranger(), (4, 0), 0, about)
                    attacker.error(attacker.stranger(), (11, 0), 0, about)
                    attacker.error(attacker.stranger(), (3, 4), 68, about)
                if number % 16 == 0:
                    await other.works()
        await other.works()
        assert connection_of(us, other) is connection
        assert connection.segment_size == mss, "a forged error made segments smaller"
        drops = us.port.attachment.interface.counters.drops
        assert drops.get(Drop.ICMP_UNRELATED, 0) > 0, drops


class Seen:
    """What Linux tells of the connection."""

    def __init__(self) -> None:
        self.text = run(f"ss -tinH dst {OURS4}")
        self.facts = dict(word.split(":", 1) for word in self.text.split() if ":" in word)
        self.again = int(self.facts.get("retrans", "0/0").partition("/")[2])
        self.in_vain = int(self.facts.get("dsack_dups", "0"))


@story
async def seen_by_linux(size: int) -> None:
    """`ss -ti`: the options are agreed on, and nothing was lost.

    Where we were slow to answer, Linux sent something again (RFC 8985 §7): that had arrived, and we say so
    (RFC 2883), but for a SYN, which is no data.
    """
    async with under_attack() as (us, other):
        del us
        before = Seen()
        sent = Random(5).randbytes(size)
        other.writer.write(sent)
        assert await other.reader.readexactly(size) == sent
        while (seen := Seen()).again - before.again > seen.in_vain - before.in_vain:
            await asyncio.sleep(0.01)
        facts, text = seen.facts, seen.text
        assert text.startswith("ESTAB") and "wscale" in facts and facts["mss"] == "1448", text
        assert "lost" not in facts, text


if __name__ == "__main__":
    main()
