"""VLANs on a trunk."""

from pymirage.net.addresses import STATIC
from pymirage.net.host import Host
from pymirage.net.tcp.settings import Settings
from pymirage.net.vlan import VlanHandler, VlanLink, add_vlan, connect_vlan
from pymirage.wire import arp, vlan
from pymirage.wire.drop import Drop
from tests.net.simple import MAC, Recorder
from tests.net.test_host import Watcher

US = bytes((10, 0, 7, 1))
PEER = bytes((10, 0, 7, 2))
PEER_MAC = b"\x02\0\0\0\0\x02"


class Trunk:
    """A host with one VLAN on a trunk."""

    def __init__(self) -> None:
        self.link = Recorder()
        self.host = Host(bytes, Settings(), Watcher())
        self.trunk = self.host.attach("trunk", self.link, MAC, 1500, 0).interface
        tagged = add_vlan(self.trunk, 7, 3)
        assert isinstance(tagged, VlanLink)
        self.attachment = self.host.attach("trunk.7", tagged, MAC, 1500, 0)
        connect_vlan(self.trunk, VlanHandler(), 7, self.attachment.interface)
        self.host.add_address(self.attachment, US, 24, STATIC, 0)
        self.link.take()

    def ask(self, identifier: int) -> Drop | None:
        request = arp.emit(arp.Arp(arp.REQUEST, PEER_MAC, PEER, bytes(6), US))
        frame = b"\xff" * 6 + PEER_MAC + b"\x08\x06" + request
        return self.trunk.receive(vlan.tag_frame(frame, identifier), False, 0)


def test_questions_in_a_vlan_are_answered_there() -> None:
    trunk = Trunk()
    assert trunk.ask(7) is None
    (answer,) = trunk.link.take()
    assert answer[:12] == PEER_MAC + MAC
    assert answer[12:18] == b"\x81\x00\x60\x07\x08\x06"
    plain = vlan.untag_frame(answer, 7)
    assert isinstance(plain, bytes)
    packet = arp.parse(plain, 14)
    assert not isinstance(packet, Drop)
    assert (packet.sender_ip, packet.target_ip) == (US, PEER)


def test_other_vlans_are_dropped_and_counted() -> None:
    trunk = Trunk()
    assert trunk.ask(8) is Drop.VLAN
    assert trunk.ask(0xFFF) is Drop.VLAN
    assert trunk.link.take() == []
    assert trunk.trunk.counters.drops == {Drop.VLAN: 2}


def test_priority_tags_belong_to_the_trunk() -> None:
    trunk = Trunk()
    assert trunk.ask(0) is None
    # The trunk has no address: heard, and not answered.
    assert trunk.link.take() == []


def test_tags_in_tags_end() -> None:
    trunk = Trunk()
    frame = b"\xff" * 6 + PEER_MAC + b"\x08\x06" + bytes(28)
    for _ in range(300):
        frame = vlan.tag_frame(frame, 0)
    assert trunk.trunk.receive(frame, False, 0) is Drop.VLAN


def test_identifiers() -> None:
    trunk = Trunk()
    assert add_vlan(trunk.trunk, 0) is None
    assert add_vlan(trunk.trunk, 4095) is None
    assert add_vlan(trunk.trunk, 4094, 8) is None
