"""Neighbour Discovery, duplicate detection, autoconfiguration and router discovery as transcripts."""

from ipaddress import ip_address

from pymirage.net import route
from pymirage.net.addresses import DEPRECATED, PREFERRED, Addresses, LocalAddress
from pymirage.net.deadline import FOREVER
from pymirage.net.multicast import Membership, MldHandler
from pymirage.net.neighbour import discovery_messages
from pymirage.net.neighbour.cache import NeighbourCache
from pymirage.net.neighbour.duplicate import DuplicateDetection
from pymirage.net.neighbour.ndp import NdpHandler, NdpSolicitor
from pymirage.net.output import send_on_link_v6
from pymirage.net.packet import UNICAST
from pymirage.net.route import Route, RouteTable
from pymirage.net.router_discovery import AutoconfigurationWatcher, RouterDiscovery
from pymirage.net.routing import Routing, RoutingWatcher
from pymirage.net.slaac import Autoconfiguration
from pymirage.wire import icmpv6, membership, mld, ndp
from pymirage.wire.drop import Drop
from tests.net.simple import MAC, SECOND, Conflicts, Half, Recorder, as_packet, interface

PEER_MAC = b"\x02\0\0\0\0\x02"
ROUTER_MAC = b"\x02\0\0\0\0\x0f"


def at(text: str) -> bytes:
    return ip_address(text).packed


ANY = at("::")
US = at("fe80::ff:fe00:1")
PEER = at("fe80::2")
ROUTER = at("fe80::f")
PREFIX = at("2001:db8::")
OURS = at("2001:db8::ff:fe00:1")
NODE = discovery_messages.solicited_node(US)
ALL_NODES = discovery_messages.ALL_NODES


class Watcher(AutoconfigurationWatcher):
    def __init__(self) -> None:
        self.servers: list[tuple[tuple[bytes, ...], int]] = []
        self.changes = 0

    def name_servers_advertised(self, servers: tuple[bytes, ...], until: int, now: int) -> None:
        del now
        self.servers.append((servers, until))

    def addresses_changed(self, now: int) -> None:
        del now
        self.changes += 1


