# pymirage: hot
"""Group membership on one interface: IGMPv2 and v3 (RFC 2236, RFC 9776), MLDv1 and v2 (RFC 2710, RFC 9777).

A host that joins groups for any source, so every v3/v2 report says "exclude nothing". Which version is spoken
follows the last querier heard (RFC 9776 §7.2.1, RFC 9777 §8.2.1); without one, the newest.
"""

from typing import Final, final

from mypy_extensions import i64

from pymirage.net.address import octets_of
from pymirage.net.addresses import LINK_LOCAL, PREFERRED, Addresses, Group
from pymirage.net.deadline import FOREVER
from pymirage.net.handler import IcmpError, PacketHandler
from pymirage.net.icmp import MulticastListener
from pymirage.net.interface import Interface
from pymirage.net.neighbour.conflict import Spread
from pymirage.net.output import ROUTER_ALERT_V6, send_igmp, send_on_link_v6
from pymirage.net.packet import Packet
from pymirage.octets import b16, b32, sum16
from pymirage.wire import ethernet, igmp, ipv6, mld
from pymirage.wire.drop import Drop
from pymirage.wire.membership import IS_EXCLUDE, TO_EXCLUDE, TO_INCLUDE, Query, Record, Records, Report

SECOND: Final = 1_000_000_000

ROBUSTNESS: Final = 2
"""How often a change is reported: RFC 9776 §8.1."""
UNSOLICITED_INTERVAL: Final = SECOND
"""Between those reports at most: RFC 9776 §8.11."""
OLDER_QUERIER_TIMEOUT: Final = 260 * SECOND
"""RFC 9776 §8.12: robustness × query interval + response interval."""

REPORT: Final = 0
LEAVE: Final = 1
CURRENT: Final = 2


@final
class Due:
    """A report that will be sent, `left` times, the next at `at`."""

    def __init__(self, group: bytes, kind: i64, left: i64, at: i64) -> None:
        self.group: Final = group
        self.kind: i64 = kind
        self.left: i64 = left
        self.at: i64 = at


@final
class Membership:
    """The groups of one interface, both families."""

    def __init__(self, interface: Interface, addresses: Addresses, spread: Spread) -> None:
        self.interface: Final = interface
        self.addresses: Final = addresses
        self.spread: Final = spread
        self.due: list[Due] = []
        self.old_igmp: i64 = 3
        self.old_igmp_until: i64 = 0
        self.old_mld_until: i64 = 0

    # -- users --

    def join(self, group: bytes, now: i64) -> bool:
        """One more user of a group; the first makes us report. False when there is no room."""
        joined = self.addresses.join(self.interface, group)
        if joined is None:
            return False
        if joined.users == 1 and reported(group):
            self.change(group, REPORT, now)
        return True

    def leave(self, group: bytes, now: i64) -> None:
        """One user fewer; the last makes us say so."""
        member = self.addresses.group(self.interface, group)
        if member is not None and self.addresses.leave(member) and reported(group):
            self.change(group, LEAVE, now)

    def change(self, group: bytes, kind: i64, now: i64) -> None:
        """A change is reported at once, and again a little later: reports may get lost."""
        self.due = [due for due in self.due if due.group != group]
        due = Due(group, kind, ROBUSTNESS, now)
        self.due.append(due)
        self.fire(due, now)

    # -- queries --

    def query_v4(self, query: Query, now: i64) -> None:
        """Answer within the response time, at a random moment of it."""
        if query.version < 3:
            self.old_igmp = query.version
            self.old_igmp_until = now + OLDER_QUERIER_TIMEOUT
        self.query(query.group, igmp.GENERAL, query.response_time, 4, now)

    def query_v6(self, query: Query, now: i64) -> None:
        """The same for MLD."""
        if query.version < 2:
            self.old_mld_until = now + OLDER_QUERIER_TIMEOUT
        self.query(query.group, mld.GENERAL, query.response_time, 16, now)

    def query(self, asked: bytes, general: bytes, response_time: i64, size: i64, now: i64) -> None:
        """Plan a report of each group that was asked for, unless one is planned for sooner."""
        for group in self.addresses.groups:
            if group.interface is not self.interface or len(group.address) != size:
                continue
            if (asked != general and asked != group.address) or not reported(group.address):
                continue
            self.plan(group, now + self.spread.below(max(response_time, 1)))

    def plan(self, group: Group, at: i64) -> None:
        """One report of the current state at `at`, or when one is due anyway."""
        for due in self.due:
            if due.group == group.address:
                due.at = min(due.at, at)
                return
        self.due.append(Due(group.address, CURRENT, 1, at))

    def heard_report(self, group: bytes) -> None:
        """Another member answered: in version 1 and 2 that spares our answer (RFC 2236 §3)."""
        self.due = [due for due in self.due if due.group != group or due.kind != CURRENT]

    # -- time --

    def deadline(self) -> i64:
        """When the next report is due."""
        soonest: i64 = FOREVER
        for due in self.due:
            soonest = min(soonest, due.at)
        return soonest

    def expire(self, now: i64) -> None:
        """Send what is due."""
        for due in list(self.due):
            if due.at <= now:
                self.fire(due, now)

    def fire(self, due: Due, now: i64) -> None:
        """One report, and when to repeat it."""
        due.left -= 1
        due.at = now + 1 + self.spread.below(UNSOLICITED_INTERVAL)
        if due.left <= 0:
            self.due = [other for other in self.due if other is not due]
        if len(due.group) == 4:
            self.report_v4(due, now)
        else:
            self.report_v6(due, now)

    def report_v4(self, due: Due, now: i64) -> None:
        """In the version of the querier."""
        version: i64 = self.old_igmp if now < self.old_igmp_until else 3
        if version == 3:
            kind = record_kind(due.kind)
            message = igmp.emit(Records((Record(kind, due.group),)))
            send_igmp(self.interface, self.source_v4(), igmp.ALL_V3_ROUTERS, message)
        elif due.kind == LEAVE:
            if version == 2:
                leave = igmp.emit(Report(igmp.LEAVE, due.group))
                send_igmp(self.interface, self.source_v4(), igmp.ALL_ROUTERS, leave)
        else:
            old = igmp.REPORT_V2 if version == 2 else igmp.REPORT_V1
            report = igmp.emit(Report(old, due.group))
            send_igmp(self.interface, self.source_v4(), due.group, report)

    def report_v6(self, due: Due, now: i64) -> None:
        """In the version of the querier."""
        if now >= self.old_mld_until:
            record = Record(record_kind(due.kind), due.group)
            self.send_mld(mld.ALL_V2_ROUTERS, mld.emit(Records((record,))))
        elif due.kind == LEAVE:
            self.send_mld(mld.ALL_ROUTERS, mld.emit(Report(mld.DONE, due.group)))
        else:
            self.send_mld(due.group, mld.emit(Report(mld.REPORT_V1, due.group)))

    def send_mld(self, destination: bytes, message: bytes) -> None:
        """From our link-local address, or from :: while there is none (RFC 9777 §5.2.13)."""
        source = self.source_v6()
        covered = source + destination + b32(len(message)) + b32(ipv6.ICMPV6) + message
        summed = b16(~sum16(covered, 0, len(covered)) & 0xFFFF)
        payload = ROUTER_ALERT_V6 + message[:2] + summed + message[4:]
        mac = ethernet.multicast_v6(destination)
        send_on_link_v6(self.interface, mac, source, destination, ipv6.HOP_BY_HOP, payload, 1)

    def source_v4(self) -> bytes:
        """Any address of the interface; 0.0.0.0 before there is one (RFC 9776 §4.2.13)."""
        for one in self.addresses.local:
            if one.interface is self.interface and len(one.address) == 4 and one.usable():
                return one.address
        return bytes(4)

    def source_v6(self) -> bytes:
        """The link-local address once it is known to be ours alone."""
        for one in self.addresses.local:
            if one.interface is self.interface and one.origin == LINK_LOCAL and one.state == PREFERRED:
                return one.address
        return bytes(16)


