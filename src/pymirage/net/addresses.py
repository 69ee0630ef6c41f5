# pymirage: hot
"""The addresses of our interfaces, and what each packet's destination is to us.

The strong end-system model of RFC 1122 §3.3.4.2: an address is ours only on the interface that has it.
A tentative address (RFC 4862 §5.4, RFC 5227 §2.1) is not ours yet, a duplicate never becomes so.
"""

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64

from pymirage.net.address import MAPPED, high_of, is_v4, low_of
from pymirage.net.deadline import FOREVER
from pymirage.net.packet import BROADCAST, MULTICAST, UNICAST

if TYPE_CHECKING:
    from pymirage.net.interface import Interface


NOT_OURS: Final = -1

TENTATIVE: Final = 0
PREFERRED: Final = 1
DEPRECATED: Final = 2
DUPLICATE: Final = 3

STATIC: Final = 0
DHCP: Final = 1
AUTOCONFIGURED: Final = 2
LINK_LOCAL: Final = 3

MAXIMUM_ADDRESSES: Final = 64
"""In all; router advertisements must not fill memory."""
MAXIMUM_GROUPS: Final = 256

ALL_ONES: Final = MAPPED | 0xFFFF_FFFF
GROUPS_V4: Final = MAPPED | 0xE000_0000
GROUPS_V4_MASK: Final = ~0x0FFF_FFFF


@final
class LocalAddress:
    """One address of ours. Lifetimes are moments on the clock of `now`."""

    def __init__(
        self,
        interface: "Interface",
        address: bytes,
        length: i64,
        origin: i64 = 0,
        preferred_until: i64 = 0x3FFF_FFFF_FFFF_FFFF,
        valid_until: i64 = 0x3FFF_FFFF_FFFF_FFFF,
    ) -> None:
        self.interface: Final = interface
        self.address: Final = address
        self.high: Final[i64] = high_of(address)
        self.low: Final[i64] = low_of(address)
        self.length: Final[i64] = length
        """Of the prefix, in bits of the address's own family."""
        self.origin: Final[i64] = origin
        self.state: i64 = TENTATIVE
        self.preferred_until: i64 = preferred_until
        self.valid_until: i64 = valid_until
        self.broadcast: Final[i64] = broadcast_of(self.low, length) if len(address) == 4 else 0
        """The low half of the prefix's own broadcast address; 0 when there is none."""

    def usable(self) -> bool:
        """Whether packets to and from it flow."""
        return self.state == PREFERRED or self.state == DEPRECATED


def broadcast_of(low: i64, length: i64) -> i64:
    """RFC 922; prefixes of 31 and 32 bits have none (RFC 3021)."""
    if length >= 31:
        return 0
    # Not `1 << …`: mypyc computes that in 32 bits, which a /0 would overflow; see siphash.py.
    return low | 0xFFFF_FFFF >> length


@final
class Group:
    """A multicast group, joined by so many users on one interface."""

    def __init__(self, interface: "Interface", address: bytes) -> None:
        self.interface: Final = interface
        self.address: Final = address
        self.high: Final[i64] = high_of(address)
        self.low: Final[i64] = low_of(address)
        self.users: i64 = 1


@final
class Addresses:
    """All addresses and groups of one stack."""

    def __init__(self) -> None:
        self.local: list[LocalAddress] = []
        self.groups: list[Group] = []
        self.configuring: list[Interface] = []
        """Interfaces without an IPv4 address that take any unicast, so that DHCP servers reach them."""

    def cast_of(self, interface: "Interface", high: i64, low: i64) -> i64:
        """What a destination is to us: UNICAST, BROADCAST, MULTICAST or NOT_OURS."""
        for one in self.local:
            if one.low == low and one.high == high and one.interface is interface and one.usable():
                return UNICAST
        if is_multicast(high, low):
            return MULTICAST if self.joined(interface, high, low) else NOT_OURS
        if high != 0:
            return NOT_OURS
        if low == ALL_ONES:
            return BROADCAST
        for one in self.local:
            if one.broadcast == low and one.interface is interface and one.usable():
                return BROADCAST
        if self.configuring and is_v4(high, low) and interface in self.configuring:
            return UNICAST
        return NOT_OURS

    def joined(self, interface: "Interface", high: i64, low: i64) -> bool:
        """Whether we listen to a group there."""
        for group in self.groups:
            if group.low == low and group.high == high and group.interface is interface:
                return True
        return False

    def find(self, interface: "Interface", address: bytes) -> LocalAddress | None:
        """Our entry for an address on an interface, in whatever state."""
        for one in self.local:
            if one.interface is interface and one.address == address:
                return one
        return None

    def owner(self, address: bytes) -> LocalAddress | None:
        """The usable entry for an address, on whichever interface."""
        for one in self.local:
            if one.address == address and one.usable():
                return one
        return None

    def add(self, address: LocalAddress) -> bool:
        """False when there is no room or the interface has the address already."""
        if len(self.local) >= MAXIMUM_ADDRESSES or self.find(address.interface, address.address) is not None:
            return False
        self.local.append(address)
        return True

    def remove(self, address: LocalAddress) -> None:
        """Give an address up; unknown ones are ignored."""
        self.local = [one for one in self.local if one is not address]

    def join(self, interface: "Interface", address: bytes) -> Group | None:
        """One more user of a group; None when there is no room. The first one makes a report due."""
        group = self.group(interface, address)
        if group is not None:
            group.users += 1
            return group
        if len(self.groups) >= MAXIMUM_GROUPS:
            return None
        group = Group(interface, address)
        self.groups.append(group)
        return group

    def leave(self, group: Group) -> bool:
        """One user fewer; true when that was the last."""
        group.users -= 1
        if group.users > 0:
            return False
        self.groups = [one for one in self.groups if one is not group]
        return True

    def group(self, interface: "Interface", address: bytes) -> Group | None:
        """Our membership of a group on an interface."""
        for one in self.groups:
            if one.interface is interface and one.address == address:
                return one
        return None

    def deadline(self) -> i64:
        """When the next address becomes deprecated or invalid."""
        soonest: i64 = FOREVER
        for one in self.local:
            until: i64 = one.preferred_until if one.state == PREFERRED else one.valid_until
            soonest = min(min(soonest, until), one.valid_until)
        return soonest

    def expire(self, now: i64) -> list[LocalAddress]:
        """Deprecate and take out what is due (RFC 4862 §5.5.4); those taken out."""
        gone = [one for one in self.local if one.valid_until <= now]
        if gone:
            self.local = [one for one in self.local if one.valid_until > now]
        for one in self.local:
            if one.state == PREFERRED and one.preferred_until <= now:
                one.state = DEPRECATED
        return gone


def is_multicast(high: i64, low: i64) -> bool:
    """224.0.0.0/4 or ff00::/8."""
    if high == 0:
        return low & GROUPS_V4_MASK == GROUPS_V4
    return (high >> 56) & 0xFF == 0xFF
