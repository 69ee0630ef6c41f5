"""The network stack on an event loop: joins the sans-I/O host to devices, timers and callbacks.

Everything that arrives in one turn of the loop is handled first; then one `poll` sends what has become due,
so that data that was written together leaves together, and with the acknowledgment of what it answers.
"""

from __future__ import annotations

import asyncio
import logging
import os
from functools import partial

from pymirage.device import Receiver
from pymirage.device.offload_net import OffloadNet, OffloadReceiver
from pymirage.error import UsageError
from pymirage.net.addresses import STATIC
from pymirage.net.deadline import FOREVER
from pymirage.net.host import Host, HostWatcher
from pymirage.net.route import STATIC as STATIC_ROUTE
from pymirage.net.tcp.settings import Settings
from pymirage.sched.addresses import gateway_address, interface_address, text_of
from pymirage.sched.link import features_of, link_of
from pymirage.sched.networked import Networked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymirage.device import Net
    from pymirage.net.addresses import LocalAddress
    from pymirage.net.attachment import Attachment
    from pymirage.net.interface import Interface
    from pymirage.sched.dhcp import Dhcp

NANOSECONDS = 1_000_000_000
IPV4_ANY = bytes(4)
IPV6_ANY = bytes(16)

log = logging.getLogger(__name__)


class Watcher(HostWatcher):
    """Tells the log, and whoever registered."""

    def __init__(self) -> None:
        self.on_conflict: list[Callable[[LocalAddress], object]] = []
        self.on_name_servers: list[Callable[[Interface, tuple[bytes, ...], int], object]] = []

    def address_ready(self, address: LocalAddress, now: int) -> None:
        del now
        log.debug("%s: nobody else has %s", address.interface.name, text_of(address.address))

    def address_conflict(self, address: LocalAddress, mac: bytes, now: int) -> None:
        del now
        log.error(
            "%s: %s has the address %s too: it is not used",
            address.interface.name,
            mac.hex(":"),
            text_of(address.address),
        )
        for callback in self.on_conflict:
            callback(address)

    def name_servers(self, interface: Interface, servers: tuple[bytes, ...], until: int, now: int) -> None:
        del now
        for callback in self.on_name_servers:
            callback(interface, servers, until)


class Port(Receiver, OffloadReceiver):
    """One network device in the stack."""

    def __init__(self, stack: NetStack, net: Net, attachment: Attachment) -> None:
        self.stack = stack
        self.net = net
        self.attachment = attachment
        self._interface = attachment.interface

    def begin(self) -> None:
        """From now on frames go to the stack."""
        if isinstance(self.net, OffloadNet):
            self.net.set_offload_receiver(self)
        else:
            self.net.set_receiver(self)

    def end(self) -> None:
        if isinstance(self.net, OffloadNet):
            self.net.set_offload_receiver(None)
        else:
            self.net.set_receiver(None)

    def receive(self, frame: bytes) -> None:
        # There may be more in this turn of the loop: the poll comes at its end.
        self._interface.receive(frame, False, self.stack.now())
        self.stack.kick()

    def receive_offloaded(self, frames: list[bytes], verified: int) -> None:
        stack = self.stack
        stack.polling = True
        answered = True
        try:
            self._interface.receive_all(frames, verified, stack.now())
            answered = stack.host.tell()
        finally:
            stack.polling = False
            if answered:
                # These are all the frames: what follows from them is sent at once.
                stack.poll()
            else:
                # In the rest of the turn tasks may answer.
                stack.kick()


