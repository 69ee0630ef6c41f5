# pymirage: hot
"""The neighbour cache: RFC 4861 §7.3, used for ARP as well (RFC 1122 §2.3.2.1 asks for such checks).

Bounded in neighbours, in frames per neighbour and in octets in all. Of a full cache the neighbour that
never was sent to goes first, then the one unused for longest; routers' and permanent entries go last.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.deadline import FOREVER
from pymirage.net.interface import Interface
from pymirage.net.neighbour.entry import (
    DELAY,
    FAILED,
    INCOMPLETE,
    MAXIMUM_HELD,
    PROBE,
    REACHABLE,
    STALE,
    Entry,
    Held,
)
from pymirage.net.neighbour.solicitor import NeighbourWatcher, Solicitor
from pymirage.net.next_hop import UNRESOLVED, Neighbours, NextHop
from pymirage.wire.drop import Drop

SECOND: Final = 1_000_000_000

# RFC 4861 §10, host constants.
MULTICAST_SOLICITATIONS: Final = 3
UNICAST_SOLICITATIONS: Final = 3
REACHABLE_TIME: Final = 30 * SECOND
RETRANSMISSION: Final = SECOND
DELAY_FIRST_PROBE: Final = 5 * SECOND

FAILED_TIME: Final = SECOND
"""How long a neighbour that did not answer is not asked again."""
MAXIMUM_NEIGHBOURS: Final = 512
MAXIMUM_OCTETS: Final = 1 << 20
"""In all frames that wait."""


@final
class NeighbourCache(Neighbours):
    """The neighbours of one interface in one address family.

    `spread` in [0, 1000) makes the reachable time random per cache (§6.3.2): hosts must not probe in step.
    """

    def __init__(
        self, interface: Interface, solicitor: Solicitor, watcher: NeighbourWatcher, spread: i64
    ) -> None:
        self.interface: Final = interface
        self.solicitor: Final = solicitor
        self.watcher: Final = watcher
        self.spread: Final[i64] = spread
        self.reachable_time: i64 = 0
        self.retransmission: i64 = RETRANSMISSION
        self.entries: dict[bytes, Entry] = {}
        self.octets: i64 = 0
        self.soonest: i64 = FOREVER
        self.set_reachable_time(REACHABLE_TIME)

    def set_reachable_time(self, base: i64) -> None:
        """Between 0.5 and 1.5 times `base`."""
        self.reachable_time = base // 2 + base // 1000 * self.spread

    # -- what senders ask --

    def next_hop(self, address: bytes, now: i64) -> NextHop | Drop:  # noqa: ARG002
        """The neighbour with this address, new or known."""
        entry = self.entries.get(address)
        if entry is None:
            entry = self.add(NextHop(self.interface, self, address))
            if entry is None:
                return Drop.NEIGHBOUR_LIMIT
        entry.used = True
        return entry.hop

    def usable(self, hop: NextHop, now: i64) -> bool:
        """Sending to a stale neighbour starts the wait for a confirmation: §7.3.3."""
        entry = self.entry_of(hop)
        if entry is None or hop.mac == UNRESOLVED:
            return False
        if entry.permanent or now < entry.hop.fresh_until:
            return True
        if entry.state == REACHABLE or entry.state == STALE:
            entry.state = DELAY
            self.set_deadline(entry, now + DELAY_FIRST_PROBE)
        # During the delay and the probe senders go on; the timer that ends it takes the address away.
        entry.hop.fresh_until = FOREVER
        return True

    def hold(
        self,
        hop: NextHop,
        frame: bytes,
        checksum_start: i64,
        checksum_offset: i64,
        segment_size: i64,
        now: i64,
    ) -> Drop | None:
        """Queue a frame; the oldest makes room (§7.2.2)."""
        entry = self.entry_of(hop)
        if entry is None:
            return Drop.NEIGHBOUR_LIMIT
        if entry.state == FAILED:
            return Drop.NEIGHBOUR_FAILED
        if self.octets + len(frame) > MAXIMUM_OCTETS:
            return Drop.NEIGHBOUR_LIMIT
        if len(entry.held) >= MAXIMUM_HELD:
            self.octets -= len(entry.held.pop(0).frame)
            self.interface.counters.drop(Drop.NEIGHBOUR_LIMIT)
        entry.held.append(Held(frame, checksum_start, checksum_offset, segment_size))
        self.octets += len(frame)
        if entry.asked == 0:
            self.ask(entry, now)
        return None

    def confirm(self, hop: NextHop, now: i64) -> None:
        """Forward progress reported from above: §7.3.1."""
        entry = self.entries.get(hop.address)
        if entry is not None and hop.mac != UNRESOLVED and entry.hop is hop:
            self.reached(entry, now)

    # -- what ARP and Neighbour Discovery learn --

    def awaits(self, address: bytes) -> bool:
        """Whether a question about this neighbour is on the link."""
        entry = self.entries.get(address)
        return entry is not None and entry.asked > 0 and (entry.state == INCOMPLETE or entry.state == PROBE)

    def heard(self, address: bytes, mac: i64, now: i64, create: bool) -> None:
        """Somebody's message claims `mac` without being an answer to us: RFC 826's merge, §7.2.3.

        A new or changed address is used but not trusted: STALE. `create`: the message was addressed to us.
        """
        entry = self.entries.get(address)
        if entry is None:
            if not create:
                return
            entry = self.add(NextHop(self.interface, self, address))
            if entry is None:
                return
        if entry.permanent or entry.hop.mac == mac:
            return
        self.learn(entry, mac, now)
        entry.state = STALE
        entry.hop.fresh_until = 0
        self.set_deadline(entry, FOREVER)

    def answered(
        self, address: bytes, mac: i64, solicited: bool, override: bool, router: bool, now: i64
    ) -> bool:
        """An answer: §7.2.5, table of appendix C. An ARP reply is one with `solicited` and `override`.

        True when a neighbour ceased to be a router: its routes must go (§7.3.3).
        """
        entry = self.entries.get(address)
        if entry is None or entry.permanent:
            return False
        if entry.state == INCOMPLETE or entry.state == FAILED:
            if mac == UNRESOLVED:
                return False
            self.learn(entry, mac, now)
            self.settle(entry, solicited, now)
            entry.router = router
            return False
        changed = mac != UNRESOLVED and mac != entry.hop.mac
        if changed and not override:
            if entry.state == REACHABLE:
                entry.state = STALE
                entry.hop.fresh_until = 0
            return False
        if changed:
            entry.hop.mac = mac
        if solicited or changed:
            self.settle(entry, solicited, now)
        ceased = entry.router and not router
        entry.router = router
        return ceased

    def set_permanent(self, address: bytes, mac: i64, now: i64) -> bool:
        """A neighbour that configuration gives; False when the cache is full."""
        entry = self.entries.get(address)
        if entry is None:
            entry = self.add(NextHop(self.interface, self, address))
            if entry is None:
                return False
        entry.permanent = True
        self.learn(entry, mac, now)
        entry.state = REACHABLE
        entry.hop.fresh_until = FOREVER
        self.set_deadline(entry, FOREVER)
        return True

    def forget(self, address: bytes) -> None:
        """Drop what is known of one neighbour (its address moved to us, or its link went)."""
        entry = self.entries.get(address)
        if entry is not None:
            self.remove(entry)

    # -- time --

    def deadline(self) -> i64:
        """When `expire` wants to be called; it may find nothing to do then."""
        return self.soonest

    def expire(self, now: i64) -> None:
        """Run the timers that are due."""
        if now < self.soonest:
            return
        self.soonest = FOREVER
        for entry in list(self.entries.values()):
            if entry.deadline <= now:
                self.time_out(entry, now)
            self.soonest = min(self.soonest, entry.deadline)

    def time_out(self, entry: Entry, now: i64) -> None:
        """The timer of one entry's state ran out."""
        if entry.state == DELAY:
            entry.state = PROBE
            entry.asked = 0
            self.ask(entry, now)
        elif entry.state == PROBE:
            if entry.asked < UNICAST_SOLICITATIONS:
                self.ask(entry, now)
            else:
                self.fail(entry, now)
        elif entry.state == INCOMPLETE:
            if entry.asked < MULTICAST_SOLICITATIONS:
                self.ask(entry, now)
            else:
                self.fail(entry, now)
        elif entry.state == FAILED:
            entry.state = INCOMPLETE
            entry.asked = 0
            self.set_deadline(entry, FOREVER)
        else:
            self.set_deadline(entry, FOREVER)

    # -- steps --

    def ask(self, entry: Entry, now: i64) -> None:
        """One more solicitation."""
        entry.asked += 1
        self.set_deadline(entry, now + self.retransmission)
        self.solicitor.solicit(entry.hop.address, entry.hop.mac if entry.state == PROBE else UNRESOLVED)

    def learn(self, entry: Entry, mac: i64, now: i64) -> None:
        """Take an address over and send what waited for it."""
        entry.hop.mac = mac
        held = self.release(entry)
        destination = int(mac).to_bytes(6, "big")
        for one in held:
            frame = destination + one.frame[6:]
            self.interface.send(frame, one.checksum_start, one.checksum_offset, one.segment_size)
        self.watcher.neighbour_answers(entry.hop, now)

    def settle(self, entry: Entry, solicited: bool, now: i64) -> None:
        """REACHABLE after an answer that we asked for, STALE after one that we did not."""
        if solicited:
            self.reached(entry, now)
            return
        entry.state = STALE
        entry.hop.fresh_until = 0
        self.set_deadline(entry, FOREVER)

    def reached(self, entry: Entry, now: i64) -> None:
        """The neighbour is there."""
        if entry.permanent:
            return
        if entry.state == PROBE:
            self.watcher.neighbour_answers(entry.hop, now)
        entry.state = REACHABLE
        entry.asked = 0
        entry.hop.fresh_until = now + self.reachable_time
        self.set_deadline(entry, FOREVER)

    def fail(self, entry: Entry, now: i64) -> None:
        """Nobody answered: say so once, and keep quiet for a moment."""
        entry.state = FAILED
        entry.hop.mac = UNRESOLVED
        entry.hop.fresh_until = 0
        self.set_deadline(entry, now + FAILED_TIME)
        frames = [one.frame for one in self.release(entry)]
        for _ in frames:
            self.interface.counters.drop(Drop.NEIGHBOUR_FAILED)
        self.watcher.neighbour_failed(entry.hop, frames, now)

    def release(self, entry: Entry) -> list[Held]:
        """Empty the queue."""
        held = entry.held
        entry.held = []
        for one in held:
            self.octets -= len(one.frame)
        return held

    def set_deadline(self, entry: Entry, deadline: i64) -> None:
        """Set an entry's timer."""
        entry.deadline = deadline
        self.soonest = min(self.soonest, deadline)

    # -- room --

    def entry_of(self, hop: NextHop) -> Entry | None:
        """The entry behind a hop; made anew when it had been put out for room while somebody held the hop."""
        entry = self.entries.get(hop.address)
        if entry is None:
            return self.add(hop)
        if entry.hop is not hop:
            # Two hops for one neighbour: the newer one leads, and the older asks at each use.
            hop.mac = entry.hop.mac
            hop.fresh_until = 0
        return entry

    def add(self, hop: NextHop) -> Entry | None:
        """A new entry; None when there is no room and nothing may go."""
        if len(self.entries) >= MAXIMUM_NEIGHBOURS:
            victim = self.least_useful()
            if victim is None:
                return None
            self.remove(victim)
        entry = Entry(hop)
        self.entries[hop.address] = entry
        return entry

    def least_useful(self) -> Entry | None:
        """What a full cache forgets: never what is permanent, a router, or somebody frames wait for."""
        oldest: Entry | None = None
        for entry in self.entries.values():
            if entry.permanent or entry.router or entry.held:
                continue
            if not entry.used:
                return entry
            if oldest is None and entry.state != REACHABLE:
                oldest = entry
        if oldest is not None:
            return oldest
        for entry in self.entries.values():
            if not entry.permanent and not entry.router and not entry.held:
                return entry
        return None

    def remove(self, entry: Entry) -> None:
        """Forget a neighbour; whoever holds its hop asks again."""
        self.release(entry)
        entry.hop.mac = UNRESOLVED
        entry.hop.fresh_until = 0
        del self.entries[entry.hop.address]
