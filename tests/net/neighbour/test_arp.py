"""ARP and the neighbour cache as packet transcripts."""

# ruff: noqa: ARG002 (handlers that ignore what they are told)

from pymirage.net.addresses import PREFERRED, Addresses, LocalAddress
from pymirage.net.interface import Interface
from pymirage.net.neighbour import cache as neighbour_cache
from pymirage.net.neighbour.arp import ArpHandler, ArpSolicitor
from pymirage.net.neighbour.cache import NeighbourCache
from pymirage.net.neighbour.conflict import ConflictDetection, ConflictWatcher, Spread
from pymirage.net.neighbour.entry import FAILED, MAXIMUM_HELD, STALE
from pymirage.net.neighbour.solicitor import NeighbourWatcher
from pymirage.net.next_hop import UNRESOLVED, NextHop
from pymirage.wire import arp, ethernet
from pymirage.wire.drop import Drop
from tests.net.simple import MAC, Recorder, interface

SECOND = 1_000_000_000
US = bytes((10, 0, 0, 1))
PEER = bytes((10, 0, 0, 2))
THIRD = bytes((10, 0, 0, 3))
PEER_MAC = b"\x02\0\0\0\0\x02"
THIRD_MAC = b"\x02\0\0\0\0\x03"
NOBODY = bytes(6)
ZERO = bytes(4)
BROADCAST = b"\xff" * 6


class Watcher(NeighbourWatcher):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.lost_frames: list[bytes] = []

    def neighbour_answers(self, hop: NextHop, now: int) -> None:
        self.heard.append(("answers", hop.address))

    def neighbour_failed(self, hop: NextHop, held: list[bytes], now: int) -> None:
        self.heard.append(("failed", hop.address))
        self.lost_frames += held


class Claims(ConflictWatcher):
    """Writes it down in the same place."""

    def __init__(self, watcher: Watcher) -> None:
        self.heard = watcher.heard

    def address_ready(self, address: LocalAddress, now: int) -> None:
        self.heard.append(("ready", address.address))

    def address_conflict(self, address: LocalAddress, mac: bytes, now: int) -> None:
        self.heard.append(("conflict", address.address))


class Half(Spread):
    """Always the middle."""

    def below(self, limit: int) -> int:
        return limit // 2


class Host:
    """One interface with ARP on it."""

    def __init__(self, *, ready: bool = True) -> None:
        self.link = Recorder()
        self.interface: Interface = interface(self.link)
        self.addresses = Addresses()
        self.address = LocalAddress(self.interface, US, 24)
        self.address.state = PREFERRED if ready else 0
        self.addresses.add(self.address)
        self.watcher = Watcher()
        solicitor = ArpSolicitor(self.interface, self.addresses)
        self.cache = NeighbourCache(self.interface, solicitor, self.watcher, 500)
        self.conflicts = ConflictDetection(self.interface, Claims(self.watcher), Half())
        self.interface.arp = ArpHandler(self.addresses, self.cache, self.conflicts)
        self.interface.neighbours4 = self.cache

    def hop(self, address: bytes = PEER) -> NextHop:
        hop = self.cache.next_hop(address, 0)
        assert isinstance(hop, NextHop)
        return hop

    def send(self, at: int, data: bytes, address: bytes = PEER) -> Drop | None:
        hop = self.hop(address)
        mac = bytes(6) if hop.mac == UNRESOLVED else int(hop.mac).to_bytes(6, "big")
        return self.interface.transmit(hop, mac + MAC + b"\x08\0" + data, 0, 0, 0, at)

    def receive(self, at: int, packet: arp.Arp, to: bytes = MAC) -> Drop | None:
        return self.interface.receive(to + packet.sender_mac + b"\x08\x06" + arp.emit(packet), False, at)

    def expire(self, at: int) -> None:
        self.cache.expire(at)
        self.conflicts.expire(at)

    def sent(self) -> list[tuple[str, bytes, bytes, bytes]]:
        """("request" or "reply", to MAC, sender address, target address) or ("data", to MAC, data, "")."""
        found = []
        for frame in self.link.take():
            if ethernet.ethertype(frame) == ethernet.ARP:
                packet = arp.parse(frame, 14)
                assert not isinstance(packet, Drop)
                kind = "request" if packet.operation == arp.REQUEST else "reply"
                found.append((kind, frame[:6], packet.sender_ip, packet.target_ip))
            else:
                found.append(("data", frame[:6], frame[14:], b""))
        return found


def request(sender: bytes = PEER, target: bytes = US, mac: bytes = PEER_MAC) -> arp.Arp:
    return arp.Arp(arp.REQUEST, mac, sender, NOBODY, target)