class NetStack:
    """A host's stack. Make it inside of a running loop, attach devices, then use it or install it."""

    def __init__(
        self,
        entropy: Callable[[int], bytes] = os.urandom,
        *,
        settings: Settings | None = None,
        prompt: bool = True,
        secret: bytes = b"",
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.now = _clock_of(self.loop)
        self.watcher = Watcher()
        self.host = Host(entropy, settings or Settings(), self.watcher, prompt, secret)
        self.entropy = entropy
        self.ports: list[Port] = []
        self.dhcp_clients: list[Dhcp] = []
        self._poll_at_turn_end = _turn_end_of(self.loop, self.poll)
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = FOREVER
        self.polling = False
        """A poll is certain to come in this turn of the loop."""
        self._closed = False

    def random(self, limit: int) -> int:
        """A number that nobody can guess, from 0 to `limit` - 1."""
        return int.from_bytes(self.entropy(8), "big") % limit

    # -- configuration --

    def attach(self, net: Net, name: str = "service", mac: bytes = b"") -> Port:
        """Put a device under the stack, under `mac` or the device's own address."""
        attachment = self.host.attach(name, link_of(net), mac or net.mac(), net.mtu(), features_of(net))
        port = Port(self, net, attachment)
        self.ports.append(port)
        port.begin()
        return port

    def configure(
        self,
        port: Port,
        *,
        ipv4: str = "",
        ipv4_gateway: str = "",
        ipv6: Sequence[str] = (),
        ipv6_gateway: str = "",
        autoconfigure: bool = False,
        metric: int = 0,
    ) -> None:
        """Static addresses and gateways; IPv6 autoconfiguration. Raises UsageError that names the mistake."""
        checked4 = interface_address(ipv4) if ipv4 else None
        checked6 = [interface_address(text) for text in ipv6]
        gateways: list[bytes] = []
        if ipv4_gateway:
            gateways.append(gateway_address(ipv4_gateway, ipv4))
        if ipv6_gateway:
            gateways.append(gateway_address(ipv6_gateway, *(ipv6 or ("fe80::1/64",))))
        now = self.now()
        for address, length in ([checked4] if checked4 else []) + checked6:
            self.host.add_address(port.attachment, address, length, STATIC, now)
        for gateway in gateways:
            anywhere = IPV4_ANY if len(gateway) == 4 else IPV6_ANY
            self.host.add_gateway(port.attachment, anywhere, 0, gateway, metric, STATIC_ROUTE)
        if checked6 or autoconfigure:
            self.host.start_ipv6(port.attachment, now, autoconfigure)
        self.kick()

    def add_route(self, port: Port, prefix: bytes, length: int, gateway: bytes, metric: int = 0) -> None:
        """A way to a prefix over a router; of equal ones those that answer are used (RFC 1122 §3.3.1.4)."""
        if not self.host.add_gateway(port.attachment, prefix, length, gateway, metric, STATIC_ROUTE):
            raise UsageError("there is no room for another route")

    def addresses(self) -> list[str]:
        """Our addresses that are in use."""
        return [text_of(one.address) for one in self.host.addresses.local if one.usable()]

    # -- the loop --

    def kick(self) -> None:
        """Poll at the end of this turn."""
        if not self.polling and not self._closed:
            self.polling = True
            self._poll_at_turn_end()

    def poll(self) -> None:
        """Tell the connections' handlers, then send what has become due."""
        self.polling = True
        try:
            if not self._closed:
                self.host.tell()
        finally:
            self.polling = False
        if not self._closed:
            deadline = self.host.poll(self.now())
            if deadline < self._timer_at:
                self._ring_at(deadline)

    def _ring_at(self, deadline: int) -> None:
        """One timer for everything, which is moved only when it must ring earlier."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self.loop.call_at(deadline / NANOSECONDS, self._ring)

    def _ring(self) -> None:
        # A clock in floating-point seconds may ring some nanoseconds early, which must count as in time.
        due = max(self.now(), self._timer_at)
        self._timer = None
        self._timer_at = FOREVER
        if not self._closed:
            deadline = self.host.poll(due)
            if deadline < self._timer_at:
                self._ring_at(deadline)

    async def close(self) -> None:
        """Stop; connections are cut without a word. Devices stay open: who made them closes them."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for port in self.ports:
            port.end()


def _turn_end_of(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> Callable[[], object]:
    """What asks for `callback` at the end of a turn."""
    return loop.turn_end(callback) if isinstance(loop, Networked) else partial(loop.call_soon, callback)


def _clock_of(loop: asyncio.AbstractEventLoop) -> Callable[[], int]:
    """Its time in nanoseconds."""
    return loop.nanoseconds if isinstance(loop, Networked) else lambda: int(loop.time() * NANOSECONDS)
