# ruff: noqa: ARG002
"""Nanoseconds per TCP segment through the stack, in process: Ethernet, IPv4, TCP, checksums, no offloads.

    python bench/segment.py              the host's interpreter, then compiled
    python bench/segment.py --here       only what `import pymirage` finds

Columns: receiving 1460 octets (in order, an acknowledgment sent for every second segment, data read by the
application), sending 1460 octets (write, header, checksums, retransmission record), the same with 64
octets, and receiving a pure acknowledgment that frees two segments. 200 other connections are open. Best of
several runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.segment_ends import KeepingLink
    from pymirage.net.interface import Interface
    from pymirage.net.tcp.connection import Connection
    from pymirage.net.tcp.stack import TcpStack

ROOT = Path(__file__).resolve().parent.parent
BATCH = 64
COLUMNS = ("receive 1460", "send 1460", "receive 64", "send 64", "ACK")
SECOND = 1_000_000_000
CLIENT = b"\x0a\0\0\1"
SERVER = b"\x0a\0\0\2"


def host(address: bytes, mac: int) -> tuple[KeepingLink, Interface, TcpStack]:
    """One end: interface, IPv4 and TCP."""
    import segment_ends

    from pymirage.net.addresses import PREFERRED, Addresses, LocalAddress
    from pymirage.net.deadline import FOREVER
    from pymirage.net.handler import IcmpSender
    from pymirage.net.interface import Interface
    from pymirage.net.ipv4 import Ipv4Input
    from pymirage.net.next_hop import NextHop
    from pymirage.net.path import Path as NetPath
    from pymirage.net.path import Routes
    from pymirage.net.protocols import Protocols
    from pymirage.net.reassembly import Reassembly
    from pymirage.net.tcp.settings import Settings
    from pymirage.net.tcp.stack import TcpStack

    class Direct(Routes):
        def path(self, destination: bytes, source: bytes, now: int) -> NetPath:
            hop = NextHop(interface, neighbours, destination)
            hop.mac = 0x02_00_00_00_00_03 - mac
            hop.fresh_until = FOREVER
            return NetPath(address, destination, hop, 1500)

        def too_big(self, path: NetPath, mtu: int, now: int) -> None:
            raise AssertionError

    class Silent(IcmpSender):
        def unreachable(self, packet: object, kind: int, now: int) -> None:
            raise AssertionError

        def parameter_problem(self, packet: object, code: int, pointer: int, now: int) -> None:
            raise AssertionError

    link = segment_ends.KeepingLink()
    neighbours = segment_ends.KnownNeighbour()
    interface = Interface("net", link, (0x02_00_00_00_00_00 + mac).to_bytes(6, "big"), 1500, 0)
    addresses = Addresses()
    local = LocalAddress(interface, address, 24)
    local.state = PREFERRED
    addresses.add(local)
    settings = Settings()
    # Prototypes were measured without timestamps: 1460 octets of payload in 1500 of MTU.
    settings.timestamps = False
    tcp = TcpStack(Direct(), os.urandom, settings)
    protocols = Protocols()
    protocols.tcp = tcp
    silent = Silent()
    interface.ipv4 = Ipv4Input(addresses, protocols, Reassembly(silent), silent)
    return link, interface, tcp


class Bench:
    """Two hosts back to back; only one of them is timed at a time."""

    def __init__(self) -> None:
        import segment_ends

        self.ends = segment_ends
        self.now = SECOND
        self.client = host(CLIENT, 1)
        self.server = host(SERVER, 2)
        self.readers = segment_ends.Readers()
        self.server[2].listen(80, self.readers)
        for _ in range(201):
            self.connection = self.connect()
            self.settle()

    def connect(self) -> Connection:
        from pymirage.net.tcp.failure import Failure

        connection = self.client[2].connect(SERVER, 80, self.ends.Reader(), self.now)
        assert not isinstance(connection, Failure), connection
        return connection

    def settle(self) -> None:
        """Pass frames until nothing moves."""
        moved = True
        while moved:
            moved = False
            for here, there in ((self.client, self.server), (self.server, self.client)):
                here[2].poll(self.now)
                frames = here[0].take()
                if frames:
                    moved = True
                    self.ends.receive_all(there[1], frames, self.now)
            self.now += 100_000

    def run(self, size: int, batches: int) -> tuple[float, float, float]:
        """Nanoseconds per segment received, sent, and per acknowledgment."""
        self.connection.set_no_delay(True)
        payload = os.urandom(size)
        sending = receiving = acknowledging = 0
        segments = acknowledgments = 0
        clock = time.thread_time_ns
        connection, client, server = self.connection, self.client, self.server
        write, poll = connection.write, client[2].poll
        for _ in range(batches):
            now = self.now
            if size >= 1460:
                block = payload * BATCH
                start = clock()
                write(block)
                poll(now)
                sending += clock() - start
            else:
                start = clock()
                self.ends.write_all(connection, client[2], payload, BATCH, now)
                sending += clock() - start
            frames = client[0].take()
            segments += len(frames)
            start = clock()
            self.ends.receive_all(server[1], frames, now)
            server[2].poll(now)
            receiving += clock() - start
            acks = server[0].take()
            acknowledgments += len(acks)
            start = clock()
            self.ends.receive_all(client[1], acks, now)
            acknowledging += clock() - start
            poll(now)
            self.now += 100_000
            self.settle()
        return receiving / segments, sending / segments, acknowledging / max(acknowledgments, 1)


def measure() -> list[float]:
    """The five columns, each the best of several runs."""
    import pymirage.octets

    compiled = pymirage.octets.COMPILED
    bench = Bench()
    bench.run(1460, 200 if compiled else 20)
    batches = 300 if compiled else 15
    rounds = [(bench.run(1460, batches), bench.run(64, batches)) for _ in range(7)]
    large = [min(one[0][column] for one in rounds) for column in range(3)]
    small = [min(one[1][column] for one in rounds) for column in range(3)]
    return [large[0], large[1], small[0], small[1], large[2]]


def show(name: str, path: str) -> None:
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, __file__, "--here"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    numbers = done.stdout.split()
    print(f"{name:<12}" + "".join(f"{float(number):>14.0f}" for number in numbers))


def main() -> None:
    if "--here" in sys.argv:
        # Not the sources beside this file: PYTHONPATH says which modules are measured.
        sys.path.pop(0)
        print(*measure())
        return
    sys.path.insert(0, str(ROOT))
    from scripts import compile_hot

    compiled = compile_hot.ensure(besides=compile_hot.BESIDES)
    print(f"{'ns':<12}" + "".join(f"{name:>14}" for name in COLUMNS))
    show("interpreted", f"{ROOT / 'src'}:{ROOT / 'bench'}")
    show("compiled", str(compiled))


if __name__ == "__main__":
    main()