def reply(sender: bytes = PEER, mac: bytes = PEER_MAC) -> arp.Arp:
    return arp.Arp(arp.REPLY, mac, sender, MAC, US)


ASK = ("request", BROADCAST, US, PEER)


def test_answers_a_request_and_learns_who_asked() -> None:
    host = Host()
    assert host.receive(0, request(), to=BROADCAST) is None
    assert host.sent() == [("reply", PEER_MAC, US, PEER)]
    host.send(0, b"hello")
    assert host.sent() == [("data", PEER_MAC, b"hello", b"")]


def test_request_for_another_teaches_nothing() -> None:
    host = Host()
    assert host.receive(0, request(target=THIRD), to=BROADCAST) is None
    assert host.sent() == []
    assert not host.cache.entries


def test_frames_wait_for_the_answer() -> None:
    host = Host()
    assert host.send(0, b"one") is None
    assert host.send(0, b"two") is None
    assert host.sent() == [ASK]
    host.receive(SECOND // 2, reply())
    assert host.sent() == [("data", PEER_MAC, b"one", b""), ("data", PEER_MAC, b"two", b"")]
    host.send(SECOND, b"three")
    assert host.sent() == [("data", PEER_MAC, b"three", b"")]
    assert host.cache.octets == 0


def test_three_questions_then_failure() -> None:
    host = Host()
    host.send(0, b"lost")
    for second in (1, 2):
        assert host.cache.deadline() == second * SECOND
        host.expire(second * SECOND)
    assert host.sent() == [ASK] * 3
    host.expire(3 * SECOND)
    assert host.watcher.heard == [("failed", PEER)]
    assert [frame[14:] for frame in host.watcher.lost_frames] == [b"lost"]
    assert host.interface.counters.drops == {Drop.NEIGHBOUR_FAILED: 1}
    assert host.send(3 * SECOND, b"refused") is Drop.NEIGHBOUR_FAILED
    host.expire(4 * SECOND)
    assert host.send(4 * SECOND, b"tried again") is None
    assert host.sent() == [ASK]


def test_oldest_frame_makes_room() -> None:
    host = Host()
    for number in range(MAXIMUM_HELD + 2):
        assert host.send(0, bytes((number,))) is None
    host.receive(0, reply())
    assert [data for kind, _, data, _ in host.sent() if kind == "data"] == [
        bytes((number,)) for number in range(2, MAXIMUM_HELD + 2)
    ]
    assert host.interface.counters.drops == {Drop.NEIGHBOUR_LIMIT: 2}


def test_stale_neighbour_is_probed_directly() -> None:
    """RFC 4861 §7.3.3: data goes on during five seconds of delay and three unicast probes."""
    host = Host()
    host.send(0, b"")
    host.receive(0, reply())
    host.sent()
    late = host.cache.reachable_time + SECOND
    host.send(late, b"x")
    assert host.sent() == [("data", PEER_MAC, b"x", b"")]
    host.expire(late + 5 * SECOND)
    assert host.sent() == [("request", PEER_MAC, US, PEER)]
    host.send(late + 5 * SECOND, b"y")
    assert host.sent() == [("data", PEER_MAC, b"y", b"")]
    host.receive(late + 5 * SECOND, reply())
    host.expire(late + 20 * SECOND)
    assert host.sent() == []


def test_silent_neighbour_is_given_up() -> None:
    host = Host()
    host.send(0, b"")
    host.receive(0, reply())
    late = host.cache.reachable_time + SECOND
    host.send(late, b"x")
    for second in (5, 6, 7, 8):
        host.expire(late + second * SECOND)
    assert host.watcher.heard[-1] == ("failed", PEER)
    assert host.hop().mac == UNRESOLVED
    assert host.cache.entries[PEER].state == FAILED


def test_progress_above_spares_the_probe() -> None:
    host = Host()
    host.send(0, b"")
    host.receive(0, reply())
    late = host.cache.reachable_time + SECOND
    host.send(late, b"x")
    host.cache.confirm(host.hop(), late + SECOND)
    host.sent()
    host.expire(late + 6 * SECOND)
    assert host.sent() == []


def test_moved_neighbour_is_followed_but_not_trusted() -> None:
    host = Host()
    host.receive(0, request())
    host.receive(SECOND, request(mac=THIRD_MAC))
    assert host.cache.entries[PEER].state == STALE
    host.sent()
    host.send(SECOND, b"x")
    assert host.sent() == [("data", THIRD_MAC, b"x", b"")]


def test_refuses_impossible_senders() -> None:
    host = Host()
    for sender in (bytes((224, 0, 0, 1)), bytes((127, 0, 0, 1)), bytes((0, 1, 2, 3))):
        assert host.receive(0, request(sender=sender)) is Drop.MARTIAN
    assert host.receive(0, request(mac=MAC)) is Drop.SOURCE_STATION
    assert not host.cache.entries


def test_flood_of_neighbours_is_bounded_and_spares_those_in_use() -> None:
    host = Host()
    host.send(0, b"x")
    host.receive(0, reply())
    for number in range(2000):
        host.receive(0, request(sender=bytes((10, 1, number >> 8, number & 255))))
    assert len(host.cache.entries) == neighbour_cache.MAXIMUM_NEIGHBOURS
    host.sent()
    host.send(0, b"y")
    assert host.sent() == [("data", PEER_MAC, b"y", b"")]


def test_forgotten_hop_asks_again() -> None:
    host = Host()
    host.receive(0, request())
    hop = host.hop()
    host.cache.forget(PEER)
    assert host.interface.transmit(hop, bytes(6) + MAC + b"\x08\0", 0, 0, 0, 0) is None
    assert host.sent()[-1] == ASK


def test_permanent_neighbour() -> None:
    host = Host()
    assert host.cache.set_permanent(PEER, int.from_bytes(PEER_MAC, "big"), 0)
    host.receive(0, request(mac=THIRD_MAC))
    host.sent()
    host.send(1000 * SECOND, b"x")
    assert host.sent() == [("data", PEER_MAC, b"x", b"")]


# -- RFC 5227 --

PROBE = ("request", BROADCAST, ZERO, US)
ANNOUNCE = ("request", BROADCAST, US, US)


def probing() -> Host:
    host = Host(ready=False)
    host.conflicts.start(host.address, False, 0)
    return host


def run(host: Host, until: int) -> list[tuple[int, tuple[str, bytes, bytes, bytes]]]:
    """Let time pass; (when, what) was sent."""
    seen = []
    while host.conflicts.deadline() <= until:
        now = host.conflicts.deadline()
        host.conflicts.expire(now)
        seen += [(now, frame) for frame in host.sent()]
    return seen


def test_probes_then_announces() -> None:
    host = probing()
    half = SECOND // 2
    assert run(host, 100 * SECOND) == [
        (half, PROBE),
        (4 * half, PROBE),
        (7 * half, PROBE),
        (11 * half, ANNOUNCE),
        (15 * half, ANNOUNCE),
    ]
    assert host.watcher.heard == [("ready", US)]
    assert host.address.usable()


def test_tentative_address_answers_nothing() -> None:
    host = probing()
    host.receive(0, request())
    assert host.sent() == []


def test_conflict_while_probing() -> None:
    host = probing()
    run(host, SECOND)
    host.receive(SECOND, reply(sender=US))
    assert host.watcher.heard == [("conflict", US)]
    assert run(host, 100 * SECOND) == []
    assert not host.address.usable()


def test_two_probe_at_once() -> None:
    host = probing()
    run(host, SECOND)
    host.receive(SECOND, request(sender=ZERO, target=US), to=BROADCAST)
    assert host.watcher.heard == [("conflict", US)]


def test_defends_once_in_ten_seconds() -> None:
    host = probing()
    run(host, 20 * SECOND)
    host.receive(20 * SECOND, request(sender=US, target=THIRD), to=BROADCAST)
    assert host.sent() == [ANNOUNCE]
    assert host.address.usable()
    host.receive(31 * SECOND, request(sender=US, target=THIRD), to=BROADCAST)
    assert host.sent() == [ANNOUNCE]
    host.receive(32 * SECOND, request(sender=US, target=THIRD), to=BROADCAST)
    assert host.watcher.heard == [("ready", US), ("conflict", US)]
    assert not host.address.usable()


def test_prompt_address_is_used_at_once_and_announced_soon() -> None:
    host = Host(ready=False)
    host.conflicts.start(host.address, True, 0)
    assert host.sent() == [PROBE]
    assert host.address.usable()
    assert [frame for _, frame in run(host, 10 * SECOND)] == [ANNOUNCE, PROBE, PROBE, ANNOUNCE, ANNOUNCE]


def test_prompt_address_that_another_has_is_lost() -> None:
    host = Host(ready=False)
    host.conflicts.start(host.address, True, 0)
    host.receive(0, reply(sender=US))
    assert host.watcher.heard == [("conflict", US)]
    assert not host.address.usable()


def test_other_stations_probe_is_answered() -> None:
    host = Host()
    host.receive(0, request(sender=ZERO, target=US), to=BROADCAST)
    assert host.sent() == [("reply", PEER_MAC, US, ZERO)]
