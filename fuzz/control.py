"""Parsers and machines of the control protocols: whatever comes, an answer or a `Drop`, never an exception.

python -m fuzz.control [seconds] [seed]
"""

from __future__ import annotations

from ipaddress import IPv4Network

from fuzz import target
from fuzz.target import Targets
from pymirage.device import Receiver
from pymirage.driver.memory.net import net_pair
from pymirage.driver.middleware.vlan import Trunk, VlanNet
from pymirage.net.dhcp.client import Client
from pymirage.net.dhcp.server import Server, Settings
from pymirage.net.resolver.events import SendUdp
from pymirage.net.resolver.resolver import Resolver
from pymirage.wire import arp, dhcpv4, dns, igmp, membership, mld, ndp, vlan

MAC = b"\x02\0\0\0\0\1"
SERVER = bytes((10, 0, 0, 1))
NAME = (b"www", b"example", b"org")


def seeds() -> Targets:
    """Each parser with good input to begin from."""
    options = ndp.Options(
        source_mac=MAC,
        mtu=1500,
        prefixes=(ndp.Prefix(bytes(16), 64, True, True, 1, 1),),
        name_servers=(ndp.NameServers(1, (bytes(16),)),),
    )
    offer = {dhcpv4.SERVER_IDENTIFIER: SERVER, dhcpv4.LEASE_TIME: b"\0\0\1\0", dhcpv4.OVERLOAD: b"\3"}
    answers = (
        dns.Record(NAME, dns.CNAME, 60, b"", (b"host", b"example")),
        dns.Record(NAME, dns.A, 60, SERVER),
    )
    return {
        "arp": (lambda data: arp.parse(data, 0), [arp.emit(arp.Arp(1, MAC, SERVER, MAC, SERVER))]),
        "vlan": (lambda data: vlan.parse(data, 0), [vlan.emit(vlan.Vlan(7, 0, False, 0x0800))]),
        "vlan trunk": (
            to_trunk,
            [vlan.tag_frame(MAC + MAC + b"\x08\0" + bytes(46), each) for each in (0, 7, 8)],
        ),
        "igmp": (
            igmp.parse,
            [
                igmp.emit(membership.Query(3, bytes(4), 10 * igmp.TENTH, (SERVER,))),
                igmp.emit(membership.Records((membership.Record(4, SERVER, (SERVER,)),))),
            ],
        ),
        "mld": (
            lambda data: mld.parse(data, 0),
            [
                mld.emit(membership.Query(2, bytes(16), 0, (bytes(16),))),
                mld.emit(membership.Records((membership.Record(4, bytes(16)),))),
            ],
        ),
        "ndp": (
            lambda data: ndp.parse(data, 0),
            [
                ndp.emit(ndp.RouterAdvertisement(64, True, True, 1, 1, 1, 1, options)),
                ndp.emit(ndp.NeighbourSolicitation(bytes(16), options)),
                ndp.emit(ndp.Redirect(bytes(16), bytes(16), ndp.Options(redirected=bytes(48)))),
            ],
        ),
        "dhcp": (lambda data: dhcpv4.parse(data, 0), [dhcpv4.emit(dhcpv4.Dhcp(2, 1, 2, MAC, offer))]),
        "dhcp routes": (dhcpv4.parse_routes, [dhcpv4.emit_routes(((SERVER, 24, SERVER),))]),
        "dhcp client": (to_client, [dhcpv4.emit(dhcpv4.Dhcp(2, 0, 2, MAC, offer, yours=SERVER))]),
        "dhcp server": (to_server, [dhcpv4.emit(dhcpv4.Dhcp(1, 0, kind, MAC, {})) for kind in range(1, 9)]),
        "dns": (dns.parse, [dns.emit(dns.Message(1, dns.RESPONSE, dns.Question(NAME, dns.A), answers))]),
        "resolver": (
            to_resolver,
            [dns.emit(dns.Message(0, dns.RESPONSE, dns.Question(NAME, dns.A), answers))],
        ),
    }


def zero(limit: int) -> int:
    """Every random number is 0, so that answers fit their questions."""
    del limit
    return 0


def to_trunk(data: bytes) -> object:
    """Frames of an interface with one VLAN and what has no tag: each reaches one of them, or is counted."""
    wire, _ = net_pair()
    trunk = Trunk(wire)
    ports = VlanNet(trunk, 7), VlanNet(trunk, 0)
    for port in ports:
        port.set_receiver(Sink())
    trunk.receive(data)
    assert sum(port.stats().received_frames for port in ports) + wire.stats().received_dropped == 1
    return None


class Sink(Receiver):
    """Takes a frame, which is one without a tag."""

    def receive(self, frame: bytes) -> None:
        assert len(frame) >= 14


def to_client(data: bytes) -> object:
    client = Client(MAC, zero)
    client.start(0)
    return client.receive(data, 0) + client.receive(data, 1)


def to_server(data: bytes) -> object:
    settings = Settings(SERVER, IPv4Network("10.0.0.0/24"), SERVER, bytes((10, 0, 0, 9)))
    return Server(settings).receive(data, 0)


def to_resolver(data: bytes) -> object:
    resolver = Resolver(zero)
    resolver.servers.set("fuzz", (SERVER,))
    _, events = resolver.resolve(NAME, dns.A, 0)
    (sent,) = [event for event in events if isinstance(event, SendUdp)]
    return resolver.receive_udp(sent.port, SERVER, data, 0)


def run(rounds: int, seed: int) -> int:
    """So many mutations for each; how many were accepted."""
    return target.run(seeds(), rounds, seed)


if __name__ == "__main__":
    target.main("control", run, 500)
