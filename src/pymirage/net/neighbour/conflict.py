# pymirage: hot
"""IPv4 address conflict detection: RFC 5227.

An address is probed before it is used, announced when it is, and defended afterwards. In prompt mode it
is used while it is being probed, as optimistic DAD does in IPv6 (RFC 4429), and announced after a tenth of a
second: an image that serves milliseconds after its start cannot wait nine seconds. A conflict still takes
the address away.
"""

from abc import ABC, abstractmethod
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pymirage.net.addresses import DUPLICATE, PREFERRED, TENTATIVE, LocalAddress
from pymirage.net.deadline import FOREVER
from pymirage.net.interface import Interface
from pymirage.wire import arp, ethernet

SECOND: Final = 1_000_000_000

# RFC 5227 §1.1.
PROBE_WAIT: Final = SECOND
PROBE_COUNT: Final = 3
PROBE_MINIMUM: Final = SECOND
PROBE_MAXIMUM: Final = 2 * SECOND
ANNOUNCE_WAIT: Final = 2 * SECOND
ANNOUNCE_COUNT: Final = 2
ANNOUNCE_INTERVAL: Final = 2 * SECOND
DEFEND_INTERVAL: Final = 10 * SECOND

PROMPT_WAIT: Final = SECOND // 10
"""From the first probe to an announcement in prompt mode: stations of a link answer within a millisecond."""

PROBING: Final = 0
ANNOUNCING: Final = 1
DEFENDING: Final = 2


@mypyc_attr(allow_interpreted_subclasses=True)
class ConflictWatcher(ABC):
    """Hears whether an address may be used."""

    @abstractmethod
    def address_ready(self, address: LocalAddress, now: i64) -> None:
        """Nobody else has it: it is in use from now on. In prompt mode it was in use before."""

    @abstractmethod
    def address_conflict(self, address: LocalAddress, mac: bytes, now: i64) -> None:
        """Another station has it: it is not used (any more). Report it; DHCP declines it."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Spread(ABC):
    """A source of random delays."""

    @abstractmethod
    def below(self, limit: i64) -> i64:
        """A random number from 0 to `limit` - 1."""


@final
class Claim:
    """What is going on about one address of ours."""

    def __init__(self, address: LocalAddress, prompt: bool, deadline: i64) -> None:
        self.address: Final = address
        self.prompt: bool = prompt
        """In prompt mode, until the first announcement."""
        self.stage: i64 = PROBING
        self.sent: i64 = 0
        self.deadline: i64 = deadline
        self.last_conflict: i64 = -DEFEND_INTERVAL


@final
class ConflictDetection:
    """All IPv4 addresses of one interface."""

    def __init__(self, interface: Interface, watcher: ConflictWatcher, spread: Spread) -> None:
        self.interface: Final = interface
        self.watcher: Final = watcher
        self.spread: Final = spread
        self.claims: list[Claim] = []

    def start(self, address: LocalAddress, prompt: bool, now: i64) -> None:
        """Begin to probe an address; with `prompt` use it meanwhile."""
        address.state = PREFERRED if prompt else TENTATIVE
        claim = Claim(address, prompt, now if prompt else now + self.spread.below(PROBE_WAIT))
        self.claims.append(claim)
        if prompt:
            self.step(claim, now)

    def stop(self, address: LocalAddress) -> None:
        """The address is no longer ours."""
        self.claims = [claim for claim in self.claims if claim.address is not address]

    def heard(self, packet: arp.Arp, now: i64) -> bool:
        """Look at a packet of another station; true when it contests an address of ours."""
        for claim in self.claims:
            mine = claim.address.address
            if packet.sender_ip == mine:
                self.conflict(claim, packet, now)
                return True
            if claim.stage == PROBING and packet.is_probe() and packet.target_ip == mine:
                if claim.address.state == TENTATIVE:
                    # Two probe at once: both must yield (§2.1.1).
                    self.lose(claim, packet, now)
                    return True
                return False
        return False

    def conflict(self, claim: Claim, packet: arp.Arp, now: i64) -> None:
        """Defend once in ten seconds, then give up: §2.4 (b)."""
        if claim.stage != PROBING and now - claim.last_conflict >= DEFEND_INTERVAL:
            claim.last_conflict = now
            self.announce(claim)
            return
        self.lose(claim, packet, now)

    def lose(self, claim: Claim, packet: arp.Arp, now: i64) -> None:
        """The address is the other's."""
        self.claims = [other for other in self.claims if other is not claim]
        claim.address.state = DUPLICATE
        self.watcher.address_conflict(claim.address, packet.sender_mac, now)

    def deadline(self) -> i64:
        """When `expire` wants to be called."""
        soonest: i64 = FOREVER
        for claim in self.claims:
            soonest = min(soonest, claim.deadline)
        return soonest

    def expire(self, now: i64) -> None:
        """Send the probes and announcements that are due."""
        for claim in list(self.claims):
            if claim.deadline <= now:
                self.step(claim, now)

    def step(self, claim: Claim, now: i64) -> None:
        """One probe or announcement, and when the next one is due."""
        if claim.stage == PROBING and claim.prompt and claim.sent == 1:
            # Corrects early what neighbours remember of a former owner.
            claim.prompt = False
            self.announce(claim)
            claim.deadline = now + PROBE_MINIMUM
            return
        if claim.stage == PROBING and claim.sent < PROBE_COUNT:
            claim.sent += 1
            self.broadcast(arp.UNSPECIFIED, claim.address.address)
            claim.deadline = now + self.wait_after_probe(claim)
            return
        if claim.stage == PROBING:
            claim.stage = ANNOUNCING
            claim.sent = 0
            claim.address.state = PREFERRED
            self.watcher.address_ready(claim.address, now)
        claim.sent += 1
        self.announce(claim)
        if claim.sent < ANNOUNCE_COUNT:
            claim.deadline = now + ANNOUNCE_INTERVAL
        else:
            claim.stage = DEFENDING
            claim.deadline = FOREVER

    def wait_after_probe(self, claim: Claim) -> i64:
        """To the next probe, or to the first announcement."""
        if claim.prompt:
            return PROMPT_WAIT
        if claim.sent == PROBE_COUNT:
            return ANNOUNCE_WAIT
        return PROBE_MINIMUM + self.spread.below(PROBE_MAXIMUM - PROBE_MINIMUM)

    def announce(self, claim: Claim) -> None:
        """§2.3: a request with our address as sender and target."""
        self.broadcast(claim.address.address, claim.address.address)

    def broadcast(self, sender: bytes, target: bytes) -> None:
        """One ARP request to everybody."""
        mac = int(self.interface.mac).to_bytes(6, "big")
        packet = arp.Arp(arp.REQUEST, mac, sender, arp.NO_MAC, target)
        header = ethernet.emit(ethernet.BROADCAST, self.interface.mac, ethernet.ARP)
        self.interface.send(header + arp.emit(packet), 0, 0, 0)
