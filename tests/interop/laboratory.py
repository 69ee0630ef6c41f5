"""A network namespace of the test's own, in which our stack and Linux's are joined by a TAP interface.

Run inside of the namespace as `python -m tests.interop.inside STORY …`: both stacks in one process and one
event loop. The kernel's sockets are the loop's own functions; ours are those of `Wire.network`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pymirage.device import Net
from pymirage.driver.host.clock import HostWallClock
from pymirage.driver.host.net import TapNet
from pymirage.driver.host.tap import Tap
from pymirage.driver.impairment import Impairment
from pymirage.driver.middleware.faults import FaultyNet
from pymirage.driver.middleware.pcap import PcapNet
from pymirage.net.tcp.settings import Settings
from pymirage.sched import network
from pymirage.sched.network import Network
from pymirage.sched.resolving import Resolving
from pymirage.sched.stack import NetStack, Port

ROOT = Path(__file__).parents[2]

LINUX4, OURS4 = "10.9.0.1", "10.9.0.2"
LINUX6, OURS6 = "fd09::1", "fd09::2"
TAP = "tap-linux"


def in_namespace(
    *arguments: str, stories: str = "inside", timeout: int = 120
) -> subprocess.CompletedProcess[str]:
    """Run one of the stories in a namespace that ends with it, in a user namespace too."""
    inside = [sys.executable, "-m", f"tests.interop.{stories}", *arguments]
    unshare = ["unshare", "--net", "--map-root-user", *inside]
    # The modules that this process has: compiled ones, perhaps.
    environment = {**os.environ, "PYTHONPATH": str(Path(network.__file__).parents[2])}
    return subprocess.run(
        unshare, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


def refusal() -> str:
    """Why no such namespace can be made here; empty when it can."""
    try:
        done = in_namespace("nothing", timeout=450)
    except OSError as error:
        return str(error)
    return (
        "" if done.returncode == 0 else (done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
    )


def run(command: str) -> str:
    """One command, which must succeed."""
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.strip()}")
    return done.stdout


def make_tap(mtu: int) -> None:
    """The interface and Linux's addresses on it, without waiting for its duplicate detection."""
    run(f"ip tuntap add dev {TAP} mode tap")
    run(f"ip link set dev {TAP} mtu {mtu} up")
    run(f"ip address add {LINUX4}/24 dev {TAP}")
    run(f"ip address add {LINUX6}/64 dev {TAP} nodad")
    run("ip link set dev lo up")
    patient_neighbours(TAP)


def patient_neighbours(device: str) -> None:
    """Linux asks a neighbour for its address for minutes, and not for three seconds, in which a busy machine
    may not let it answer, or a bad link lose all three questions.
    """
    for cache in ("arp_cache", "ndisc_cache"):
        run(f"ip ntable change name {cache} dev {device} mcast_probes 200 ucast_probes 200")


async def wait_for_carrier(name: str = TAP) -> None:
    """Until Linux has noticed that the other end of its interface is there: before, it sends nothing."""
    while "NO-CARRIER" in (seen := run(f"ip link show dev {name}")) or "qdisc noop" in seen:
        await asyncio.sleep(0.01)


class Wire:
    """Our stack at the other end."""

    def __init__(self, net: Net, settings: Settings | None = None) -> None:
        self.net = net
        self.stack = NetStack(settings=settings)
        self.port: Port = self.stack.attach(net)
        self.resolving = Resolving(self.stack)
        self.network = Network(self.stack, self.resolving)

    def configure(self) -> None:
        self.stack.configure(
            self.port, ipv4=f"{OURS4}/24", ipv4_gateway=LINUX4, ipv6=[f"{OURS6}/64"], ipv6_gateway=LINUX6
        )


@asynccontextmanager
async def wire(
    *,
    mtu: int = 1500,
    offloads: bool = True,
    configured: bool = True,
    impairment: Impairment | None = None,
    capture: Path | None = None,
    settings: Settings | None = None,
) -> AsyncIterator[Wire]:
    """Both ends ready. What passes may suffer from an `impairment` and be recorded: without offloads then."""
    make_tap(mtu)
    plain = not offloads or impairment is not None or capture is not None
    net: Net = await (TapNet if plain else Tap).connect(TAP)
    await wait_for_carrier()
    if capture is not None:
        net = PcapNet(net, HostWallClock(), capture.open("wb", buffering=0).write)
    if impairment is not None:
        net = FaultyNet(net, sent=impairment, received=impairment, seed=1)
    made = Wire(net, settings)
    if configured:
        made.configure()
    try:
        yield made
    finally:
        await made.stack.close()
        await net.close()
