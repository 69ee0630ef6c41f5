# pymirage: hot
"""Neighbour Discovery on one interface: RFC 4861 §7, over the neighbour cache."""

from abc import ABC, abstractmethod
from typing import Final, final

from mypy_extensions import i64

from pymirage.net.address import octets_of
from pymirage.net.addresses import TENTATIVE, Addresses, LocalAddress
from pymirage.net.icmp import NeighbourDiscovery
from pymirage.net.interface import Interface
from pymirage.net.neighbour.cache import NeighbourCache
from pymirage.net.neighbour.discovery_messages import (
    ALL_NODES,
    mac_octets,
    send,
    send_solicitation,
    send_to,
    solicited_node,
)
from pymirage.net.neighbour.duplicate import DuplicateDetection
from pymirage.net.neighbour.solicitor import Solicitor
from pymirage.net.next_hop import UNRESOLVED
from pymirage.net.packet import UNICAST, Packet
from pymirage.net.selection import select_source
from pymirage.wire import ethernet, ndp
from pymirage.wire.drop import Drop


class RouterListener(ABC):
    """Takes what routers say."""

    @abstractmethod
    def advertised(self, router: bytes, message: ndp.RouterAdvertisement, now: i64) -> None:
        """A router advertisement from a link-local address."""

    @abstractmethod
    def redirected(self, router: bytes, message: ndp.Redirect, now: i64) -> Drop | None:
        """A redirect from a link-local address."""

    @abstractmethod
    def ceased(self, router: bytes, now: i64) -> None:
        """A neighbour is no router any more: RFC 4861 §7.3.3."""


@final
class NdpSolicitor(Solicitor):
    """Sends neighbour solicitations."""

    def __init__(self, interface: Interface, addresses: Addresses) -> None:
        self.interface: Final = interface
        self.addresses: Final = addresses

    def solicit(self, address: bytes, mac: i64) -> None:
        """Ask for `address`; nothing is asked while we have no address to be answered at."""
        source = select_source(self.addresses, self.interface, address)
        if source is None:
            return
        if mac == UNRESOLVED:
            send_solicitation(self.interface, source.address, solicited_node(address), address)
            return
        options = ndp.Options(source_mac=mac_octets(self.interface.mac))
        send(self.interface, mac, source.address, address, ndp.NeighbourSolicitation(address, options))


@final
class NdpHandler:
    """Takes the Neighbour Discovery messages of one interface."""

    def __init__(
        self,
        interface: Interface,
        addresses: Addresses,
        cache: NeighbourCache,
        duplicates: DuplicateDetection,
        routers: RouterListener,
    ) -> None:
        self.interface: Final = interface
        self.addresses: Final = addresses
        self.cache: Final = cache
        self.duplicates: Final = duplicates
        self.routers: Final = routers

    def receive(self, packet: Packet, now: i64) -> Drop | None:
        """Validate (§6.1, §7.1, §8.1) and dispatch."""
        if packet.hop_limit != ndp.HOP_LIMIT:
            return Drop.HOP_LIMIT
        if packet.ip_at == 0:
            # Joined from fragments: RFC 6980 refuses it.
            return Drop.FRAGMENT
        message = ndp.parse(packet.frame[: packet.end], int(packet.at))
        if isinstance(message, Drop):
            return message
        source = octets_of(packet.source_high, packet.source_low)
        if isinstance(message, ndp.NeighbourSolicitation):
            return self.solicitation(packet, source, message, now)
        if isinstance(message, ndp.NeighbourAdvertisement):
            return self.advertisement(packet, message, now)
        if isinstance(message, ndp.RouterSolicitation):
            # For routers; a host ignores it (§6.2.6).
            return Drop.ICMP_TYPE
        if source[0] != 0xFE or source[1] & 0xC0 != 0x80:
            return Drop.MARTIAN
        if isinstance(message, ndp.RouterAdvertisement):
            self.learn(source, message.options.source_mac, now)
            self.routers.advertised(source, message, now)
            return None
        return self.routers.redirected(source, message, now)

    def solicitation(
        self, packet: Packet, source: bytes, message: ndp.NeighbourSolicitation, now: i64
    ) -> Drop | None:
        """§7.2.3, and RFC 4862 §5.4.3 when it comes from nobody."""
        mine = self.addresses.find(self.interface, message.target)
        if mine is None:
            return Drop.NOT_OURS
        if source == bytes(16):
            return self.probed(packet, mine, message, now)
        if mine.state == TENTATIVE or not mine.usable():
            return Drop.NOT_OURS
        self.learn(source, message.options.source_mac, now)
        self.advertise(mine, source, message.options.source_mac, now)
        return None

    def probed(
        self, packet: Packet, mine: LocalAddress, message: ndp.NeighbourSolicitation, now: i64
    ) -> Drop | None:
        """Somebody wants an address of ours."""
        if packet.cast == UNICAST or message.options.source_mac:
            # §7.1.1: such a question goes to the group, without a MAC address.
            return Drop.FIELD
        if mine.state == TENTATIVE:
            self.duplicates.contested(mine, packet.frame[6:12], now)
            return None
        if not mine.usable():
            return Drop.NOT_OURS
        message_out = ndp.NeighbourAdvertisement(
            mine.address, False, False, True, ndp.Options(target_mac=mac_octets(self.interface.mac))
        )
        send(self.interface, ethernet.multicast_v6(ALL_NODES), mine.address, ALL_NODES, message_out)
        return None

    def advertise(self, mine: LocalAddress, destination: bytes, asker: bytes, now: i64) -> None:
        """§7.2.4: answer who asks. Without its MAC address in the question, by way of the cache."""
        override = not self.duplicates.in_question(mine)
        options = ndp.Options(target_mac=mac_octets(self.interface.mac))
        message = ndp.NeighbourAdvertisement(mine.address, False, True, override, options)
        if asker:
            send(self.interface, int.from_bytes(asker, "big"), mine.address, destination, message)
            return
        hop = self.cache.next_hop(destination, now)
        if isinstance(hop, Drop):
            return
        send_to(hop, mine.address, message, now)

    def advertisement(self, packet: Packet, message: ndp.NeighbourAdvertisement, now: i64) -> Drop | None:
        """§7.2.5; about an address of ours it is a conflict (RFC 4862 §5.4.4)."""
        if packet.cast != UNICAST and message.solicited:
            return Drop.FIELD
        mine = self.addresses.find(self.interface, message.target)
        if mine is not None:
            sender = packet.frame[6:12]
            if sender != mac_octets(self.interface.mac):
                self.duplicates.contested(mine, sender, now)
            return None
        mac: i64 = UNRESOLVED
        if message.options.target_mac:
            mac = int.from_bytes(message.options.target_mac, "big")
        if self.cache.answered(message.target, mac, message.solicited, message.override, message.router, now):
            self.routers.ceased(message.target, now)
        return None

    def learn(self, source: bytes, mac: bytes, now: i64) -> None:
        """A source link-layer option makes or changes an entry."""
        if mac and not mac[0] & 1:
            self.cache.heard(source, int.from_bytes(mac, "big"), now, True)


@final
class NdpDispatch(NeighbourDiscovery):
    """Finds the handler of the interface that a message came in on."""

    def __init__(self) -> None:
        self.handlers: list[NdpHandler] = []

    def receive_discovery(self, packet: Packet, now: i64) -> Drop | None:
        """One message."""
        for one in self.handlers:
            if one.interface is packet.interface:
                return one.receive(packet, now)
        return Drop.ICMP_TYPE