class Host:
    """One interface with IPv6 on it."""

    def __init__(self, *, prompt: bool = False, secret: bytes = b"") -> None:
        self.link = Recorder()
        self.interface = interface(self.link)
        self.addresses = Addresses()
        self.routing = Routing(self.addresses, RouteTable())
        number = self.routing.add_interface(self.interface)
        self.conflicts = Conflicts()
        self.watcher = Watcher()
        self.membership = Membership(self.interface, self.addresses, Half())
        solicitor = NdpSolicitor(self.interface, self.addresses)
        self.cache = NeighbourCache(self.interface, solicitor, RoutingWatcher(self.routing), 500)
        self.interface.neighbours6 = self.cache
        self.duplicates = DuplicateDetection(self.interface, self.membership, self.conflicts, Half())
        self.slaac = Autoconfiguration(self.interface, self.addresses, self.duplicates, secret, prompt)
        self.routers = RouterDiscovery(
            self.interface, number, self.addresses, self.routing, self.cache,
            self.duplicates, self.slaac, self.watcher, Half(),
        )  # fmt: skip
        self.handler = NdpHandler(self.interface, self.addresses, self.cache, self.duplicates, self.routers)
        self.mld = MldHandler([self.membership])

    def receive(
        self,
        now: int,
        message: ndp.Message,
        source: bytes = PEER,
        destination: bytes = US,
        mac: bytes = PEER_MAC,
        hop_limit: int = 255,
    ) -> Drop | None:
        wire = Recorder()
        sender = interface(wire, mac=mac)
        payload = discovery_messages.with_checksum(source, destination, message)
        send_on_link_v6(sender, 0, source, destination, 58, payload, hop_limit)
        packet = as_packet(self.interface, self.addresses, wire.sent[0])
        return self.handler.receive(packet, now)

    def messages(self) -> list[tuple[bytes, bytes, bytes, ndp.Message | membership.Message]]:
        """(to MAC, source, destination, message) of what was sent; checksums are verified."""
        found = []
        for frame in self.link.take():
            packet = as_packet(self.interface, self.addresses, frame)
            assert not isinstance(icmpv6.parse(frame, 14, packet.at, packet.end), Drop)
            parse = ndp.parse if ndp.is_ndp(frame[packet.at]) else mld.parse
            message = parse(frame[: packet.end], packet.at)
            assert not isinstance(message, Drop)
            found.append((frame[:6], frame[22:38], frame[38:54], message))
        return found

    def sent(self) -> list[str]:
        """What was sent, in short, without group reports."""
        return [line for line in map(describe, self.messages()) if line]

    def expire(self, now: int) -> None:
        self.duplicates.expire(now)
        self.membership.expire(now)
        self.cache.expire(now)
        self.routers.expire(now)
        self.routing.expire(now)

    def up(self) -> None:
        """With a link-local address that was found to be ours."""
        self.slaac.link_local(0)
        self.expire(SECOND // 2)
        self.expire(2 * SECOND)
        self.link.take()


def describe(sent: tuple[bytes, bytes, bytes, ndp.Message | membership.Message]) -> str:
    _, source, destination, message = sent
    way = f"{ip_address(source)} > {ip_address(destination)}"
    if isinstance(message, ndp.NeighbourSolicitation):
        return f"{way} who is {ip_address(message.target)}"
    if isinstance(message, ndp.NeighbourAdvertisement):
        flags = "r" * message.router + "s" * message.solicited + "o" * message.override
        return f"{way} {ip_address(message.target)} is here [{flags}]"
    if isinstance(message, ndp.RouterSolicitation):
        return f"{way} routers?"
    return ""


def ask(target: bytes, mac: bytes = PEER_MAC) -> ndp.NeighbourSolicitation:
    return ndp.NeighbourSolicitation(target, ndp.Options(source_mac=mac))


def here(
    target: bytes,
    *,
    mac: bytes = PEER_MAC,
    router: bool = False,
    solicited: bool = True,
    override: bool = True,
) -> ndp.Message:
    return ndp.NeighbourAdvertisement(target, router, solicited, override, ndp.Options(target_mac=mac))


def advertise(
    *, lifetime: int = 1800, valid: int = 86400, preferred: int = 14400, preference: int = 0, mtu: int = 0
) -> ndp.RouterAdvertisement:
    options = ndp.Options(
        source_mac=ROUTER_MAC,
        mtu=mtu,
        prefixes=(ndp.Prefix(PREFIX, 64, True, True, valid, preferred),),
        name_servers=(ndp.NameServers(600, (at("2001:db8::53"),)),),
    )
    return ndp.RouterAdvertisement(64, False, False, preference, lifetime, 0, 0, options)


# -- duplicate address detection --


def test_link_local_address_is_asked_for_before_it_is_used() -> None:
    host = Host()
    address = host.slaac.link_local(0)
    assert address is not None
    assert address.address == US
    host.expire(SECOND // 2)
    assert host.sent() == [f":: > {ip_address(NODE)} who is {ip_address(US)}"]
    assert not address.usable()
    host.expire(SECOND // 2 + SECOND)
    assert address.usable()
    assert host.conflicts.ready == [US]


def test_somebody_has_it() -> None:
    host = Host()
    host.slaac.link_local(0)
    host.expire(SECOND // 2)
    assert host.receive(SECOND, here(US, solicited=False), US, ALL_NODES) is None
    assert [lost.address for lost in host.conflicts.lost] == [US]
    host.expire(10 * SECOND)
    assert not host.addresses.local[0].usable()


def test_somebody_wants_it_at_the_same_time() -> None:
    host = Host()
    host.slaac.link_local(0)
    assert host.receive(0, ndp.NeighbourSolicitation(US, ndp.Options()), ANY, NODE) is None
    assert [lost.address for lost in host.conflicts.lost] == [US]


def test_another_identifier_is_tried_when_there_is_a_secret() -> None:
    host = Host(secret=b"s" * 16)
    first = host.slaac.link_local(0)
    assert first is not None
    host.duplicates.contested(first, PEER_MAC, 0)
    second = host.slaac.conflict(first, 0)
    assert second is not None
    assert second.address != first.address
    assert host.addresses.local == [second]


def test_prompt_address_is_used_at_once() -> None:
    host = Host(prompt=True)
    address = host.slaac.link_local(0)
    assert address is not None
    assert address.usable()
    assert host.sent() == [f":: > {ip_address(NODE)} who is {ip_address(US)}"]
    host.receive(0, ask(US), PEER, NODE)
    assert host.sent() == [f"{ip_address(US)} > {ip_address(PEER)} {ip_address(US)} is here [s]"]


def test_owner_answers_who_asks_for_it_from_nowhere() -> None:
    host = Host()
    host.up()
    assert host.receive(0, ndp.NeighbourSolicitation(US, ndp.Options()), ANY, NODE) is None
    assert host.sent() == [f"{ip_address(US)} > {ip_address(ALL_NODES)} {ip_address(US)} is here [o]"]


# -- address resolution --


def test_answers_a_solicitation() -> None:
    host = Host()
    host.up()
    assert host.receive(0, ask(US), PEER, NODE) is None
    assert host.sent() == [f"{ip_address(US)} > {ip_address(PEER)} {ip_address(US)} is here [so]"]
    assert host.cache.entries[PEER].hop.mac == int.from_bytes(PEER_MAC, "big")


def test_asker_without_mac_is_resolved_first() -> None:
    host = Host()
    host.up()
    host.receive(0, ndp.NeighbourSolicitation(US, ndp.Options()), PEER, US)
    asked = (
        f"{ip_address(US)} > {ip_address(discovery_messages.solicited_node(PEER))} who is {ip_address(PEER)}"
    )
    assert host.sent() == [asked]
    host.receive(0, here(PEER))
    assert host.sent() == [f"{ip_address(US)} > {ip_address(PEER)} {ip_address(US)} is here [so]"]


def test_one_hop_too_far() -> None:
    host = Host()
    host.up()
    assert host.receive(0, ask(US), PEER, NODE, hop_limit=254) is Drop.HOP_LIMIT
    assert host.sent() == []


def test_others_are_not_answered_for() -> None:
    host = Host()
    host.up()
    assert host.receive(0, ask(at("fe80::99")), PEER, NODE) is Drop.NOT_OURS


def test_unsolicited_change_without_override_is_not_believed() -> None:
    """RFC 4861 appendix C."""
    host = Host()
    host.up()
    host.cache.next_hop(PEER, 0)
    host.cache.ask(host.cache.entries[PEER], 0)
    host.receive(0, here(PEER))
    host.receive(0, here(PEER, mac=ROUTER_MAC, solicited=False, override=False))
    assert host.cache.entries[PEER].hop.mac == int.from_bytes(PEER_MAC, "big")
    host.receive(0, here(PEER, mac=ROUTER_MAC, solicited=False, override=True))
    assert host.cache.entries[PEER].hop.mac == int.from_bytes(ROUTER_MAC, "big")


def test_advertisement_nobody_asked_for_makes_no_entry() -> None:
    host = Host()
    host.up()
    host.receive(0, here(PEER))
    assert PEER not in host.cache.entries


# -- routers --


def test_solicits_ever_more_slowly_until_a_router_answers() -> None:
    host = Host()
    host.up()
    host.routers.start(0)
    times = []
    for _ in range(4):
        now = host.routers.deadline()
        host.routers.expire(now)
        times.append(now)
        assert host.sent() == [f"{ip_address(US)} > ff02::2 routers?"]
    assert times == [0, 4 * SECOND, 12 * SECOND, 28 * SECOND]
    host.receive(30 * SECOND, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    assert host.routers.deadline() == FOREVER


def test_advertisement_configures() -> None:
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(mtu=1400), ROUTER, ALL_NODES, ROUTER_MAC)
    assert host.interface.mtu == 1400
    assert host.watcher.servers == [((at("2001:db8::53"),), 600 * SECOND)]
    path = host.routing.path(at("2001:db8:1::1"), b"", 0)
    assert not isinstance(path, Drop)
    assert (path.source, path.hop.address, path.mtu) == (OURS, ROUTER, 1400)
    assert path.hop.mac == int.from_bytes(ROUTER_MAC, "big")
    on_link = host.routing.path(at("2001:db8::77"), b"", 0)
    assert not isinstance(on_link, Drop)
    assert on_link.hop.address == at("2001:db8::77")


def test_router_withdraws() -> None:
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    path = host.routing.path(at("2001:db8:1::1"), b"", 0)
    assert not isinstance(path, Drop)
    host.receive(0, advertise(lifetime=0), ROUTER, ALL_NODES, ROUTER_MAC)
    assert not path.valid
    assert host.routing.path(at("2001:db8:1::1"), b"", 0) is Drop.NO_ROUTE


def test_router_that_ceased_to_be_one() -> None:
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    host.cache.entries[ROUTER].router = True
    host.receive(0, here(ROUTER, mac=ROUTER_MAC, router=False), ROUTER)
    assert host.routing.path(at("2001:db8:1::1"), b"", 0) is Drop.NO_ROUTE


def test_preferred_router_goes_first() -> None:
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    host.receive(0, advertise(preference=1), PEER, ALL_NODES)
    path = host.routing.path(at("2001:db8:1::1"), b"", 0)
    assert not isinstance(path, Drop)
    assert path.hop.address == PEER


def test_renewal_keeps_paths() -> None:
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    path = host.routing.path(at("2001:db8:1::1"), b"", 0)
    host.receive(100 * SECOND, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    assert not isinstance(path, Drop)
    assert path.valid


def test_address_is_deprecated_then_gone() -> None:
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(preferred=100, valid=10_000), ROUTER, ALL_NODES, ROUTER_MAC)
    mine = host.addresses.find(host.interface, OURS)
    assert mine is not None
    assert mine.state == PREFERRED
    host.expire(100 * SECOND)
    assert mine.state == DEPRECATED
    host.expire(10_000 * SECOND)
    assert host.addresses.find(host.interface, OURS) is None


def test_forged_short_lifetime_leaves_two_hours() -> None:
    """RFC 4862 §5.5.3 (e)."""
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    host.receive(0, advertise(valid=1, preferred=0), ROUTER, ALL_NODES, ROUTER_MAC)
    mine = host.addresses.find(host.interface, OURS)
    assert mine is not None
    assert mine.valid_until == 7200 * SECOND


def test_flood_of_prefixes_is_bounded() -> None:
    host = Host(prompt=True)
    host.up()
    for number in range(2000):
        prefix = at("2001:db8::")[:6] + number.to_bytes(2, "big") + bytes(8)
        options = ndp.Options(prefixes=(ndp.Prefix(prefix, 64, True, True, 1000, 1000),))
        source = at("fe80::")[:14] + number.to_bytes(2, "big")
        message = ndp.RouterAdvertisement(64, False, False, 0, 1800, 0, 0, options)
        host.receive(0, message, source, ALL_NODES)
    assert len(host.addresses.local) <= 20
    assert len(host.routing.table.routes) <= 40


def test_advertisement_from_afar_is_refused() -> None:
    host = Host()
    host.up()
    assert host.receive(0, advertise(), at("2001:db8::f"), ALL_NODES) is Drop.MARTIAN


def test_redirect_of_the_router_in_use() -> None:
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    target = at("2001:db8:1::1")
    better = ndp.Redirect(PEER, target, ndp.Options(target_mac=PEER_MAC))
    assert host.receive(0, better, at("fe80::bad"), US) is Drop.ICMP_UNRELATED
    assert host.receive(0, better, ROUTER, US, ROUTER_MAC) is None
    path = host.routing.path(target, b"", 0)
    assert not isinstance(path, Drop)
    assert path.hop.address == PEER
    assert path.hop.mac == int.from_bytes(PEER_MAC, "big")
    host.expire(601 * SECOND)
    path = host.routing.path(target, b"", 601 * SECOND)
    assert not isinstance(path, Drop)
    assert path.hop.address == ROUTER


def test_silent_router_is_passed_over() -> None:
    host = Host(prompt=True)
    host.up()
    host.receive(0, advertise(), ROUTER, ALL_NODES, ROUTER_MAC)
    host.receive(0, advertise(preference=-1), PEER, ALL_NODES)
    path = host.routing.path(at("2001:db8:1::1"), b"", 0)
    assert not isinstance(path, Drop)
    assert path.hop.address == ROUTER
    assert host.cache.usable(path.hop, 0)
    for second in range(5, 12):
        host.expire(second * SECOND)
    assert not path.valid
    path = host.routing.path(at("2001:db8:1::1"), b"", 0)
    assert not isinstance(path, Drop)
    assert path.hop.address == PEER


# -- MLD --


def test_joining_is_reported_twice() -> None:
    host = Host()
    host.up()
    group = at("ff02::1234")
    host.membership.join(group, 0)
    host.membership.join(group, 0)
    host.membership.expire(host.membership.deadline())
    reports = [message for _, _, _, message in host.messages()]
    assert len(reports) == 2
    for report in reports:
        assert isinstance(report, membership.Records)
        assert [(record.kind, record.group) for record in report.records] == [(membership.TO_EXCLUDE, group)]
    host.membership.leave(group, 0)
    assert host.messages() == []
    host.membership.leave(group, 0)
    _, source, destination, message = host.messages()[0]
    assert (source, destination) == (US, mld.ALL_V2_ROUTERS)
    assert isinstance(message, membership.Records)
    assert message.records[0].kind == membership.TO_INCLUDE


def query(host: Host, now: int, message: membership.Query, hop_limit: int = 1) -> Drop | None:
    wire = Recorder()
    send_on_link_v6(interface(wire), 0, ROUTER, ALL_NODES, 58, mld.emit(message), hop_limit)
    return host.mld.receive_listener(as_packet(host.interface, host.addresses, wire.sent[0]), now)


def test_query_is_answered_within_its_time() -> None:
    host = Host()
    host.up()
    host.expire(5 * SECOND)
    host.link.take()
    assert query(host, 10 * SECOND, membership.Query(2, mld.GENERAL, 10 * SECOND, ())) is None
    assert host.membership.deadline() == 15 * SECOND
    host.membership.expire(15 * SECOND)
    _, _, _, message = host.messages()[0]
    assert isinstance(message, membership.Records)
    assert [(r.kind, r.group) for r in message.records] == [(membership.IS_EXCLUDE, NODE)]


def test_old_querier_gets_old_reports_and_others_spare_ours() -> None:
    host = Host()
    host.up()
    host.expire(5 * SECOND)
    host.link.take()
    query(host, 10 * SECOND, membership.Query(1, NODE, SECOND, ()))
    host.membership.expire(11 * SECOND)
    _, _, destination, message = host.messages()[0]
    assert destination == NODE
    assert isinstance(message, membership.Report)
    assert message.kind == mld.REPORT_V1
    query(host, 12 * SECOND, membership.Query(1, NODE, SECOND, ()))
    host.membership.heard_report(NODE)
    assert host.membership.deadline() == FOREVER


def test_query_from_afar_is_refused() -> None:
    host = Host()
    host.up()
    assert query(host, 0, membership.Query(2, mld.GENERAL, SECOND, ()), hop_limit=2) is Drop.HOP_LIMIT


def test_static_route_and_address_need_no_router() -> None:
    host = Host()
    mine = LocalAddress(host.interface, OURS, 64)
    mine.state = PREFERRED
    host.addresses.add(mine)
    host.routing.table.add(Route(PREFIX, 64, route.ON_LINK))
    assert host.addresses.cast_of(host.interface, mine.high, mine.low) == UNICAST
    assert host.receive(0, ask(OURS), at("2001:db8::2"), OURS) is None
    assert host.sent() == [f"{ip_address(OURS)} > 2001:db8::2 {ip_address(OURS)} is here [so]"]
    assert MAC not in host.cache.entries
