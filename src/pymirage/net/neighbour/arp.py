# pymirage: hot
"""ARP on one interface: RFC 826's questions and answers over the neighbour cache.

What speaks of our own addresses goes to conflict detection first (RFC 5227 §2.4).
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.addresses import Addresses
from pymirage.net.handler import FrameHandler
from pymirage.net.interface import Interface
from pymirage.net.neighbour.cache import NeighbourCache
from pymirage.net.neighbour.conflict import ConflictDetection
from pymirage.net.neighbour.solicitor import Solicitor
from pymirage.net.next_hop import UNRESOLVED
from pymirage.net.route import matches
from pymirage.wire import arp, ethernet
from pymirage.wire.drop import Drop


def mac_octets(mac: i64) -> bytes:
    """A MAC address as ARP and NDP options hold it."""
    return int(mac).to_bytes(6, "big")


def send_arp(interface: Interface, destination: i64, packet: arp.Arp) -> None:
    """Put one packet on the link."""
    header = ethernet.emit(destination, interface.mac, ethernet.ARP)
    interface.send(header + arp.emit(packet), 0, 0, 0)


@final
class ArpSolicitor(Solicitor):
    """Sends requests; to one station only when it is to be checked (RFC 1122 §2.3.2.1)."""

    def __init__(self, interface: Interface, addresses: Addresses) -> None:
        self.interface: Final = interface
        self.addresses: Final = addresses

    def solicit(self, address: bytes, mac: i64) -> None:
        """Ask for `address`; nothing is asked while we have no address to be answered at."""
        sender = self.sender_for(address)
        if not sender:
            return
        request = arp.Arp(arp.REQUEST, mac_octets(self.interface.mac), sender, arp.NO_MAC, address)
        send_arp(self.interface, ethernet.BROADCAST if mac == UNRESOLVED else mac, request)

    def sender_for(self, address: bytes) -> bytes:
        """Our address in the same prefix, or any."""
        fallback = b""
        for one in self.addresses.local:
            if one.interface is self.interface and len(one.address) == 4 and one.usable():
                if matches(address, one.address, one.length):
                    return one.address
                fallback = fallback or one.address
        return fallback


@final
class ArpHandler(FrameHandler):
    """Takes the ARP packets of one interface."""

    def __init__(self, addresses: Addresses, cache: NeighbourCache, conflicts: ConflictDetection) -> None:
        self.addresses: Final = addresses
        self.cache: Final = cache
        self.conflicts: Final = conflicts

    def receive_frame(
        self,
        interface: Interface,
        frame: bytes,
        at: i64,
        verified: bool,  # noqa: ARG002
        now: i64,
    ) -> Drop | None:
        """RFC 826, "packet reception"."""
        packet = arp.parse(frame, at)
        if isinstance(packet, Drop):
            return packet
        if packet.sender_mac == mac_octets(interface.mac):
            # Our own, come back over a loop or a hub.
            return Drop.SOURCE_STATION
        if self.conflicts.heard(packet, now):
            return None
        mine = self.addresses.find(interface, packet.target_ip)
        to_us = mine is not None and mine.usable()
        if not packet.is_probe():
            if not plausible(packet.sender_ip):
                return Drop.MARTIAN
            self.learn(packet, to_us, now)
        if to_us and packet.operation == arp.REQUEST:
            self.answer(interface, packet)
        return None

    def learn(self, packet: arp.Arp, to_us: bool, now: i64) -> None:
        """Merge: update whom we know, add who asks for us."""
        mac: i64 = int.from_bytes(packet.sender_mac, "big")
        if packet.operation == arp.REPLY and self.cache.awaits(packet.sender_ip):
            self.cache.answered(packet.sender_ip, mac, True, True, False, now)
        else:
            self.cache.heard(packet.sender_ip, mac, now, to_us)

    def answer(self, interface: Interface, request: arp.Arp) -> None:
        """Sender and target change places."""
        reply = arp.Arp(
            arp.REPLY,
            mac_octets(interface.mac),
            request.target_ip,
            request.sender_mac,
            request.sender_ip,
        )
        send_arp(interface, int.from_bytes(request.sender_mac, "big"), reply)


def plausible(address: bytes) -> bool:
    """Whether an IPv4 address can be a neighbour's: no loopback, no group, nothing reserved."""
    return address[0] not in (0, 127) and address[0] < 224