def reported(group: bytes) -> bool:
    """All-systems and all-nodes are never reported, nor what is local to the node (RFC 9777 §6)."""
    if len(group) == 4:
        return group != igmp.ALL_SYSTEMS
    return group != mld.ALL_NODES and group[1] & 0x0F > 1


def record_kind(kind: i64) -> int:
    """The same numbers in IGMP and MLD."""
    if kind == LEAVE:
        return TO_INCLUDE
    return TO_EXCLUDE if kind == REPORT else IS_EXCLUDE


@final
class IgmpHandler(PacketHandler):
    """Takes IPv4 protocol 2. Memberships are found by interface."""

    def __init__(self, memberships: list[Membership]) -> None:
        self.memberships: Final = memberships

    def receive_packet(self, packet: Packet, now: i64) -> Drop | None:
        """One message."""
        if packet.version != 4:
            return Drop.PROTOCOL
        message = igmp.parse(packet.frame[packet.at : packet.end])
        if isinstance(message, Drop):
            return message
        membership = of_interface(self.memberships, packet.interface)
        if membership is None:
            return Drop.ICMP_TYPE
        if isinstance(message, Query):
            membership.query_v4(message, now)
        elif isinstance(message, Report) and message.kind != igmp.LEAVE:
            membership.heard_report(message.group)
        return None

    def receive_error(self, error: IcmpError, now: i64) -> Drop | None:  # noqa: ARG002
        """Nothing to do about it."""
        return Drop.ICMP_UNRELATED


@final
class MldHandler(MulticastListener):
    """Takes the MLD messages that ICMPv6 finds."""

    def __init__(self, memberships: list[Membership]) -> None:
        self.memberships: Final = memberships

    def receive_listener(self, packet: Packet, now: i64) -> Drop | None:
        """One message; from a link-local address and one hop away only (RFC 9777 §6.2)."""
        if packet.hop_limit != 1:
            return Drop.HOP_LIMIT
        source = octets_of(packet.source_high, packet.source_low)
        if source[:2] != b"\xfe\x80" and source != bytes(16):
            return Drop.MARTIAN
        message = mld.parse(packet.frame[: packet.end], int(packet.at))
        if isinstance(message, Drop):
            return message
        membership = of_interface(self.memberships, packet.interface)
        if membership is None:
            return Drop.ICMP_TYPE
        if isinstance(message, Query):
            membership.query_v6(message, now)
        elif isinstance(message, Report) and message.kind != mld.DONE:
            membership.heard_report(message.group)
        return None


def of_interface(memberships: list[Membership], interface: Interface) -> Membership | None:
    """The membership of an interface."""
    for one in memberships:
        if one.interface is interface:
            return one
    return None
