# pymirage: hot
"""The whole stack of one host, sans-I/O: frames and time in, frames and calls of handlers out.

    frame → Attachment's interface → ARP, IPv4, IPv6 → ICMP, IGMP, UDP, TCP → handlers
    application → TCP, UDP → routing → neighbour cache → interface → link

Call `poll` after every batch of frames and calls, and when `deadline` has come.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net import route
from pymirage.net.addresses import AUTOCONFIGURED, LINK_LOCAL, Addresses, LocalAddress
from pymirage.net.attachment import Attachment
from pymirage.net.deadline import FOREVER
from pymirage.net.entropy_spread import EntropySpread
from pymirage.net.icmp import Icmp, IcmpFailures, IcmpV4Handler, IcmpV6Handler
from pymirage.net.interface import Interface
from pymirage.net.ipv4 import Ipv4Input
from pymirage.net.ipv6 import Ipv6Input
from pymirage.net.link import Link
from pymirage.net.loopback import VERIFIED, LoopLink, loop_interface
from pymirage.net.multicast import IgmpHandler, Membership, MldHandler
from pymirage.net.neighbour.conflict import ConflictWatcher
from pymirage.net.neighbour.ndp import NdpDispatch
from pymirage.net.output import Output
from pymirage.net.protocols import Protocols
from pymirage.net.reassembly import Reassembly
from pymirage.net.route import Route, RouteTable
from pymirage.net.router_discovery import AutoconfigurationWatcher
from pymirage.net.routing import Routing
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.stack import TcpStack
from pymirage.net.udp import UdpStack


@mypyc_attr(allow_interpreted_subclasses=True)
class HostWatcher(ABC):
    """Hears of what happens to addresses and name servers."""

    @abstractmethod
    def address_ready(self, address: LocalAddress, now: i64) -> None:
        """Nobody else has it."""

    @abstractmethod
    def address_conflict(self, address: LocalAddress, mac: bytes, now: i64) -> None:
        """Another station has it; it was taken out already."""

    @abstractmethod
    def name_servers(self, interface: Interface, servers: tuple[bytes, ...], until: i64, now: i64) -> None:
        """A router advertised DNS servers."""


@final
class Conflicts(ConflictWatcher):
    """Takes lost addresses out before the watcher hears of them."""

    def __init__(self, host: "Host") -> None:
        self.host: Final = host

    def address_ready(self, address: LocalAddress, now: i64) -> None:
        """In use."""
        self.host.routing.invalidate()
        self.host.watcher.address_ready(address, now)

    def address_conflict(self, address: LocalAddress, mac: bytes, now: i64) -> None:
        """Lost."""
        self.host.lost(address, now)
        self.host.watcher.address_conflict(address, mac, now)


@final
class Configuration(AutoconfigurationWatcher):
    """Passes on what routers said on one interface."""

    def __init__(self, host: "Host", interface: Interface) -> None:
        self.host: Final = host
        self.interface: Final = interface

    def name_servers_advertised(self, servers: tuple[bytes, ...], until: i64, now: i64) -> None:
        """To the watcher."""
        self.host.watcher.name_servers(self.interface, servers, until, now)

    def addresses_changed(self, now: i64) -> None:  # noqa: ARG002
        """Sources of paths may have changed."""
        self.host.routing.invalidate()


@final
class Host:
    """`entropy(n)` gives n octets that nobody can guess.

    prompt: use addresses while it is still being found out whether somebody else has them.
    secret: for opaque interface identifiers (RFC 7217); empty: from MAC addresses.
    """

    def __init__(
        self,
        entropy: Callable[[int], bytes],
        settings: Settings,
        watcher: HostWatcher,
        prompt: bool = True,
        secret: bytes = b"",
    ) -> None:
        self.watcher: Final = watcher
        self.prompt: Final = prompt
        self.secret: Final = secret
        self.spread: Final = EntropySpread(entropy)
        self.addresses: Final = Addresses()
        self.routing: Final = Routing(self.addresses, RouteTable())
        self.output: Final = Output(int.from_bytes(entropy(4), "big"))
        self.protocols4: Final = Protocols()
        self.protocols6: Final = Protocols()
        self.icmp: Final = Icmp(self.addresses, self.routing, self.output, self.protocols4, self.protocols6)
        self.routing.failures = IcmpFailures(self.icmp)
        self.reassembly: Final = Reassembly(self.icmp)
        self.memberships: Final[list[Membership]] = []
        self.discovery: Final = NdpDispatch()
        self.attachments: Final[list[Attachment]] = []
        self.tcp: Final = TcpStack(self.routing, entropy, settings)
        self.udp: Final = UdpStack(self.routing, self.output, self.icmp, entropy)
        self.ipv4: Final = Ipv4Input(self.addresses, self.protocols4, self.reassembly, self.icmp)
        self.ipv6: Final = Ipv6Input(self.addresses, self.protocols6, self.reassembly, self.icmp)
        self.conflicts: Final = Conflicts(self)
        self.loop_link: Final = LoopLink()
        self.loop: Final = loop_interface(self.loop_link, self.protocols4, self.protocols6)
        self.routing.loop = self.loop
        self.protocols4.tcp = self.protocols6.tcp = self.tcp
        self.protocols4.udp = self.protocols6.udp = self.udp
        self.protocols4.others[1] = IcmpV4Handler(self.icmp, None)
        self.protocols4.others[2] = IgmpHandler(self.memberships)
        self.protocols6.others[58] = IcmpV6Handler(self.icmp, self.discovery, MldHandler(self.memberships))

    # -- configuration --

    def attach(self, name: str, link: Link, mac: bytes, mtu: i64, features: i64) -> Attachment:
        """Add an interface; its driver hands frames to `attachment.interface.receive`."""
        interface = Interface(name, link, mac, mtu, features)
        interface.ipv4 = self.ipv4
        interface.ipv6 = self.ipv6
        attachment = Attachment(
            interface,
            self.addresses,
            self.routing,
            self.conflicts,
            Configuration(self, interface),
            self.spread,
            self.secret,
            self.prompt,
        )
        self.attachments.append(attachment)
        self.memberships.append(attachment.membership)
        self.discovery.handlers.append(attachment.discovery)
        return attachment

    def add_address(
        self,
        attachment: Attachment,
        address: bytes,
        length: i64,
        origin: i64,
        now: i64,
        probe: bool = False,
    ) -> LocalAddress | None:
        """Give an interface an address and the route to its prefix; None when it has it or there is no room.

        probe: use it only once it is found that nobody has it, even when the host is prompt.
        """
        prompt = self.prompt and not probe
        made = LocalAddress(attachment.interface, address, length, origin)
        if not self.addresses.add(made):
            return None
        table = self.routing.table
        connected: i64 = route.CONNECTED
        table.add(Route(address, length, route.ON_LINK, attachment.number, 0, connected, b""))
        if len(address) == 4:
            attachment.conflicts.start(made, prompt, now)
        else:
            attachment.duplicates.start(made, prompt, now)
        self.routing.invalidate()
        return made

    def remove_address(self, attachment: Attachment, address: LocalAddress, now: i64) -> None:
        """Take an address and the route to its prefix away."""
        attachment.conflicts.stop(address)
        if len(address.address) == 16:
            attachment.duplicates.stop(address, now)
        self.addresses.remove(address)
        self.routing.table.remove(address.address, address.length, route.ON_LINK)
        self.routing.invalidate()

    def add_gateway(
        self, attachment: Attachment, prefix: bytes, length: i64, gateway: bytes, metric: i64, origin: i64
    ) -> bool:
        """A route over a gateway (`gateway` empty: on the link); False when the table is full."""
        added = self.routing.table.add(Route(prefix, length, gateway, attachment.number, metric, origin))
        self.routing.invalidate()
        return added

    def remove_routes(self, attachment: Attachment, origin: i64) -> None:
        """Take out all routes that one source gave for an interface."""
        if self.routing.table.remove_origin(origin, attachment.number):
            self.routing.invalidate()

    def start_ipv6(self, attachment: Attachment, now: i64, routers: bool = True) -> None:
        """Make a link-local address, and look for routers when wanted."""
        attachment.autoconfiguration.link_local(now)
        if routers:
            attachment.routers.start(now)

    def attachment_of(self, interface: Interface) -> Attachment | None:
        """The attachment of an interface."""
        for one in self.attachments:
            if one.interface is interface:
                return one
        return None

    def lost(self, address: LocalAddress, now: i64) -> None:
        """Another station has an address of ours."""
        attachment = self.attachment_of(address.interface)
        if attachment is None:
            return
        if address.origin in (AUTOCONFIGURED, LINK_LOCAL):
            attachment.autoconfiguration.conflict(address, now)
            self.routing.invalidate()
        else:
            self.remove_address(attachment, address, now)

    # -- time --

    def deadline(self) -> i64:
        """When `poll` must be called at the latest; 0: now."""
        if self.loop_link.frames:
            return 0
        soonest: i64 = min(min(self.tcp.deadline(), self.reassembly.deadline()), self.routing.deadline())
        for attachment in self.attachments:
            soonest = min(soonest, attachment.deadline())
        return soonest

    def tell(self) -> bool:
        """Handlers of connections hear what a batch of frames brought; whether TCP has something to send."""
        self.tcp.tell()
        return len(self.tcp.pending) > 0

    def poll(self, now: i64) -> i64:
        """Run what is due, and send what TCP has to send; when to be called again at the latest."""
        self.send(now)
        soonest = self.deadline()
        if soonest <= now:
            # Seldom: what is due nearly always is TCP's.
            self.expire(now)
            self.send(now)
            soonest = self.deadline()
        return soonest

    def send(self, now: i64) -> None:
        """What TCP has to send, and what we sent to ourselves arrives."""
        if self.loop_link.frames:
            self.loop.receive_all(self.loop_link.take(), VERIFIED, now)
        self.tcp.poll(now)

    def expire(self, now: i64) -> None:
        """Whatever is due, but TCP's."""
        if self.reassembly.deadline() <= now:
            for first in self.reassembly.expire(now):
                self.icmp.reassembly_timed_out(first, now)
        if self.routing.deadline() <= now:
            for gone in self.routing.expire(now):
                self.gone(gone, now)
        for attachment in self.attachments:
            if attachment.deadline() <= now:
                attachment.expire(now)

    def gone(self, address: LocalAddress, now: i64) -> None:
        """An address's lifetime ended."""
        attachment = self.attachment_of(address.interface)
        if attachment is not None and len(address.address) == 16:
            attachment.duplicates.stop(address, now)


NEVER: Final = FOREVER
