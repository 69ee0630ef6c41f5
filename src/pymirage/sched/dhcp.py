"""The DHCP client on an event loop: its datagrams, time, and what a lease configures."""

from __future__ import annotations

import asyncio
import logging

from pymirage.net.addresses import DHCP, LocalAddress
from pymirage.net.dhcp.client import Client
from pymirage.net.dhcp.events import Broadcast, Configured, Event, Lost, Probe, Unanswered, Unicast
from pymirage.net.dhcp.lease import Lease
from pymirage.net.output import send_on_link_v4, udp_v4
from pymirage.net.route import DHCP as DHCP_ROUTE
from pymirage.net.udp import UdpHandler
from pymirage.sched.addresses import text_of
from pymirage.sched.alarm import Alarm
from pymirage.wire import dhcpv4, ethernet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymirage.net.udp import UdpSocket
    from pymirage.sched.resolving import Resolving
    from pymirage.sched.stack import Port

EVERYBODY = b"\xff\xff\xff\xff"
METRIC = 100

log = logging.getLogger(__name__)


class Datagrams(UdpHandler):
    """What comes to port 68. With several interfaces the messages themselves say for which one they are."""

    def __init__(self, dhcp: Dhcp) -> None:
        self.dhcp = dhcp

    def on_datagram(
        self,
        socket: UdpSocket,
        data: bytes,
        source: bytes,
        source_port: int,
        destination: bytes,
        destination_port: int,
        now: int,
    ) -> None:
        del socket, source, source_port, destination, destination_port
        for client in self.dhcp.stack.dhcp_clients:
            client.carry_out(client.client.receive(data, now))

    def on_error(self, socket: UdpSocket, kind: int, remote: bytes, remote_port: int, now: int) -> None:
        """A server that is gone is asked again, and then others are."""


class Dhcp:
    """Configures one interface. `configured` is set once there is a lease."""

    def __init__(self, port: Port, resolving: Resolving | None = None, host_name: str = "") -> None:
        self.port = port
        self.stack = port.stack
        self.resolving = resolving
        interface = port.attachment.interface
        mac = int(interface.mac).to_bytes(6, "big")
        self.client = Client(mac, self.stack.random, host_name=host_name, mtu=int(interface.mtu))
        self.configured = asyncio.Event()
        self._address: LocalAddress | None = None
        self._alarm = Alarm(self._ring)
        # One socket for all interfaces: the first client's; its handler serves the others too.
        self._socket = self.stack.host.udp.bind(Datagrams(self), dhcpv4.CLIENT_PORT)
        self.stack.dhcp_clients.append(self)
        self.stack.watcher.on_conflict.append(self._conflict)

    def now(self) -> int:
        return self.stack.now()

    def start(self) -> None:
        """Look for a server."""
        self.stack.host.addresses.configuring.append(self.port.attachment.interface)
        self.carry_out(self.client.start(self.now()))

    def release(self) -> None:
        """Give the lease back and stop."""
        self.carry_out(self.client.release(self.now()))

    def carry_out(self, events: list[Event]) -> None:
        """Do what the core asks for."""
        for event in events:
            if isinstance(event, Broadcast):
                self._broadcast(event.payload)
            elif isinstance(event, Unicast):
                self._unicast(event)
            elif isinstance(event, Probe):
                self._probe(event.lease)
            elif isinstance(event, Configured):
                self._configure(event.lease)
            elif isinstance(event, Lost):
                log.warning("%s: gave up %s: %s", self._name(), text_of(event.lease.address), event.reason)
                self._deconfigure()
            elif isinstance(event, Unanswered):
                log.warning("%s: no DHCP server answered for %s s; still trying", self._name(), event.seconds)
        self.stack.kick()
        self._alarm.set(self.client.deadline())

    def _name(self) -> str:
        return self.port.attachment.interface.name

    def _broadcast(self, payload: bytes) -> None:
        datagram = udp_v4(bytes(4), EVERYBODY, dhcpv4.CLIENT_PORT, dhcpv4.SERVER_PORT, payload)
        interface = self.port.attachment.interface
        send_on_link_v4(interface, ethernet.BROADCAST, bytes(4), EVERYBODY, 17, datagram, 64)

    def _unicast(self, event: Unicast) -> None:
        socket = self.stack.dhcp_clients[0]._socket
        if socket is not None:
            socket.send(event.payload, event.server, dhcpv4.SERVER_PORT, self.now())

    def _probe(self, lease: Lease) -> None:
        """The address is claimed: at once in use when the stack is prompt, else when nobody objected."""
        self._add(lease)
        if self.stack.host.prompt:
            self.carry_out(self.client.probed(True, self.now()))
        else:
            self.stack.loop.create_task(self._wait_for_claim())

    async def _wait_for_claim(self) -> None:
        """RFC 5227's probes end well, or `_conflict` ends the story."""
        address = self._address
        while address is not None and address is self._address and not address.usable():
            await asyncio.sleep(0.1)
        if address is not None and address is self._address:
            self.carry_out(self.client.probed(True, self.now()))

    def _conflict(self, address: LocalAddress) -> None:
        if address is self._address:
            self._address = None
            self.configured.clear()
            self.carry_out(self.client.conflict(self.now()))

    def _add(self, lease: Lease) -> None:
        host = self.stack.host
        now = self.now()
        self._address = host.add_address(
            self.port.attachment, lease.address, lease.prefix_length, DHCP, now, not host.prompt
        )

    def _configure(self, lease: Lease) -> None:
        """Address, routes, MTU and name servers as the lease says."""
        host, attachment = self.stack.host, self.port.attachment
        known = self._address
        if known is None or known.address != lease.address or known.length != lease.prefix_length:
            self._deconfigure()
            self._add(lease)
        host.remove_routes(attachment, DHCP_ROUTE)
        for prefix, length, gateway in lease.routes:
            hop = b"" if gateway == bytes(4) else gateway
            host.add_gateway(attachment, prefix, length, hop, METRIC, DHCP_ROUTE)
        if 576 <= lease.mtu < attachment.interface.mtu:
            attachment.interface.mtu = lease.mtu
        if self.resolving is not None:
            self.resolving.core.servers.set(f"DHCP on {self._name()}", lease.name_servers)
        interface = attachment.interface
        if interface in host.addresses.configuring:
            host.addresses.configuring.remove(interface)
        log.info("%s: %s/%s from DHCP", self._name(), text_of(lease.address), lease.prefix_length)
        self.configured.set()

    def _deconfigure(self) -> None:
        host, attachment = self.stack.host, self.port.attachment
        self.configured.clear()
        if self._address is not None:
            host.remove_address(attachment, self._address, self.now())
            self._address = None
        host.remove_routes(attachment, DHCP_ROUTE)
        if attachment.interface not in host.addresses.configuring:
            host.addresses.configuring.append(attachment.interface)

    def _ring(self, now: int) -> None:
        self.carry_out(self.client.expire(now))
