"""A small DHCPv4 server: RFC 2131 §4.3, for one subnet, without relays' options and without disk.

Octets and time in; (destination address, port, payload) out. For test networks, fleets and apps that hand
out addresses; a client keeps its address as long as nobody else needs it.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Final, final

from pymirage.net.dhcp.lease import SECOND
from pymirage.wire import dhcpv4
from pymirage.wire.dhcpv4 import Dhcp
from pymirage.wire.drop import Drop

OFFER_TIME: Final = 60 * SECOND
"""How long an offered address is kept for whom it was offered to."""
DECLINED_TIME: Final = 600 * SECOND
"""How long an address that somebody uses without asking is not given."""
LIMITED_BROADCAST: Final = b"\xff\xff\xff\xff"


@dataclass(frozen=True)
class Settings:
    """What the server gives. Addresses are 4 octets each; `first` to `last` are given away."""

    address: bytes
    network: IPv4Network
    first: bytes
    last: bytes
    lease_seconds: int = 3600
    routers: tuple[bytes, ...] = ()
    name_servers: tuple[bytes, ...] = ()
    domain: str = ""
    mtu: int = 0
    reserved: dict[bytes, bytes] = field(default_factory=dict)
    """MAC address to address: these clients always get these."""


@dataclass
class Binding:
    """Who has an address, and until when it is kept for it."""

    client: bytes
    until: int


@dataclass(frozen=True)
class Reply:
    """A UDP payload from port 67; with a `mac` the destination is not in use yet, so that ARP cannot help."""

    destination: bytes
    port: int
    mac: bytes
    payload: bytes


@final
class Server:
    """Bounded by its range of addresses."""

    def __init__(self, settings: Settings) -> None:
        self.settings: Final = settings
        self.bindings: dict[bytes, Binding] = {}

    def receive(self, payload: bytes, now: int) -> Reply | None:
        """A UDP payload that came to port 67."""
        message = dhcpv4.parse(payload, 0)
        if isinstance(message, Drop) or message.operation != dhcpv4.BOOT_REQUEST:
            return None
        if message.kind == dhcpv4.DISCOVER:
            return self._offer(message, now)
        if message.kind == dhcpv4.REQUEST:
            return self._request(message, now)
        if message.kind == dhcpv4.INFORM:
            return self._reply(dhcpv4.ACK, message, message.client, lease=False)
        if self._ours(message):
            self._give_up(message, now)
        return None

    def _ours(self, message: Dhcp) -> bool:
        """Whether a message names this server, or none."""
        return message.address(dhcpv4.SERVER_IDENTIFIER) in (b"", self.settings.address)

    def _offer(self, message: Dhcp, now: int) -> Reply | None:
        """§4.3.1: the address it has or had, the one that it wants, or any."""
        client = client_of(message)
        address = self._choose(message, client, now)
        if not address:
            return None
        self._keep(address, client, max(now + OFFER_TIME, self._until(address)))
        return self._reply(dhcpv4.OFFER, message, address, lease=True)

    def _request(self, message: Dhcp, now: int) -> Reply | None:
        """§4.3.2: selecting, rebooting or renewing, told apart by what the message holds."""
        client = client_of(message)
        selected = message.address(dhcpv4.SERVER_IDENTIFIER)
        if selected and selected != self.settings.address:
            self._withdraw(client)
            return None
        wanted = message.address(dhcpv4.REQUESTED_ADDRESS) or message.client
        if not self._may_have(wanted, message, client, now):
            # A client that another server knows is not ours to refuse, unless it is in the wrong network.
            known = bool(selected) or wanted in self.bindings or not self._in_network(wanted)
            return self._refuse(message) if known else None
        self._keep(wanted, client, now + self.settings.lease_seconds * SECOND)
        return self._reply(dhcpv4.ACK, message, wanted, lease=True)

    def _give_up(self, message: Dhcp, now: int) -> None:
        """A release frees, a decline takes out of use for a while."""
        client = client_of(message)
        declined = message.kind == dhcpv4.DECLINE
        address = message.address(dhcpv4.REQUESTED_ADDRESS) if declined else message.client
        binding = self.bindings.get(address)
        if binding is None or binding.client != client:
            return
        if declined:
            self.bindings[address] = Binding(b"", now + DECLINED_TIME)
        else:
            binding.until = now

    def _choose(self, message: Dhcp, client: bytes, now: int) -> bytes:
        """An address for a client; empty when there is none left."""
        reserved = self.settings.reserved.get(message.mac)
        if reserved is not None:
            return reserved
        for address, binding in self.bindings.items():
            if binding.client == client and self._in_range(address):
                return address
        wanted = message.address(dhcpv4.REQUESTED_ADDRESS)
        if wanted and self._may_have(wanted, message, client, now):
            return wanted
        return self._free(now)

    def _free(self, now: int) -> bytes:
        """An address nobody ever had, or the one whose lease ended first."""
        reserved = set(self.settings.reserved.values())
        first, last = (int.from_bytes(end, "big") for end in (self.settings.first, self.settings.last))
        expired: list[tuple[int, bytes]] = []
        for number in range(first, last + 1):
            address = number.to_bytes(4, "big")
            if address in reserved or address == self.settings.address:
                continue
            binding = self.bindings.get(address)
            if binding is None:
                return address
            if binding.until <= now:
                expired.append((binding.until, address))
        return min(expired)[1] if expired else b""

    def _may_have(self, address: bytes, message: Dhcp, client: bytes, now: int) -> bool:
        """Whether an address is in range, and free or the client's own."""
        reserved = self.settings.reserved.get(message.mac)
        if reserved is not None:
            return address == reserved
        if not self._in_range(address) or address in self.settings.reserved.values():
            return False
        binding = self.bindings.get(address)
        return binding is None or binding.client == client or (binding.until <= now and binding.client != b"")

    def _in_range(self, address: bytes) -> bool:
        inside = self.settings.first <= address <= self.settings.last
        return len(address) == 4 and inside and address != self.settings.address

    def _in_network(self, address: bytes) -> bool:
        return len(address) == 4 and IPv4Address(address) in self.settings.network

    def _until(self, address: bytes) -> int:
        binding = self.bindings.get(address)
        return binding.until if binding is not None else 0

    def _keep(self, address: bytes, client: bytes, until: int) -> None:
        self.bindings[address] = Binding(client, until)

    def _withdraw(self, client: bytes) -> None:
        """The client chose another server: its offer is free again."""
        for address, binding in list(self.bindings.items()):
            if binding.client == client:
                del self.bindings[address]

    def _refuse(self, message: Dhcp) -> Reply:
        """§4.3.2: a refusal is broadcast; its address may not be valid where the client is."""
        options = {dhcpv4.SERVER_IDENTIFIER: self.settings.address}
        reply = Dhcp(
            dhcpv4.BOOT_REPLY,
            message.xid,
            dhcpv4.NAK,
            message.mac,
            options,
            broadcast=True,
            relay=message.relay,
        )
        return self._addressed(message, reply, LIMITED_BROADCAST)

    def _reply(self, kind: int, message: Dhcp, address: bytes, *, lease: bool) -> Reply:
        """An offer or an acknowledgement."""
        settings = self.settings
        options = {
            dhcpv4.SERVER_IDENTIFIER: settings.address,
            dhcpv4.SUBNET_MASK: settings.network.netmask.packed,
        }
        if lease:
            options[dhcpv4.LEASE_TIME] = settings.lease_seconds.to_bytes(4, "big")
        if settings.routers:
            options[dhcpv4.ROUTER] = b"".join(settings.routers)
        if settings.name_servers:
            options[dhcpv4.DNS] = b"".join(settings.name_servers)
        if settings.domain:
            options[dhcpv4.DOMAIN_NAME] = settings.domain.encode("ascii")
        if settings.mtu:
            options[dhcpv4.INTERFACE_MTU] = settings.mtu.to_bytes(2, "big")
        identifier = message.options.get(dhcpv4.CLIENT_IDENTIFIER)
        if identifier is not None:
            # RFC 6842 §3: returned as it came.
            options[dhcpv4.CLIENT_IDENTIFIER] = identifier
        reply = Dhcp(
            dhcpv4.BOOT_REPLY,
            message.xid,
            kind,
            message.mac,
            options,
            broadcast=message.broadcast,
            client=message.client,
            yours=address if lease else dhcpv4.UNSPECIFIED,
            relay=message.relay,
        )
        return self._addressed(message, reply, address)

    def _addressed(self, message: Dhcp, reply: Dhcp, address: bytes) -> Reply:
        """Where an answer goes: §4.1, from relay to client address to broadcast."""
        payload = dhcpv4.emit(reply)
        if message.relay != dhcpv4.UNSPECIFIED:
            return Reply(message.relay, dhcpv4.SERVER_PORT, b"", payload)
        if reply.kind == dhcpv4.NAK:
            return Reply(LIMITED_BROADCAST, dhcpv4.CLIENT_PORT, b"", payload)
        if message.client != dhcpv4.UNSPECIFIED:
            return Reply(message.client, dhcpv4.CLIENT_PORT, b"", payload)
        if message.broadcast:
            return Reply(LIMITED_BROADCAST, dhcpv4.CLIENT_PORT, b"", payload)
        return Reply(address, dhcpv4.CLIENT_PORT, message.mac, payload)


def client_of(message: Dhcp) -> bytes:
    """Who a client is: its identifier, or its MAC address (§4.2)."""
    return message.options.get(dhcpv4.CLIENT_IDENTIFIER) or b"\x01" + message.mac
